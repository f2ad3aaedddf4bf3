#include "child.h"

#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

#include "../common/daemon/daemon.h"
#include "accounts.h"
#include "postgres.h"
#include "process.h"

bool child_make_log(const struct child *child, const struct layout *layout,
                    struct error *error)
{
    const struct kind_row *row = &kind_rows[child->kind];
    char path[LAYOUT_PATH];
    struct owner owner;

    layout_log_path(layout, row->program, child->instance, path);
    return accounts_owner(&owner, row->user, row->user, error) &&
           files_touch(path, 0640, &owner, error);
}

static pid_t start(struct child *child, const struct layout *layout,
                   struct error *error)
{
    const struct kind_row *row = &kind_rows[child->kind];
    bool is_postgres = child->kind == KIND_POSTGRES;
    char log_path[LAYOUT_PATH], lock_path[LAYOUT_PATH];
    struct command_line command = {0};
    struct process_options options = {
        .argv = command.argv,
        .user = is_postgres && layout->is_root ? POSTGRES_USER : NULL,
        .log_path = log_path,
        .lock_path = lock_path,
        .leftover_signal = row->kill_signal,
        .notify_path = is_postgres ? NULL : layout->notify,
        .listeners = &child->listeners,
    };

    if (!child_make_log(child, layout, error))
        return -1;
    layout_log_path(layout, row->program, child->instance, log_path);
    if (!child->was_started)
        child->log_start = files_size(log_path);
    layout_lock_path(layout, row->program, child->instance, lock_path);
    kinds_command(&command, layout, child->kind, child->instance, child->of,
                  log_path);
    return process_start(&options, error);
}

/* The longer the more often it ended in vain. */
static void back_off(struct child *child, uint64_t now_ms)
{
    uint32_t wait_ms =
        backoff_after(&child->backoff, now_ms - child->started_ms);

    if (!child->is_ready)
        child->failed_starts++;
    child->restart_ms = now_ms + wait_ms;
}

static void wait_for_restart(struct child *child)
{
    uint64_t now_ms = clock_monotonic_ms();

    if (child->turn == TURN_STOPPING) { /* as it was asked to */
        child->turn = TURN_STARTING;
        child->restart_ms = now_ms;
    } else {
        back_off(child, now_ms);
    }
    child->is_ready = false;
}

void child_start(struct child *child, const struct layout *layout)
{
    const char *program = kind_rows[child->kind].program;
    struct error error;
    pid_t pid = start(child, layout, &error);

    if (child->was_started)
        child->restarts++;
    child->was_started = true;
    child->restart_ms = 0;
    child->started_ms = clock_monotonic_ms();
    child->since = time(NULL);
    if (pid > 0) {
        child->pid = pid;
        log_event(LOG_LEVEL_INFO, "started", LOG_TEXT("daemon", program),
                  LOG_INT("instance", child->instance), LOG_INT("pid", pid));
        return;
    }
    log_event(LOG_LEVEL_ERROR, "start-failed", LOG_TEXT("daemon", program),
              LOG_INT("instance", child->instance),
              LOG_TEXT("reason", error.text));
    wait_for_restart(child);
}

static void log_end(const struct child *child, int status)
{
    bool is_killed = WIFSIGNALED(status);

    log_event(child->is_stopping || child->turn == TURN_STOPPING
                  ? LOG_LEVEL_INFO
                  : LOG_LEVEL_WARN,
              "ended", LOG_TEXT("daemon", kind_rows[child->kind].program),
              LOG_INT("instance", child->instance), LOG_INT("pid", child->pid),
              LOG_INT(is_killed ? "signal" : "status",
                      is_killed ? WTERMSIG(status) : WEXITSTATUS(status)),
              LOG_INT("lived-ms", clock_monotonic_ms() - child->started_ms));
}

bool child_reap(struct child *child)
{
    int status;

    if (child->pid == 0 || waitpid(child->pid, &status, WNOHANG) != child->pid)
        return false;
    log_end(child, status);
    child->pid = 0;
    if (child->is_stopping)
        child->is_ready = false;
    else
        wait_for_restart(child);
    return true;
}

void child_signal(struct child *child, int number)
{
    if (child->pid > 0)
        (void)kill(child->pid, number); /* it may have ended: no matter */
}
