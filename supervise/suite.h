/* Supervision: starts the processes of a suite in order, starts again what
 * ends, stops them in the opposite order. */
#ifndef POSTHOUSE_SUPERVISE_SUITE_H
#define POSTHOUSE_SUPERVISE_SUITE_H

#include <uv.h>
#include "../common/config/config.h"
#include "child.h"
#include "chores.h"
#include "command_socket.h"
#include "notify.h"
#include "rolling.h"

#define SUITE_MAX_CHILDREN 160

enum phase { PHASE_STARTING, PHASE_SERVING, PHASE_STOPPING };

struct suite {
    const struct layout *layout;
    const struct config *config;
    bool has_postgres;
    bool (*on_serving)(void *ctx); /* false: nobody waits for it any more */
    void *ctx;

    uv_loop_t *loop;
    uv_timer_t timer;
    uv_signal_t signals[4];
    struct notify notify;
    struct command_socket commands;
    struct rolling rolling;
    struct chores chores;
    enum phase phase;
    bool has_failed;
    uint64_t start_deadline_ms;
    uint64_t stop_deadline_ms; /* of the kind that is being stopped */
    struct child children[SUITE_MAX_CHILDREN];
    size_t count;
};

/* Adds the processes of one kind. Programs that are missing are left out with a
 * warning. */
void suite_add(struct suite *suite, enum kind kind, unsigned processes);
/* Runs until it is told to stop or the start fails; the exit status. */
int suite_run(struct suite *suite);

#endif
