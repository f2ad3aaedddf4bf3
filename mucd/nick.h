/* Nicknames. Those that look alike are one (XEP-0045 §13.7): whoever could take
 * one that others read as an occupant's would speak in his place. */
#ifndef POSTHOUSE_MUCD_NICK_H
#define POSTHOUSE_MUCD_NICK_H

#include "room.h"

/* What no two occupants may have alike: the nickname without spaces, case and
 * compatibility forms, and with Latin letters for those of other scripts that
 * look like them. In the arena. */
struct str nick_key(struct arena *arena, struct str nick);
/* Whether a user may have this nickname. self: who has another one already.
 * False with the error. */
MUST_CHECK bool nick_is_free(const struct room *room, struct str nick,
                             const struct jid *user,
                             const struct occupant *self,
                             enum stanza_error *error);

#endif
