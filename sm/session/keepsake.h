/* What a session wants to be told after this sm's death: presence and what the
 * client has asked for. c2sd keeps it unread (control.h). */
#ifndef POSTHOUSE_SM_KEEPSAKE_H
#define POSTHOUSE_SM_KEEPSAKE_H

#include "sm/session/session.h"

/* The session has changed: a keepsake leaves with the end of the event. */
void keepsake_due(struct session *session);
/* The same for what a client can change at any rate: once in a second. */
void keepsake_soon(struct session *session);
/* Sends what is due. */
void keepsakes_send(struct sm *sm);
/* Once a second: what had to wait for that. */
void keepsakes_tick(struct sm *sm);
/* The session leaves memory. */
void keepsake_cancel(struct session *session);
/* Takes over what one tells. */
void keepsake_take(struct session *session, const struct xml *element);

#endif
