/* What waits for a component: bytes in order, cut into pieces. A piece that
 * came in a frame stays whole until the kernel has all of it, so that it can
 * still be bounced when the connection breaks in its midst. */
#ifndef POSTHOUSE_TRAY_H
#define POSTHOUSE_TRAY_H

#include "common/channel/channel.h"

struct tray_piece {
    size_t length;
    struct channel *channel; /* NULL: our own words, not a frame */
    uint64_t seq;
};

struct tray {
    struct buf bytes;
    size_t sent; /* bytes of the first piece that the kernel has */
    struct tray_piece *pieces;
    size_t first, count, cap;
};

/* Appends a copy of `body`. */
void tray_add(struct tray *tray, struct str body, struct channel *channel,
              uint64_t seq);
/* What is to be written next; empty when nothing waits. */
struct str tray_pending(const struct tray *tray);
/* Takes `count` written bytes off; each piece that is whole now is shown to
 * `whole`. */
void tray_written(struct tray *tray, size_t count,
                  void (*whole)(void *ctx, const struct tray_piece *piece),
                  void *ctx);
/* Shows each piece of a frame that is not whole with its bytes, and takes it
 * out. Our own words stay, unless a piece was broken off in its midst: nothing
 * that follows it could be read. `visit` must not touch the tray. */
void tray_drain(struct tray *tray,
                void (*visit)(void *ctx, const struct tray_piece *piece,
                              struct str body),
                void *ctx);
/* Drops all without a word; drain it first. */
void tray_clear(struct tray *tray);

#endif
