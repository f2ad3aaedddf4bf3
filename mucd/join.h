/* Entering a room (XEP-0045 §7.2, §10.1). */
#ifndef POSTHOUSE_MUCD_JOIN_H
#define POSTHOUSE_MUCD_JOIN_H

#include "presence.h"

/* Presence of somebody who has no seat. */
void join_receive(struct mucd *mucd, struct duty *duty, struct xml *stanza,
                  const struct jid *from, const struct jid *to);
/* The same from who is in: he gets to see everything again. */
void join_again(struct seat *seat, struct duty *duty, struct xml *stanza);

#endif
