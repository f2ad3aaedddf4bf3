/* What other servers send to rooms waits for their process while it is started
 * again, for s2sd.room-timeout and no longer: then it goes back to who has sent
 * it. */
#ifndef POSTHOUSE_S2SD_ROOMS_H
#define POSTHOUSE_S2SD_ROOMS_H

#include "s2sd.h"

/* Whether this address is that of a room whose process is not waited for. */
MUST_CHECK bool rooms_are_away(const struct s2sd *s2sd, const struct jid *to);
/* Once per second: looks which are there, and returns what has waited too long.
 * Who leaves a room is remembered all the same. */
void rooms_tick(struct s2sd *s2sd);

#endif
