/* Orderly restarts: one process after the other, each when those before it
 * serve again. A process that is asked to end brings to an end what it can;
 * what it cannot, others hold (docs/reliability.md). */
#ifndef POSTHOUSE_SUPERVISE_ROLLING_H
#define POSTHOUSE_SUPERVISE_ROLLING_H

#include "child.h"

/* What is told of the restart that is under way; every function is called from
 * within rolling_step. */
struct rolling_events {
    void (*on_restarted)(void *ctx, const struct child *child);
    /* All is done. `failed` is the one that did not come back, or NULL; it is
     * tried again and again, the rest is left as it was. */
    void (*on_done)(void *ctx, const struct child *failed);
    /* PostgreSQL has no word of its own for "I serve": ask it. */
    bool (*answers)(void *ctx, const struct child *child);
};

struct rolling {
    struct child *children;
    size_t count;
    const struct rolling_events *events;
    void *ctx;
    bool is_active;
    uint64_t until_ms; /* what the process at hand has time until; 0: not yet */
};

/* Marks what `word` names: "sm" (all processes of it), "sm.1", or "all" (every
 * daemon, not PostgreSQL). False when there is none, or a restart is under way.
 */
MUST_CHECK bool rolling_begin(struct rolling *rolling, const char *word,
                              struct error *error);
/* Goes on as far as it can; call it often. now_ms: monotonic. */
void rolling_step(struct rolling *rolling, uint64_t now_ms);
/* Gives up: the suite stops. */
void rolling_abandon(struct rolling *rolling);

#endif
