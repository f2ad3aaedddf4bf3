/* What every daemon's main needs: options, configuration, log, signals,
 * privileges and readiness. */
#ifndef POSTHOUSE_DAEMON_H
#define POSTHOUSE_DAEMON_H

#include <uv.h>
#include "../config/config.h"
#include "../grant/grant.h"
#include "../log/log.h"

#define EXIT_USAGE 2

/* Command line: --config FILE --instance N [--of N] --run-dir DIR --user NAME
 * [--log FILE] [--set section.key=value]…  --help --version */
struct daemon_options {
    const char *program; /* "sm" */
    const char *config_path;
    const char *run_dir; /* sockets: run_dir/router.sock */
    const char *user;    /* switch to this user; NULL: stay */
    const char *log_path;
    const char *const *overrides;
    size_t override_count;
    unsigned instance; /* 0 … of-1 */
    unsigned of;       /* how many processes of this kind there are */
};

struct daemon {
    struct daemon_options options;
    struct config *config;
    uv_loop_t *loop;
    char name[32]; /* "sm.1" */
    char router_path[108];
    /* What a daemon has to bring to an end before it stops; NULL: nothing. The
     * first SIGTERM or SIGINT calls it, and the daemon calls daemon_stop when
     * it is done, in bounded time; a second signal stops it at once. */
    void (*on_drain)(void *ctx);
    bool is_draining, is_stopped;
    void (*on_reload)(void *ctx);
    void (*on_stop)(void *ctx);
    void *ctx;
};

/* Parses options, loads the configuration, opens the log, sets up the loop and
 * signals (SIGTERM and SIGINT stop, SIGHUP reloads config and reopens the log,
 * SIGPIPE is ignored). On failure says why on standard error and returns false
 * with the exit status in *status (0 after --help). */
MUST_CHECK bool daemon_init(struct daemon *daemon, const char *program,
                            int argc, char **argv, int *status);
/* Becomes options.user when given (initgroups, setgid, setuid), sets
 * no_new_privs, limits core dumps, and installs a seccomp filter that takes
 * away what no daemon needs (exec, ptrace, mount, module, bpf …); with
 * `network` false also socket(2) of any family but AF_UNIX. False when it could
 * not. */
MUST_CHECK bool daemon_drop_privileges(struct daemon *daemon, bool network,
                                       struct error *error);
/* After that, and before there is a thread: nothing is written, made or removed any
 * more but below this folder and where the log lies (Landlock). Kernels without it,
 * or with its first version, leave that to the rights of the user. False with the
 * reason. */
MUST_CHECK bool daemon_confine_writes(struct daemon *daemon, const char *folder,
                                      struct error *error);
/* The same as daemon_drop_privileges for a daemon that needs the network only when option `database` leads
 * to another host. */
MUST_CHECK bool daemon_drop_all_but_database(struct daemon *daemon,
                                             struct error *error);
/* The first part of that alone, for a daemon whose work is to start programs,
 * some of which (sendmail) may need privileges of their own: becomes
 * options.user, limits core dumps. */
MUST_CHECK bool daemon_become_user(struct daemon *daemon, struct error *error);
/* How to reach the database as this role (libpq's connection string, in the
 * arena). Each start has an application_name of its own, "sm.1/MILLISECONDS",
 * by which a successor ends what its predecessor left behind. */
const char *daemon_conninfo(const struct daemon *daemon, struct arena *arena,
                            const char *role);
/* Reads the key of grants from option `grant-key`, or from the suite's folder;
 * before privileges are dropped: grant_key.c. */
MUST_CHECK bool daemon_load_grant_key(const struct daemon *daemon,
                                      struct grant_key *key,
                                      struct error *error);
/* Tells systemd (sd_notify READY=1) and the log that the daemon serves. */
void daemon_ready(struct daemon *daemon);
/* Calls on_stop and lets daemon_run return. */
void daemon_stop(struct daemon *daemon);
/* Runs the loop until stopped; returns the exit status. */
int daemon_run(struct daemon *daemon, void (*on_reload)(void *ctx),
               void (*on_stop)(void *ctx), void *ctx);
/* Frees the loop (all its handles are closed by now) and the configuration. */
void daemon_clear(struct daemon *daemon);
/* Milliseconds since 1970 by the wall clock, which somebody may set: for stamps
 * that people read and rows keep. */
int64_t clock_unix_ms(void);
/* Milliseconds of a clock that nobody sets, the same in all processes of the
 * host: for how long something takes. */
uint64_t clock_monotonic_ms(void);
/* An epoch larger than that of any earlier start on this host since it was
 * booted, however the wall clock was set, and another than those before that.
 */
uint64_t clock_epoch(void);

#endif
