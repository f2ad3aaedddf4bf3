/* Origins of stanzas that a session has got, by which they are known should
 * they be sent once more after somebody's death. */
#ifndef POSTHOUSE_SM_SEEN_H
#define POSTHOUSE_SM_SEEN_H

#include "sm/session/session.h"

/* A stanza of this origin has reached the session. */
void seen_note(struct session *session, struct str origin);
/* Whether one has; each is found once. */
MUST_CHECK bool seen_take(struct session *session, struct str origin);
/* The same without forgetting it. */
MUST_CHECK bool seen_has(const struct session *session, struct str origin);
/* The session is over, its account still has what it got (departed.h). */
void seen_depart(struct session *session);
/* Forgets all of them. */
void seen_clear(struct session *session);

#endif
