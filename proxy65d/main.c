/* proxy65d: files pass a firewall (XEP-0065 by way of SOCKS5, RFC 1928). */
#include <stdio.h>
#include <stdlib.h>

#include "shell.h"

static void on_reload(void *ctx)
{
    shell_reload(ctx);
}

static void on_stop(void *ctx)
{
    shell_stop(ctx);
}

int main(int argc, char **argv)
{
    struct proxy proxy = {0};
    struct error error = {0};
    int status = EXIT_FAILURE;

    if (!daemon_init(&proxy.daemon, "proxy65d", argc, argv, &status))
        return status;
    status = EXIT_FAILURE;
    if (!shell_listen(&proxy, &error))
        goto out;
    if (!daemon_drop_privileges(&proxy.daemon, true, &error))
        goto out;
    if (!shell_start(&proxy, &error))
        goto out;
    daemon_ready(&proxy.daemon);
    status = daemon_run(&proxy.daemon, on_reload, on_stop, &proxy);
out:
    if (error.text[0])
        fprintf(stderr, "proxy65d: %s\n", error.text);
    shell_clear(&proxy);
    daemon_clear(&proxy.daemon);
    return status;
}
