/* Mediated invitations (XEP-0045 §7.8.2) and their decline. Direct ones
 * (XEP-0249) go from user to user and never come here. */
#ifndef POSTHOUSE_MUCD_INVITE_H
#define POSTHOUSE_MUCD_INVITE_H

#include "room.h"

/* Invites a new member of a members-only room (§9.5), in the name of `from`,
 * who has made him one. reason may be absent. */
void invite_member(struct room *room, struct duty *duty, struct str bare,
                   const struct jid *from, struct str reason);
/* True when the message was one. seat: the sender's; NULL: none. */
MUST_CHECK bool invite_receive(struct room *room, struct seat *seat,
                               struct duty *duty, struct xml *message,
                               const struct jid *from);

#endif
