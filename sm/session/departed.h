/* Origins of stanzas that somebody got in a session that is over. A session
 * manager that comes back without memory is told of them, so that what the
 * senders send again does not wait for him a second time. */
#ifndef POSTHOUSE_SM_DEPARTED_H
#define POSTHOUSE_SM_DEPARTED_H

#include "sm/sm.h"

/* So many are remembered; then the oldest are forgotten. */
#define DEPARTED_MAX 16384u

/* One session of the account (bare JID) got a stanza of this origin. */
void departed_note(struct sm *sm, struct str bare, struct str origin);
/* Whether one did. */
MUST_CHECK bool departed_had(const struct sm *sm, struct str bare,
                             struct str origin);
/* Forgets and frees all of it. */
void departed_clear(struct sm *sm);

#endif
