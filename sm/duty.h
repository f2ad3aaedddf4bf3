/* What sm owes for one received frame: a counter of effects under way (frames
 * sent on, rows being written, answers being made). When it reaches zero the
 * frame's effects are final and it is discharged. */
#ifndef POSTHOUSE_SM_DUTY_H
#define POSTHOUSE_SM_DUTY_H

#include "common/channel/channel.h"
#include "common/stanza/stanza.h"

struct repeat;
struct session;

/* Why a stanza could not pass. */
struct refusal {
    bool is_refused;
    enum stanza_error condition;
    struct str text; /* heap; absent: none */
};

struct duty {
    struct channel *channel;
    uint64_t seq;
    uint64_t peer_epoch; /* of the peer that sent it; a later one forgot it */
    unsigned holds;
    unsigned ordinal;      /* of the next stored effect of this origin */
    struct str origin;     /* as the frame told it, or made on demand; heap */
    struct repeat *repeat; /* where it is remembered (repeat.h) */
    /* For work that no frame asked for: called in place of a discharge. */
    void (*finish)(void *ctx);
    void *ctx;
    /* Where it is told that the stanza is refused, in place of an answer to its
     * sender (NULL). What another sm process refuses its sender is told. */
    struct refusal *refusal;
    /* A stanza from a client: its place among those not yet discharged. */
    struct session *session;
    struct duty *prev, *next;
    uint64_t n;
    /* A message whose sender archives it, while it is on its way to one who may
     * (archive.h): the id, his number and the other's hash. 0: none. */
    int64_t archive_id, archive_sender, archive_peer;
};

/* A duty with one hold, for a frame that has just come in. */
struct duty *duty_new(struct channel *channel, const struct frame *frame);
/* A duty of the daemon's own: `finish` is told when the last hold is gone. */
struct duty *duty_new_own(void (*finish)(void *ctx), void *ctx);
/* The stanza of `duty` is that of `first`, whose end shall be the end of both:
 * the frame takes the place of the one that brought it first. */
void duty_take_over(struct duty *first, struct duty *duty);
/* By what the stanza is known wherever it goes, and again should it be sent
 * anew: "session:n" when it came in a session that can be resumed, else
 * "sender:epoch:receiver:seq" of the frame by which it entered the suite.
 * Borrowed from the duty; for NULL, or an own duty that was given none, a
 * random one in the arena. */
struct str duty_origin(struct duty *duty, struct arena *arena);
/* The duty's origin for who outlives it: heap, the caller's. It must have one, and
 * the caller a hold. */
char *duty_leave_origin(struct duty *duty);
/* One more effect under way. NULL is allowed in both and has no effect: what
 * the daemon does by itself is owed to nobody. */
void duty_hold(struct duty *duty);
/* An effect is final; the last one discharges the frame and frees the duty. */
void duty_drop(struct duty *duty);

#endif
