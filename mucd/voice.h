/* Visitors ask for voice, moderators grant it (XEP-0045 §7.13, §8.6). */
#ifndef POSTHOUSE_MUCD_VOICE_H
#define POSTHOUSE_MUCD_VOICE_H

#include "room.h"

/* True when the message was such a form. seat: the sender's; NULL: none. */
MUST_CHECK bool voice_receive(struct room *room, struct seat *seat,
                              struct duty *duty, struct xml *message,
                              const struct jid *from);

#endif
