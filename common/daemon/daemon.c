#include "../text/text.h"
#include "daemon.h"
#include "options.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <systemd/sd-daemon.h>

static bool tell(const char *program, const struct error *error)
{
    fprintf(stderr, "%s: %s\n", program, error->text);
    return false;
}

static enum log_level level_of(const struct config *config)
{
    enum log_level level = LOG_LEVEL_INFO;

    (void)log_parse_level(config_str(config, "log-level"), &level);
    return level;
}

static bool load(struct daemon *daemon, struct error *error)
{
    const struct daemon_options *options = &daemon->options;
    struct config *config =
        config_load(options->config_path, options->overrides,
                    options->override_count, error);

    if (!config)
        return false;
    config_free(daemon->config);
    daemon->config = config;
    return true;
}

bool daemon_init(struct daemon *daemon, const char *program, int argc,
                 char **argv, int *status)
{
    const struct daemon_options *options = &daemon->options;
    struct error error;
    int length;

    *daemon = (struct daemon){0};
    mem_tune();
    if (!options_parse(&daemon->options, program, argc, argv, status))
        return false;
    *status = EXIT_FAILURE;
    (void)snprintf(daemon->name, sizeof(daemon->name), "%.20s.%u", program,
                   options->instance);
    length = snprintf(daemon->router_path, sizeof(daemon->router_path),
                      "%s/router.sock", options->run_dir);
    if (length < 0 || (size_t)length >= sizeof(daemon->router_path)) {
        (void)error_set(&error, "--run-dir %s: too long for a socket",
                        options->run_dir);
        return tell(program, &error);
    }
    if (!load(daemon, &error) || !log_open(daemon->name, options->log_path,
                                           level_of(daemon->config), &error))
        return tell(program, &error);
    text_set_default(
        text_language(config_str(daemon->config, "default-language")));
    (void)signal(SIGPIPE, SIG_IGN); /* writes tell EPIPE instead */
    daemon->loop = uv_default_loop();
    *status = EXIT_SUCCESS;
    return true;
}

void daemon_ready(struct daemon *daemon)
{
    (void)daemon;
    (void)sd_notify(0, "READY=1"); /* without systemd there is nobody to tell */
    log_plain(LOG_LEVEL_INFO, "ready");
}

void daemon_stop(struct daemon *daemon)
{
    if (daemon->is_stopped)
        return;
    daemon->is_stopped = true;
    if (daemon->on_stop)
        daemon->on_stop(daemon->ctx);
    uv_stop(daemon->loop);
}

static void on_stop_signal(uv_signal_t *handle, int number)
{
    struct daemon *daemon = handle->data;

    log_event(LOG_LEVEL_INFO, "stopping", LOG_INT("signal", number));
    if (!daemon->on_drain || daemon->is_draining) {
        daemon_stop(daemon);
        return;
    }
    daemon->is_draining = true;
    daemon->on_drain(daemon->ctx);
}

/* A configuration that is wrong changes nothing and is told. */
static void on_reload_signal(uv_signal_t *handle, int number)
{
    struct daemon *daemon = handle->data;
    struct error error;

    (void)number;
    log_reopen();
    if (!load(daemon, &error)) {
        log_event(LOG_LEVEL_ERROR, "reload-refused",
                  LOG_TEXT("reason", error.text));
        return;
    }
    log_plain(LOG_LEVEL_INFO, "reloaded");
    if (daemon->on_reload)
        daemon->on_reload(daemon->ctx);
}

int daemon_run(struct daemon *daemon, void (*on_reload)(void *ctx),
               void (*on_stop)(void *ctx), void *ctx)
{
    uv_signal_t handles[3];
    static const int numbers[] = {SIGTERM, SIGINT, SIGHUP};

    daemon->on_reload = on_reload;
    daemon->on_stop = on_stop;
    daemon->ctx = ctx;
    for (size_t i = 0; i < COUNT_OF(handles); i++) {
        if (uv_signal_init(daemon->loop, &handles[i]) != 0)
            return EXIT_FAILURE;
        handles[i].data = daemon;
        if (uv_signal_start(&handles[i],
                            numbers[i] == SIGHUP ? on_reload_signal
                                                 : on_stop_signal,
                            numbers[i]) != 0)
            return EXIT_FAILURE;
        uv_unref((uv_handle_t *)&handles[i]);
    }
    (void)uv_run(daemon->loop, UV_RUN_DEFAULT);
    for (size_t i = 0; i < COUNT_OF(handles); i++)
        uv_close((uv_handle_t *)&handles[i], NULL);
    (void)uv_run(daemon->loop, UV_RUN_NOWAIT); /* the closes themselves */
    return EXIT_SUCCESS;
}

void daemon_clear(struct daemon *daemon)
{
    config_free(daemon->config);
    free((void *)(uintptr_t)daemon->options.overrides);
    *daemon = (struct daemon){0};
}
