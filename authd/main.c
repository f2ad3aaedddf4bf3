/* authd: judges logins (SASL) and registrations; alone reads password
 * verifiers. */
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
    struct shell shell = {0};
    struct error error = {0};
    int status = EXIT_FAILURE;

    if (!daemon_init(&shell.daemon, "authd", argc, argv, &status))
        return status;
    status = EXIT_FAILURE;
    /* Before there is a key that they could know. */
    if (!ldap_workers_fork(&shell.ldap, &shell.daemon, &error))
        goto out;
    if (!daemon_load_grant_key(&shell.daemon, &shell.authd.key, &error))
        goto out;
    if (!daemon_drop_all_but_database(&shell.daemon, &error))
        goto out;
    shell_start(&shell);
    daemon_ready(&shell.daemon);
    status = daemon_run(&shell.daemon, on_reload, on_stop, &shell);
out:
    if (error.text[0])
        fprintf(stderr, "authd: %s\n", error.text);
    daemon_clear(&shell.daemon);
    return status;
}
