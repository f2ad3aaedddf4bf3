/* Mediated invitations (XEP-0045 §7.8.2) and their decline. Direct ones
 * (XEP-0249) go from user to user and never come here. */
#ifndef POSTHOUSE_MUCD_INVITE_H
#define POSTHOUSE_MUCD_INVITE_H

#include "room.h"

/* True when the message was one. seat: the sender's; NULL: none. */
MUST_CHECK bool invite_receive(struct room *room, struct seat *seat,
                               struct duty *duty, struct xml *message,
                               const struct jid *from);

#endif
