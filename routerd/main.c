#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "../common/daemon/daemon.h"
#include "settings.h"
#include "shell.h"

struct routerd {
    struct daemon daemon;
    struct shell *shell;
};

static void on_reload(void *ctx)
{
    struct routerd *routerd = ctx;
    struct router_options options;

    settings_read(&options, routerd->daemon.config, geteuid());
    shell_set_options(routerd->shell, &options);
}

static void on_stop(void *ctx)
{
    struct routerd *routerd = ctx;

    shell_close(routerd->shell);
    routerd->shell = NULL;
}

int main(int argc, char **argv)
{
    struct routerd routerd = {0};
    struct router_options options;
    struct error error = {0};
    int status;

    if (!daemon_init(&routerd.daemon, "routerd", argc, argv, &status))
        return status;
    status = EXIT_FAILURE;
    routerd.shell =
        shell_open(routerd.daemon.loop, routerd.daemon.router_path, &error);
    if (!routerd.shell)
        goto out;
    if (!daemon_drop_privileges(&routerd.daemon, false, &error)) {
        shell_close(routerd.shell);
        goto out;
    }
    settings_read(&options, routerd.daemon.config, geteuid());
    shell_start(routerd.shell, &options);
    daemon_ready(&routerd.daemon);
    status = daemon_run(&routerd.daemon, on_reload, on_stop, &routerd);
out:
    if (error.text[0])
        fprintf(stderr, "routerd: %s\n", error.text);
    daemon_clear(&routerd.daemon);
    return status;
}
