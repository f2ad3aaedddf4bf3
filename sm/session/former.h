/* Streams that a session has left, and whose c2sd still holds what their client
 * did not get: until another c2sd has all of it (the session was resumed
 * there), or it is stored or with another resource (the session is over). What
 * comes from such a stream is not looked at; it is discharged behind the
 * stream's end. */
#ifndef POSTHOUSE_SM_FORMER_H
#define POSTHOUSE_SM_FORMER_H

#include "sm/session/session.h"

/* A frame that is discharged behind the end. */
struct late;

struct former {
    enum cargo cargo;           /* first: of every cookie */
    struct former *prev, *next; /* sm->formers */
    struct sm *sm;
    struct session *session; /* NULL: over */
    struct session_key key;
    uint64_t peer_epoch;
    unsigned holds;
    bool is_told; /* its c2sd is telling of it (restore.h) */
    bool is_due;  /* and is told of its end behind the session's queue */
    const char *condition; /* of its end; NULL: it was told */
    const char *text;      /* may be NULL */
    struct late *late;     /* oldest first */
};

/* The stream that the session is on becomes a former one, with one hold. The
 * session stays on it; condition and text are static. */
struct former *former_new(struct session *session, const char *condition,
                          const char *text);
/* The same of a stream on which the session is not. */
struct former *former_new_at(struct session *session, struct channel *channel,
                             uint64_t sid, const char *condition,
                             const char *text);
/* NULL: it is none. */
struct former *former_find(const struct sm *sm, const struct channel *channel,
                           uint64_t sid);
/* Holds the frame's duty until the stream has ended. */
void former_take(struct former *former, struct duty *duty);
/* One that must be done before the stream is ended, and is done: with the last
 * one the c2sd is told, and the former is freed. */
void former_hold(struct former *former);
void former_drop(struct former *former);
/* Sends a mark behind what was sent to the session: what the hold stands for is
 * done when its c2sd has that. */
void former_wait_for_queue(struct former *former);
/* A duty that holds the stream until it ends, and `duty` (may be NULL) with it:
 * of giving back what the session's client did not get. */
struct duty *former_duty(struct former *former, struct duty *duty);
/* The session is over: its former streams, and `duty` (may be NULL), are not
 * done with before the duty that is returned; a hold of it is the caller's. */
struct duty *formers_close(struct session *session, struct duty *duty);
/* The session is freed. */
void formers_forget(struct session *session);
/* Frees all, without a word. */
void formers_clear(struct sm *sm);

#endif
