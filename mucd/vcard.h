/* A room's vCard and the hash of the picture in it (XEP-0486). */
#ifndef POSTHOUSE_MUCD_VCARD_H
#define POSTHOUSE_MUCD_VCARD_H

#include "room.h"

/* Gives the room this vCard (canonical bytes, copied; empty: none) and the hash
 * that belongs to it. Memory alone; nothing is sent. Uses the event's arena. */
void room_take_vcard(struct room *room, struct str bytes);

#endif
