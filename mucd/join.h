/* Entering a room (XEP-0045 §7.2, §10.1), and being found gone. */
#ifndef POSTHOUSE_MUCD_JOIN_H
#define POSTHOUSE_MUCD_JOIN_H

#include "presence.h"

/* Presence of somebody who has no seat. */
void join_receive(struct mucd *mucd, struct duty *duty, struct xml *stanza,
                  const struct jid *from, const struct jid *to);
/* The same from who is in: he gets to see everything again. */
void join_again(struct seat *seat, struct duty *duty, struct xml *stanza);
/* An error stanza from a seat: a ghost goes (§8.1). */
void join_bounced(struct mucd *mucd, struct duty *duty,
                  const struct xml *stanza, const struct jid *from,
                  const struct jid *to);
/* Whether a user may have this nickname. self: who has another one already.
 * False with the error. */
MUST_CHECK bool join_nick_is_free(const struct room *room, struct str nick,
                                  const struct jid *user,
                                  const struct occupant *self,
                                  enum stanza_error *error);

/* presence.c */
bool occupant_sees_jids(const struct occupant *reader);
bool occupant_is_shown(const struct occupant *occupant);
/* Keeps what the client says of itself; false above mucd.max-presence-size. */
MUST_CHECK bool occupant_keep_presence(struct occupant *occupant,
                                       struct xml *stanza);

#endif
