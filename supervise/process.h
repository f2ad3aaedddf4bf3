/* Starting programs. */
#ifndef POSTHOUSE_SUPERVISE_PROCESS_H
#define POSTHOUSE_SUPERVISE_PROCESS_H

#include <sys/types.h>
#include "../common/mem/mem.h"

struct listeners;

struct process_options {
    char *const *argv;       /* argv[0] is the program's path */
    const char *user;        /* become this user before exec; NULL: stay */
    const char *log_path;    /* for its output; NULL: standard error */
    const char *lock_path;   /* held while it lives; NULL: none */
    int leftover_signal;     /* for an older process that holds the lock */
    const char *notify_path; /* where it tells that it serves; or NULL */
    const struct listeners *listeners; /* handed over; NULL: none */
};

/* Starts a program in a session of its own, so that Ctrl-C reaches the
 * supervisor alone. -1 on failure; what fails in the child ends it. */
pid_t process_start(const struct process_options *options, struct error *error);
/* The same, and waits. True when its exit status is 0. */
MUST_CHECK bool process_run(const struct process_options *options,
                            struct error *error);

#endif
