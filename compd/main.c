/* compd: external components over TCP (XEP-0114), such as gateways and bots. */
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

static void compd_clear(struct compd *compd)
{
    registry_clear(&compd->registry);
    acceptor_clear(&compd->acceptor);
    daemon_clear(&compd->daemon);
}

int main(int argc, char **argv)
{
    struct compd compd = {0};
    struct error error = {0};
    int status = EXIT_FAILURE;

    if (!daemon_init(&compd.daemon, "compd", argc, argv, &status))
        return status;
    status = EXIT_FAILURE;
    registry_load(&compd.registry, compd.daemon.config);
    if (!shell_listen(&compd, &error))
        goto out;
    if (!daemon_drop_privileges(&compd.daemon, true, &error))
        goto out;
    shell_start(&compd);
    daemon_ready(&compd.daemon);
    status = daemon_run(&compd.daemon, on_reload, on_stop, &compd);
out:
    if (error.text[0])
        fprintf(stderr, "compd: %s\n", error.text);
    compd_clear(&compd);
    return status;
}
