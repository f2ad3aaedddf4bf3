/* Stanzas that another daemon has forwarded to us, remembered for a while:
 * should it die before it could tell their sender that they have arrived, its
 * successor forwards them once more. */
#ifndef POSTHOUSE_SM_REPEAT_H
#define POSTHOUSE_SM_REPEAT_H

#include "sm/duty.h"

struct repeats;
struct repeat;

/* Whether the stanza in this frame has come before. The duty of the first one,
 * while it is under way, answers for both. Makes *repeats with the first call;
 * a few hundred thousand stanzas are remembered, the oldest forgotten. */
MUST_CHECK bool repeat_take(struct repeats **repeats, struct duty *duty,
                            const struct frame *frame);
/* The duty of a remembered stanza is over. */
void repeat_settle(struct repeat *repeat);
/* NULL is allowed; no duty is settled. */
void repeats_free(struct repeats *repeats);

#endif
