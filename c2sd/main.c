/* c2sd: client connections. */
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

static void clear(struct shell *shell)
{
    c2sd_clear(&shell->c2sd);
    for (int door = 0; door < DOORS; door++)
        tls_server_unref(shell->tls[door]);
    buf_clear(&shell->input);
    acceptor_clear(&shell->acceptor);
    daemon_clear(&shell->daemon);
}

int main(int argc, char **argv)
{
    struct shell shell = {0};
    struct error error = {0};
    int status = EXIT_FAILURE;

    if (!daemon_init(&shell.daemon, "c2sd", argc, argv, &status))
        return status;
    status = EXIT_FAILURE;
    if (!shell_listen(&shell, &error))
        goto out;
    if (!daemon_drop_privileges(&shell.daemon, true, &error))
        goto out;
    shell_start(&shell);
    daemon_ready(&shell.daemon);
    shell.daemon.on_drain = on_drain;
    status = daemon_run(&shell.daemon, on_reload, on_stop, &shell);
out:
    if (error.text[0])
        fprintf(stderr, "c2sd: %s\n", error.text);
    clear(&shell);
    return status;
}
