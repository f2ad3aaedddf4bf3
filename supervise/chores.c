#include "chores.h"

#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../common/log/log.h"
#include "accounts.h"
#include "process.h"

#define LOOK_AGAIN_MS 1000u
#define DAY_SECONDS   86400

static bool is_due(const char *stamp)
{
    struct stat status;

    return stat(stamp, &status) != 0 ||
           status.st_mtime <= time(NULL) - DAY_SECONDS;
}

/* Before they begin: should they fail they are not tried every second. */
static bool note(const char *stamp, struct error *error)
{
    struct owner owner;

    return accounts_owner(&owner, NULL, NULL, error) &&
           files_write(stamp, STR(""), 0644, &owner, error);
}

static pid_t begin(const struct layout *layout, struct error *error)
{
    char program[sizeof(layout->bin) + 16], log_path[LAYOUT_PATH + 16];
    char *argv[] = {program, "--state", (char *)layout->state, "daily", NULL};
    const struct process_options options = {.argv = argv, .log_path = log_path};
    struct owner owner;

    (void)snprintf(program, sizeof(program), "%s/posthousectl", layout->bin);
    (void)snprintf(log_path, sizeof(log_path), "%s/daily.log", layout->log);
    if (access(program, X_OK) != 0) {
        (void)error_set(error, "there is no %s", program);
        return -1;
    }
    if (!accounts_owner(&owner, NULL, NULL, error) ||
        !files_touch(log_path, 0640, &owner, error))
        return -1;
    return process_start(&options, error);
}

void chores_step(struct chores *chores, const struct layout *layout,
                 uint64_t now_ms)
{
    char stamp[LAYOUT_PATH + 16];
    struct error error;
    pid_t pid;

    if (chores->pid || now_ms < chores->look_ms)
        return;
    chores->look_ms = now_ms + LOOK_AGAIN_MS;
    (void)snprintf(stamp, sizeof(stamp), "%s/daily", layout->state);
    if (!is_due(stamp))
        return;
    pid = note(stamp, &error) ? begin(layout, &error) : -1;
    if (pid > 0) {
        chores->pid = pid;
        return;
    }
    log_event(LOG_LEVEL_ERROR, "daily-not-begun",
              LOG_TEXT("reason", error.text));
}

void chores_reap(struct chores *chores)
{
    int status;

    if (!chores->pid || waitpid(chores->pid, &status, WNOHANG) != chores->pid)
        return;
    chores->pid = 0;
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        log_event(LOG_LEVEL_ERROR, "daily-failed",
                  LOG_TEXT("reason", "log/daily.log tells why"));
    else
        log_plain(LOG_LEVEL_INFO, "daily-done");
}
