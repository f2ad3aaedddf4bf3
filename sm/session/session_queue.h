/* A session's queue towards its client, for the parts of session.h. */
#ifndef POSTHOUSE_SM_SESSION_QUEUE_H
#define POSTHOUSE_SM_SESSION_QUEUE_H

#include "sm/session/session.h"

/* Takes out of the queue what the client has for good. */
void session_trim_queue(struct session *session);
/* A stanza's bytes as the client gets them; in the arena, or the queue's own.
 */
struct str queued_body(const struct queued *queued,
                       const struct session *session);
/* Puts a stanza for many into the queue; whoever does so hands it to c2sd. */
struct queued *session_enqueue_shared(struct session *session,
                                      struct duty *duty, struct shared *shared);
/* Ends a session for which too much waits. */
void session_check_queue(struct session *session);
/* What was sent to the session behind ordinal `before` is one of several copies of a
 * message; *copies begins as NULL. copies NULL: nothing is to be remembered. */
void session_tie(struct session *session, uint64_t before,
                 struct copies **copies);
/* It is none of them any more. */
void queued_leave_copies(struct queued *queued);
/* What queued_body's bytes and a cookie hold is not needed any more. */
void queued_free(struct queued *queued);
/* Another holds it, or a row: its sender's stanza waits for it no longer. */
void queued_release_sender(struct queued *queued);
/* c2sd has discharged one cookie that held it. */
void queued_discharged(struct queued *queued);
/* The origin that a frame to c2sd has; absent when nobody would send what it
 * brings again. */
struct str queued_origin(struct sm *sm, struct duty *duty);
/* Takes the session off its stream. */
void session_leave_stream(struct session *session);
/* offline_held.c: a stanza, or the whole queue, has no other holder any more.
 */
void session_store_queued(struct session *session, struct queued *queued);
/* The same for all of its queue. */
void session_store_queue(struct session *session);
/* The stanza goes while its row is being written. */
void writing_forget(struct writing *writing);
/* The session is on a stream again: its c2sd holds the queue. */
void session_stored_taken(struct session *session);
/* Sends the queue again, with its old ordinals, on the session's stream: those
 * behind `after`. */
void session_transmit_queue(struct session *session, uint64_t after);

/* The session is over: a message goes to another resource or offline, a query is
 * answered. `closing` (may be NULL) is held until that is done. */
void session_give_back(struct session *session,
                       const struct queued *queued, struct duty *closing);
#endif
