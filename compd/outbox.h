/* What waits for a component: bytes in order, cut into pieces. A piece that
 * came in a frame stays whole until the kernel has all of it, so that it can
 * still be bounced when the connection breaks in its midst. */
#ifndef POSTHOUSE_OUTBOX_H
#define POSTHOUSE_OUTBOX_H

#include "common/channel/channel.h"

struct outbox_piece {
    size_t length;
    struct channel *channel; /* NULL: our own words, not a frame */
    uint64_t seq;
};

struct outbox {
    struct buf bytes;
    size_t sent; /* bytes of the first piece that the kernel has */
    struct outbox_piece *pieces;
    size_t first, count, cap;
};

/* Appends a copy of `body`. */
void outbox_add(struct outbox *outbox, struct str body, struct channel *channel,
                uint64_t seq);
/* What is to be written next; empty when nothing waits. */
struct str outbox_pending(const struct outbox *outbox);
/* Takes `count` written bytes off; each piece that is whole now is shown to
 * `whole`. */
void outbox_written(struct outbox *outbox, size_t count,
                    void (*whole)(void *ctx, const struct outbox_piece *piece),
                    void *ctx);
/* Shows each piece of a frame that is not whole with its bytes, and takes it
 * out. Our own words stay, unless a piece was broken off in its midst: nothing
 * that follows it could be read. `visit` must not touch the outbox. */
void outbox_drain(struct outbox *outbox,
                  void (*visit)(void *ctx, const struct outbox_piece *piece,
                                struct str body),
                  void *ctx);
void outbox_clear(struct outbox *outbox);

#endif
