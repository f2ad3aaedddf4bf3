/* s2sd: federation with other servers. */
#include <openssl/crypto.h>
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
    if (shell->s2sd.parser)
        s2sd_clear(&shell->s2sd);
    tls_server_unref(shell->tls);
    tls_server_unref(shell->direct_tls);
    buf_clear(&shell->input);
    acceptor_clear(&shell->acceptor);
    OPENSSL_cleanse(shell->key, sizeof(shell->key));
    daemon_clear(&shell->daemon);
}

int main(int argc, char **argv)
{
    struct shell shell = {0};
    struct error error = {0};
    int status = EXIT_FAILURE;

    if (!daemon_init(&shell.daemon, "s2sd", argc, argv, &status))
        return status;
    status = EXIT_FAILURE;
    if (!shell_listen(&shell, &error))
        goto out;
    if (!daemon_drop_privileges(&shell.daemon, true, &error))
        goto out;
    if (!shell_start(&shell, &error))
        goto out;
    shell.daemon.on_drain = on_drain;
    daemon_ready(&shell.daemon);
    status = daemon_run(&shell.daemon, on_reload, on_stop, &shell);
out:
    if (error.text[0])
        fprintf(stderr, "s2sd: %s\n", error.text);
    clear(&shell);
    return status;
}
