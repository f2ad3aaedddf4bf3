/* Message Carbons (XEP-0280): what one resource sends or gets, the user's
 * others see as well. */
#ifndef POSTHOUSE_SM_CARBONS_H
#define POSTHOUSE_SM_CARBONS_H

#include "sm/session/session.h"

enum carbon { CARBON_SENT, CARBON_RECEIVED };

/* Whether the message is copied at all (§6.1). Private messages of a room are
 * when they are sent: those received come to all that are in the room. An error
 * is, when it answers or may answer a message that was. */
bool carbons_are_due(const struct xml *message, enum carbon direction);
/* Sends a copy to a resource that wants them; nothing to others. */
void carbon_send(struct session *session, struct duty *duty,
                 const struct xml *message, enum carbon direction);
/* Copies of what this resource sends, for the others (§8), with the id that it
 * has in the user's archive (0: none). */
void carbons_of_sent(const struct session *sender, struct duty *duty,
                     struct xml *message, int64_t archive_id);
/* Whether the stanza is such a copy: it is for that resource alone. */
bool carbons_is_copy(const struct xml *stanza);
/* The message that a copy is of; NULL: it is none. */
struct xml *carbons_original(const struct xml *copy);

#endif
