/* What is for rooms waits for their process while it is started again, so long
 * and no longer: then it goes back to who has sent it. */
#ifndef POSTHOUSE_SM_AWAY_H
#define POSTHOUSE_SM_AWAY_H

#include "sm/sm.h"

/* Whether the process of these rooms (a shard) is not coming back: it has been
 * away for sm.room-timeout. */
bool away_for_long(const struct sm *sm, unsigned shard);
/* Once per second: looks which are there, and returns with
 * remote-server-timeout what has waited for one that is not. Who leaves a room
 * is remembered all the same. */
void away_tick(struct sm *sm);

#endif
