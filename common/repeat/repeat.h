/* Stanzas that others have forwarded to us, remembered for a while by origin
 * and content: should a forwarder die before it could tell that they have
 * arrived, its successor forwards them once more. */
#ifndef POSTHOUSE_COMMON_REPEAT_H
#define POSTHOUSE_COMMON_REPEAT_H

#include "../link/link.h"

struct repeats;
struct repeat;

/* Whether the stanza in this frame has come before; then *earlier is who took
 * it, NULL when he is done with it. If not, it is remembered for `owner`, and
 * *row stands for it until he settles it, or it is forgotten, which makes *row
 * NULL. Makes *repeats with the first call; a few hundred thousand stanzas are
 * remembered, the oldest forgotten. */
MUST_CHECK bool repeats_take(struct repeats **repeats,
                             const struct frame *frame, void *owner,
                             struct repeat **row, void **earlier);
/* The owner of a remembered stanza is done with it. NULL is allowed. */
void repeat_settle(struct repeat *row);
/* NULL is allowed; no row is settled. */
void repeats_free(struct repeats *repeats);

#endif
