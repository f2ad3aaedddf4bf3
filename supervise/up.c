#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include "../common/log/log.h"
#include "accounts.h"
#include "commands.h"
#include "detach.h"
#include "identity.h"
#include "leftovers.h"
#include "lock.h"
#include "ports.h"
#include "postgres.h"
#include "settings.h"
#include "suite.h"

struct up {
    const struct options *options;
    struct layout layout;
    struct config *config;
    int waiting_fd; /* where `up --detach` waits; -1: in the foreground */
};

static int tell(const struct error *error)
{
    fprintf(stderr, "posthouse: %s\n", error->text);
    return EXIT_FAILURE;
}

static void print_how_to(const struct up *up)
{
    const struct config *config = up->config;
    const char *state = up->layout.state;
    const char *domain = up->options->domains.items[0];

    printf("Posthouse serves %s at %s: port %lld (STARTTLS), %lld (TLS), "
           "%lld (components).\n"
           "  certificate to trust  %s\n"
           "  new accounts          posthousectl --state %s user add NAME@%s\n"
           "  ports, paths, pids    %s\n"
           "  stop                  Ctrl-C, or posthouse down --state %s\n",
           domain, up->options->listen,
           (long long)config_int(config, "c2sd.port"),
           (long long)config_int(config, "c2sd.tls-port"),
           (long long)config_int(config, "compd.port"), up->layout.certificate,
           state, domain, up->layout.env, state);
    (void)fflush(stdout);
}

/* Nothing of the caller's terminal or pipes stays open in the background. */
static void leave_terminal(void)
{
    int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);

    for (int fd = STDIN_FILENO; nothing >= 0 && fd <= STDERR_FILENO; fd++)
        (void)dup2(nothing, fd);
    if (nothing > STDERR_FILENO)
        (void)close(nothing);
}

static bool on_serving(void *ctx)
{
    struct up *up = ctx;
    bool is_taken;

    (void)sd_notify(0, "READY=1"); /* without systemd there is nobody to tell */
    if (up->waiting_fd < 0) {
        print_how_to(up);
        return true;
    }
    is_taken = write(up->waiting_fd, "", 1) == 1;
    (void)close(up->waiting_fd);
    up->waiting_fd = -1;
    leave_terminal();
    return is_taken;
}

static bool open_log(const struct up *up, struct error *error)
{
    enum log_level level = LOG_LEVEL_INFO;
    char path[LAYOUT_PATH + 16];

    (void)log_parse_level(config_str(up->config, "log-level"), &level);
    (void)snprintf(path, sizeof(path), "%s/posthouse.log", up->layout.log);
    return log_open("posthouse", up->options->detach ? path : NULL, level,
                    error);
}

static bool prepare(struct up *up, struct error *error)
{
    up->config = settings_write(&up->layout, up->options, error);
    if (!up->config || !open_log(up, error))
        return false;
    leftovers_end(&up->layout);
    return ports_are_free(up->config, error) &&
           identity_ensure_certificate(&up->layout, &up->options->domains,
                                       error) &&
           identity_ensure_keys(&up->layout, error) &&
           (!settings_use_own_database(up->options) ||
            postgres_prepare(&up->layout, error));
}

static int supervise(struct up *up)
{
    struct suite *suite = NEW(struct suite);
    int status;

    suite->layout = &up->layout;
    suite->config = up->config;
    suite->has_postgres = settings_use_own_database(up->options);
    suite->on_serving = on_serving;
    suite->ctx = up;
    if (suite->has_postgres)
        suite_add(suite, KIND_POSTGRES, 1);
    suite_add(suite, KIND_ROUTERD, 1);
    if (config_list_count(up->config, "maild.command") > 0)
        suite_add(suite, KIND_MAILD, 1);
    suite_add(suite, KIND_AUTHD, 1);
    suite_add(suite, KIND_SM, up->options->sm);
    suite_add(suite, KIND_MUCD, up->options->muc);
    suite_add(suite, KIND_C2SD, up->options->c2s);
    suite_add(suite, KIND_COMPD, 1);
    suite_add(suite, KIND_S2SD, up->options->s2s);
    suite_add(suite, KIND_PROXY65D, up->options->proxies);
    suite_add(suite, KIND_WEBD, 1);
    status = suite_run(suite);
    free(suite);
    return status;
}

static int run(struct up *up)
{
    struct error error;
    int status;
    int lock = -1;

    if (!layout_make(&up->layout, &error))
        return tell(&error);
    lock = lock_take(up->layout.pid_file, false, &error);
    if (lock < 0 && lock_is_held(up->layout.pid_file))
        (void)error_set(&error, "a suite runs in %s already", up->layout.state);
    if (lock < 0)
        return tell(&error);
    if (!up->layout.is_root)
        fputs("posthouse: warning: without root all daemons run under your "
              "own user and are not protected from each other\n",
              stderr);
    status = prepare(up, &error) ? supervise(up) : tell(&error);
    config_free(up->config);
    (void)close(lock);
    return status;
}

int command_up(const struct options *options)
{
    struct up up = {.options = options, .waiting_fd = -1};
    struct error error;
    int status;

    (void)signal(SIGPIPE, SIG_IGN); /* writes tell EPIPE instead */
    if (!layout_init(&up.layout, options->state, true, &error) ||
        (up.layout.is_root && !accounts_ensure(&error)))
        return tell(&error);
    if (options->detach && !detach(&up.waiting_fd, &status))
        return status;
    return run(&up);
}
