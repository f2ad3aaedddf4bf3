/* Attempts to connect to the addresses of one host, side by side: each begins a
 * moment after the one before, or when that has failed (RFC 8305 §5). */
#ifndef POSTHOUSE_S2SD_RACE_H
#define POSTHOUSE_S2SD_RACE_H

#include "resolver.h"

struct race;

/* What it tells, never from inside of a call. */
struct race_events {
    /* One is connected, and the others are given up. The socket, non-blocking,
     * is the callee's; `peer` is its numeric address. */
    void (*connected)(void *ctx, int fd, const char *peer);
    /* No address is left. */
    void (*lost)(void *ctx);
};

/* Begins; copies the addresses, of which at most `most` are tried. */
struct race *race_new(uv_loop_t *loop, const struct address *addresses,
                      size_t count, size_t most,
                      const struct race_events *events, void *ctx);
/* The connection was of no use: tries the addresses that are left. */
void race_go_on(struct race *race);
/* How many were tried. */
size_t race_tried(const struct race *race);
/* Gives up what is under way, and frees it when the loop comes by. NULL is
 * allowed. */
void race_free(struct race *race);

#endif
