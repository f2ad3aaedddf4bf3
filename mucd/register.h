/* Membership with a nickname of one's own (XEP-0045 §7.10). */
#ifndef POSTHOUSE_MUCD_REGISTER_H
#define POSTHOUSE_MUCD_REGISTER_H

#include "room.h"

#define FORM_REGISTER  "http://jabber.org/protocol/muc#register"
#define FIELD_ROOMNICK "muc#register_roomnick"

/* Makes somebody a member, if he is not more, and keeps the nickname for him,
 * which is free; those in the room see it. */
void register_member(struct room *room, struct duty *duty, struct str bare,
                     struct str nick);

#endif
