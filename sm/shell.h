/* sm's shell: the link, the database and the clock around the core. */
#ifndef POSTHOUSE_SM_SHELL_H
#define POSTHOUSE_SM_SHELL_H

#include "common/daemon/daemon.h"
#include "common/node/node.h"
#include "sm.h"

struct shell {
    struct daemon daemon;
    struct sm sm;
    struct node *node;
    uv_timer_t timer;
    unsigned ticks;
    struct counter counters[9];
    bool is_ready; /* told that it serves */
};

/* Connects to router and database; the shards are bound when both answer. */
void shell_start(struct shell *shell);
/* Takes the daemon's configuration anew. */
void shell_reload(struct shell *shell);
/* Closes the database and the link; what was not committed was not discharged,
 * so that its senders keep it. */
void shell_stop(struct shell *shell);

#endif
