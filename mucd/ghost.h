/* Occupants who are gone without a word: found by the errors that come back
 * from them (XEP-0045 §11.1), or because they are silent and answer no ping
 * (§17.1.2).
 */
#ifndef POSTHOUSE_MUCD_GHOST_H
#define POSTHOUSE_MUCD_GHOST_H

#include "room.h"

/* An error stanza from a user to a room or an occupant: if it tells that he
 * cannot be reached, his seat is taken. From who has none it changes nothing.
 */
void ghost_bounced(struct mucd *mucd, struct duty *duty,
                   const struct xml *stanza, const struct jid *from,
                   const struct jid *to);
/* Asks who has been silent for mucd.ping-after, and takes out who has not
 * answered for mucd.ping-timeout. Once per second. */
void ghosts_look_for(struct mucd *mucd);

#endif
