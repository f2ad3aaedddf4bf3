/* One process of a suite: started, watched, started again. */
#ifndef POSTHOUSE_SUPERVISE_CHILD_H
#define POSTHOUSE_SUPERVISE_CHILD_H

#include <sys/types.h>
#include "backoff.h"
#include "listeners.h"

/* Its place in an orderly restart (rolling.h). */
enum turn {
    TURN_NONE,
    TURN_WAITS,    /* until those before it serve again */
    TURN_STOPPING, /* told to end */
    TURN_STARTING, /* started again; it does not serve yet */
    TURN_SETTLING  /* serves; the others get time to see it */
};

struct child {
    enum kind kind;
    unsigned instance, of;
    pid_t pid;        /* 0: it does not run */
    bool was_started; /* at least once */
    bool is_ready;    /* it serves */
    bool is_stopping; /* it was told to end */
    enum turn turn;
    unsigned restarts;
    unsigned failed_starts; /* ended before it served, in a row */
    int64_t since;          /* unix seconds of its start */
    uint64_t started_ms;    /* monotonic */
    uint64_t restart_ms;    /* monotonic; when to start it again, 0: not */
    struct backoff backoff;
    off_t log_start; /* what its log had before its first start */
    struct listeners listeners;
};

/* Starts it; a failure counts as an end, to be tried again. */
void child_start(struct child *child, const struct layout *layout);
/* Looks whether it has ended, logs why and, unless it was told to, sets when to
 * start it again. True when it has. */
bool child_reap(struct child *child);
/* Sends a signal to our child process, if it runs. */
void child_signal(struct child *child, int number);
/* Makes the log file, again after rotation. */
MUST_CHECK bool child_make_log(const struct child *child,
                               const struct layout *layout,
                               struct error *error);

#endif
