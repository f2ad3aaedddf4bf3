/* Quiet hours (common/quiet/quiet.h): in them
 *
 *  - whoever sees the user sees dnd where his client says that he is available
 * or wants to chat; rooms see what the client says;
 *  - a client that nobody looks at (XEP-0352) is not woken by messages: c2sd
 * keeps them with what else waits, in their order, until it is looked at or the
 * hours are over. Everything is stored, archived and acknowledged as always,
 * and no sender learns of it;
 *  - what comes from an exception, or is urgent from an administrator of the
 * user or the server itself, comes at once, with all that waited before it.
 *
 * Urgent is a header of XEP-0131: Urgency, high. */
#ifndef POSTHOUSE_SM_QUIET_H
#define POSTHOUSE_SM_QUIET_H

#include "sm/session/session.h"

/* A session has been opened, or its account's rows have come: takes over what
 * holds now. */
void quiet_begin(struct session *session);
/* The session is on another stream, whose c2sd knows nothing yet. */
void quiet_resumed(struct session *session);
/* Makes available presence of the session what others see of it. */
void quiet_stamp(const struct session *session, struct xml *presence);
/* A message has been handed to the account's sessions: what waits goes out when
 * it must not wait. */
void quiet_message(struct account *account, const struct xml *message,
                   const struct jid *from);
/* Marks a message as urgent. */
void quiet_make_urgent(struct xml *message);
/* There is a new directory: hours may be others. */
void quiet_directory(struct sm *sm);
/* Once per second: hours that begin or end with this minute. */
void quiet_tick(struct sm *sm);
void quiet_clear(struct sm *sm);

#endif
