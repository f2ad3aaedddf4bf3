/* webd: HTTP File Upload (XEP-0363), and numbers for Prometheus. */
#include <stdio.h>
#include <stdlib.h>

#include "shell.h"

static void on_reload(void *ctx)
{
    shell_reload(ctx);
}

static void on_drain(void *ctx)
{
    shell_drain(ctx);
}

static void on_stop(void *ctx)
{
    shell_stop(ctx);
}

int main(int argc, char **argv)
{
    struct webd webd = {0};
    struct error error = {0};
    int status = EXIT_FAILURE;

    if (!daemon_init(&webd.daemon, "webd", argc, argv, &status))
        return status;
    status = EXIT_FAILURE;
    if (!shell_listen(&webd, &error))
        goto out;
    if (!daemon_drop_privileges(&webd.daemon, true, &error))
        goto out;
    if (!shell_start(&webd, &error))
        goto out;
    webd.daemon.on_drain = on_drain;
    daemon_ready(&webd.daemon);
    status = daemon_run(&webd.daemon, on_reload, on_stop, &webd);
out:
    if (error.text[0])
        fprintf(stderr, "webd: %s\n", error.text);
    shell_clear(&webd);
    daemon_clear(&webd.daemon);
    return status;
}
