/* One frame of mucd for many users (control.h). */
#ifndef POSTHOUSE_SM_FANOUT_H
#define POSTHOUSE_SM_FANOUT_H

#include "sm/duty.h"
#include "sm/sm.h"

/* Delivers each stanza of <fanout/> to each of its receivers. False when it is
 * not one, or speaks for somebody else than a room. */
MUST_CHECK bool fanout_expand(struct sm *sm, struct duty *duty,
                              const struct frame *frame,
                              const struct xml *element);

#endif
