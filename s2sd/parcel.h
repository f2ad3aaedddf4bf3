/* A stanza on its way to another server: a frame of the link that is discharged
 * when the peer, or the kernel, has it, or else is returned to its sender. */
#ifndef POSTHOUSE_S2SD_PARCEL_H
#define POSTHOUSE_S2SD_PARCEL_H

#include "common/channel/channel.h"
#include "common/stanza/stanza.h"

/* What is told when a frame of ours has been discharged by its receiver: the
 * first member of every cookie. */
struct errand {
    void (*done)(struct errand *errand);
};

struct lane;
struct repeat;

/* A frame that brought the stanza, to be discharged. */
struct owed {
    struct owed *next;
    struct channel *channel;
    uint64_t seq;
    uint64_t peer_epoch; /* of the sender; a later one forgot it */
};

struct parcel {
    struct errand errand; /* its bounce is delivered */
    struct parcel *prev, *next;
    struct lane *lane;     /* of its target; lives as long as that */
    struct owed *owed;     /* NULL: made here */
    struct repeat *repeat; /* where it is remembered; NULL: it is not */
    struct str origin;   /* heap */
    struct str body;     /* heap; canonical */
    bool is_counted;     /* by XEP-0198 on the stream it was sent on */
    uint64_t end;        /* where it ends among the stream's bytes */
    int64_t first_ms;    /* when it was sent for the first time; 0: not yet */
    int64_t sent_ms;     /* when it was sent last */
};

/* Takes copies of what it keeps. */
struct parcel *parcel_new(struct channel *channel, const struct frame *frame);
/* Its stanza has come once more, forwarded by a successor. */
void parcel_came_again(struct parcel *parcel, struct channel *channel,
                       const struct frame *frame);
/* For an answer of s2sd's own. */
struct parcel *parcel_new_own(struct str body);
/* Its fate is final: discharges the frames, frees the parcel. */
void parcel_done(struct parcel *parcel);
/* Frees it and discharges nothing. */
void parcel_forget(struct parcel *parcel);

#endif
