/* A process on the link: the thin shell around channels. It connects to
 * routerd's socket (again, with back-off, after a loss), reads elements, and
 * flushes all that was written once per loop turn. It answers <stats/> for the
 * whole process from its counters. */
#ifndef POSTHOUSE_NODE_H
#define POSTHOUSE_NODE_H

#include <uv.h>
#include "../channel/channel.h"
#include "../daemon/daemon.h"
#include "../link/stats.h"

struct node;

struct node_options {
    const char *socket_path; /* routerd's */
    const char *name;        /* this process: "sm.1" */
    size_t window_bytes;
    const struct counter *counters; /* may be NULL */
    size_t counter_count;
};

/* What every daemon's node is: at its router, under its name, with these numbers
 * to be watched (borrowed). */
struct node_options node_options_of(const struct daemon *daemon,
                                    const struct counter *counters,
                                    size_t count);
/* Starts connecting; never fails for good. The options are copied, what they
 * point to is not. */
struct node *node_new(uv_loop_t *loop, const struct node_options *options,
                      const struct channel_events *events, void *ctx);
/* The channels that this node carries; they live as long as it does. */
struct channels *node_channels(struct node *node);
/* Called once per turn before the flush: where a daemon gathers its own
 * output. May be NULL. */
void node_on_turn(struct node *node, void (*on_turn)(void *ctx), void *ctx);
/* Whether the router has been reached. */
bool node_is_connected(const struct node *node);
/* Writes what is pending, closes, frees. Run the loop once more afterwards so
 * that libuv calls its close callbacks. */
void node_free(struct node *node);

#endif
