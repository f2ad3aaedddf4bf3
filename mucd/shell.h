/* mucd's shell: the link, the database and the clock around the core. */
#ifndef POSTHOUSE_MUCD_SHELL_H
#define POSTHOUSE_MUCD_SHELL_H

#include "common/daemon/daemon.h"
#include "common/node/node.h"
#include "mucd.h"

struct shell {
    struct daemon daemon;
    struct mucd mucd;
    struct node *node;
    uv_timer_t timer;
    struct counter counters[5];
    bool is_ready; /* told that it serves */
};

/* Connects to router and database; the rooms are served when both answer. */
void shell_start(struct shell *shell);
/* SIGHUP: the daemon has read its configuration anew; the rooms go by it. */
void shell_reload(struct shell *shell);
/* Ends the link and the store; the daemon's loop ends by itself then. */
void shell_stop(struct shell *shell);

#endif
