/* Messages to a room and between its occupants (XEP-0045 §7.4, §7.5, §8.1). */
#ifndef POSTHOUSE_MUCD_MESSAGE_H
#define POSTHOUSE_MUCD_MESSAGE_H

#include "room.h"

/* A message to a room or an occupant, from the full JID of whoever: said to
 * all, to one, or refused with an error. */
void message_receive(struct mucd *mucd, struct duty *duty, struct xml *message,
                     const struct jid *from, const struct jid *to);
/* Tells everybody of a change in the room by its status codes (XEP-0045
 * §10.2.1), of which a 0 is the end. */
void message_tell_codes(struct room *room, const unsigned *codes);
/* Sends it, with stanza id and archive; `from` must be set. */
void message_publish(struct room *room, struct duty *duty, struct xml *message,
                     struct str nick, struct str sender);
/* To the occupant of this nickname, or refused. */
void message_private(struct seat *seat, struct duty *duty, struct xml *message,
                     struct str nick);
/* Says who speaks (XEP-0421). */
void message_add_occupant_id(struct xml *stanza,
                             const struct occupant *occupant);
/* Counts a message against mucd.message-rate. True above it: refused. */
MUST_CHECK bool message_is_too_fast(struct seat *seat, struct duty *duty,
                                    struct xml *message);
/* Takes out what a client must not say about itself or in the room's name. */
void message_clean(const struct room *room, struct xml *message);

#endif
