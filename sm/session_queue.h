/* A session's queue towards its client, for the parts of session.h. */
#ifndef POSTHOUSE_SM_SESSION_QUEUE_H
#define POSTHOUSE_SM_SESSION_QUEUE_H

#include "session.h"

/* Takes out of the queue what the client has for good. */
void session_trim_queue(struct session *session);
/* Takes the session off its stream. */
void session_leave_stream(struct session *session);
/* offline_held.c: a stanza, or the whole queue, has no other holder any more.
 */
void session_store_queued(struct session *session, struct queued *queued);
void session_store_queue(struct session *session);
/* The session is on a stream again: its c2sd holds the queue. */
void session_stored_taken(struct session *session);
/* Sends the whole queue again, with its old ordinals, on the session's stream.
 */
void session_transmit_queue(struct session *session);

#endif
