/* A session's queue towards its client, for the parts of session.h. */
#ifndef POSTHOUSE_SM_SESSION_QUEUE_H
#define POSTHOUSE_SM_SESSION_QUEUE_H

#include "session.h"

/* Takes out of the queue what the client has for good. */
void session_trim_queue(struct session *session);
/* Takes the session off its stream. */
void session_leave_stream(struct session *session);
/* Sends the whole queue again, with its old ordinals, on the session's stream.
 */
void session_transmit_queue(struct session *session);

#endif
