/* One message to several people and groups (XEP-0033), by the domain of the
 * service for groups. */
#ifndef POSTHOUSE_SM_MULTICAST_H
#define POSTHOUSE_SM_MULTICAST_H

#include "sm/duty.h"
#include "sm/sm.h"

/* Sends a copy to each address that is not delivered yet; more than
 * sm.multicast-limit of them, or one without a JID, refuse all. */
void multicast(struct sm *sm, struct duty *duty, const struct xml *message,
               const struct jid *from);

#endif
