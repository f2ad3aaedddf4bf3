/* Control elements that sm sends to a c2sd (common/link/control.h). */
#ifndef POSTHOUSE_SM_CONTROL_H
#define POSTHOUSE_SM_CONTROL_H

#include "common/link/control.h"
#include "sm.h"

/* A new control element in sm's arena. */
struct xml *control_new(struct sm *sm, const char *name);
/* Reads one; false when it is absent or none. */
MUST_CHECK bool control_number(const struct xml *element, const char *name,
                               uint64_t *value);
/* Sends it on the stream `sid` of the channel's c2sd. */
void control_send(struct sm *sm, struct channel *channel, uint64_t sid,
                  const struct xml *element);
/* Ends a stream with a stream error; text may be NULL. */
void control_end(struct sm *sm, struct channel *channel, uint64_t sid,
                 const char *condition, const char *text);

/* Answers that a stream gets no session (<session-refused/>): a stanza error's
 * condition and type; text may be NULL. */
void control_refuse(struct sm *sm, struct channel *channel, uint64_t sid,
                    const char *condition, const char *type, const char *text);

#endif
