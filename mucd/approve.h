/* Membership of rooms that are for members, asked for by registering and
 * granted by the administrators who are there (XEP-0045 §9.9). The form that
 * they get holds all that is known of the request; what they send back is
 * judged anew. */
#ifndef POSTHOUSE_MUCD_APPROVE_H
#define POSTHOUSE_MUCD_APPROVE_H

#include "iq.h"

/* Asks the room's administrators on behalf of who wants to register with this
 * nickname; the query is answered. */
void approve_ask(struct iq_request *request, struct str nick);
/* A message to the room that may be an administrator's word; true when it was a
 * form of this kind. */
bool approve_receive(struct room *room, const struct seat *seat,
                     struct duty *duty, struct xml *message,
                     const struct jid *from);

#endif
