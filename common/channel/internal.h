/* Inside of common/channel alone. */
#ifndef POSTHOUSE_CHANNEL_INTERNAL_H
#define POSTHOUSE_CHANNEL_INTERNAL_H

#include "common/mem/hash.h"

#include "channel.h"

/* A frame that was sent and is not discharged. */
struct kept {
    void *cookie;
    uint64_t sid;
    uint64_t n;
    size_t origin_len;
    size_t body_len;
    char bytes[]; /* origin, then body */
};

/* Frames sent, oldest first, in a ring. A slot is NULL when its frame was
 * discharged before an older one. */
struct outbox {
    struct kept **ring;
    size_t cap;   /* a power of two */
    size_t head;
    size_t count;
    uint64_t first_seq; /* of the slot at head; the next seq is first + count */
    size_t bytes;
    size_t frames;
    bool was_full;
};

struct range {
    uint64_t low, high;
};

/* What came in and how far it is discharged. */
struct inbox {
    uint64_t received;   /* all up to here has come */
    uint64_t discharged; /* all up to here is discharged */
    struct range *early; /* discharged beyond it, ascending */
    size_t early_count;
    size_t early_cap;
};

struct channel {
    struct channels *owner;
    struct local *local;
    char *remote;
    uint64_t peer_epoch;
    struct outbox outbox;
    struct inbox inbox;
    struct channel *next_dirty;
    bool is_listed;  /* in owner->dirty */
    bool is_dirty;   /* an acknowledgement is owed that no frame has carried */
    bool hello_sent; /* since the peer came up */
    bool synced;     /* the peer's hello came since then: frames may flow */
    bool asked;      /* for what is missing, after a gap */
    UT_hash_handle hh; /* in local->channels, by remote */
};

struct local {
    char *address;
    uint64_t epoch;
    struct channel *channels;
    UT_hash_handle hh;
};

struct peer {
    char *address;
    char *node;
    bool stale; /* up before the link was lost, not seen since */
    UT_hash_handle hh;
};

struct channels {
    struct channel_events events;
    void *ctx;
    struct buf *out;
    size_t window_bytes;
    struct local *locals;
    struct peer *peers;
    struct channel *dirty;
    bool is_linked;
};

/* outbox.c: sending, keeping, forgetting. */
void outbox_clear(struct outbox *outbox);
/* Writes the frames behind `received` again. */
void channel_resend(struct channel *channel, uint64_t received);
/* Takes an acknowledgement: cumulative and ranges. */
void channel_take_ack(struct channel *channel, uint64_t ack, struct str done);

/* inbox.c: receiving and discharging. */
void inbox_clear(struct inbox *inbox);
/* Hands a received frame to the core unless it came before. Behind a gap it is
 * not taken: a hello asks for what is missing. */
void channel_take_frame(struct channel *channel, const struct frame *frame);
/* Writes the ranges of early discharges; empty when there are none. */
void inbox_write_early(const struct inbox *inbox, struct buf *out);
/* Lists the channel for channels_flush_acks. */
void channel_owe_ack(struct channel *channel);

/* hello.c: the exchange on every (re)connection. */
void channel_send_hello(struct channel *channel);
/* The peer's hello: learns its epoch, and sends again what it has not
 * received. */
void channel_take_hello(struct channel *channel, const struct frame *frame);

/* Whether the router has told of the peer since the link stands. Before, a hello
 * would be lost, and none would follow. */
bool channels_reach(const struct channels *channels, struct str address);
/* Whether frames may be written to the peer now. */
bool channel_is_open(const struct channel *channel);

#endif
