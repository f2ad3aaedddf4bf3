/* maild: hands letters with one-time codes to the mail system, by a command of
 * the administrator's choice. It alone of the daemons starts programs, and
 * knows nothing worth taking but the letters that pass it. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/log/log.h"
#include "shell.h"

static void on_reload(void *ctx)
{
    struct maild *maild = ctx;
    struct error error;

    if (!shell_check(maild->daemon.config, &error))
        log_event(LOG_LEVEL_ERROR, "bad-command",
                  LOG_TEXT("reason", error.text));
}

static void on_stop(void *ctx)
{
    shell_stop(ctx);
}

int main(int argc, char **argv)
{
    struct maild maild = {0};
    struct error error = {0};
    int status = EXIT_FAILURE;

    if (!daemon_init(&maild.daemon, "maild", argc, argv, &status))
        return status;
    status = EXIT_FAILURE;
    /* What the supervisor left open is none of a command's. */
    if (close_range(STDERR_FILENO + 1, ~0u, CLOSE_RANGE_CLOEXEC) != 0) {
        (void)error_set(&error, "file descriptors could not be closed");
        goto out;
    }
    if (!shell_check(maild.daemon.config, &error))
        goto out;
    if (!daemon_become_user(&maild.daemon, &error))
        goto out;
    shell_start(&maild);
    daemon_ready(&maild.daemon);
    status = daemon_run(&maild.daemon, on_reload, on_stop, &maild);
out:
    if (error.text[0])
        fprintf(stderr, "maild: %s\n", error.text);
    daemon_clear(&maild.daemon);
    return status;
}
