/* Stanzas that another daemon has forwarded to us, and perhaps forwards again
 * (common/repeat/repeat.h). */
#ifndef POSTHOUSE_SM_REPEAT_H
#define POSTHOUSE_SM_REPEAT_H

#include "common/repeat/repeat.h"
#include "sm/duty.h"

/* Whether the stanza in this frame has come before. The duty of the first one,
 * while it is under way, answers for both. */
MUST_CHECK bool repeat_take(struct repeats **repeats, struct duty *duty,
                            const struct frame *frame);

#endif
