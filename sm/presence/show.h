/* What the files about presence share to show a session. */
#ifndef POSTHOUSE_SM_SHOW_H
#define POSTHOUSE_SM_SHOW_H

#include "sm/session/session.h"

/* Routes a copy of `presence` with this `to`, which it keeps. */
void presence_send(struct sm *sm, struct duty *duty, struct xml *presence,
                   struct str to);
/* Whether the privacy lists let the session show itself to the contact. */
MUST_CHECK bool presence_may_show(const struct session *session,
                                  struct str contact);
/* The session's last presence as it is shown, with a delay when it is older
 * than a second. In the arena; NULL: there is none. */
struct xml *presence_last(const struct session *session);
/* One of type unavailable. In the arena; `from` is borrowed. */
struct xml *presence_unavailable(struct sm *sm, struct str from);

#endif
