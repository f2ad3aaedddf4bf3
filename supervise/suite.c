#include "suite.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../common/daemon/daemon.h"
#include "accounts.h"
#include "postgres.h"
#include "report.h"

#define TICK_MS           20u
#define START_LIMIT_MS    60000u
#define STOP_LIMIT_MS     10000u
#define MAX_FAILED_STARTS 3u
#define TAIL_LINES        20u

void suite_add(struct suite *suite, enum kind kind, unsigned processes)
{
    if (!kinds_is_installed(suite->layout, kind)) {
        fprintf(stderr,
                "posthouse: warning: there is no %s/%s; the suite runs "
                "without it\n",
                suite->layout->bin, kind_rows[kind].program);
        return;
    }
    for (unsigned i = 0; i < processes && suite->count < SUITE_MAX_CHILDREN;
         i++)
        suite->children[suite->count++] =
            (struct child){.kind = kind, .instance = i, .of = processes};
}

/* --- what others read ----------------------------------------------------- */

static void write_report(const char *path, struct buf *text)
{
    struct owner owner;
    struct error error;

    if (!accounts_owner(&owner, NULL, NULL, &error) ||
        !files_write(path, buf_view(text), 0644, &owner, &error))
        log_event(LOG_LEVEL_ERROR, "report-failed",
                  LOG_TEXT("reason", error.text));
    buf_clear(text);
}

static void report(const struct suite *suite)
{
    struct buf env = {0}, status = {0};

    report_env(&env, suite->config,
               suite->has_postgres ? suite->layout->pg_socket : NULL,
               suite->children, suite->count);
    report_status(&status, suite->children, suite->count);
    write_report(suite->layout->env, &env);
    write_report(suite->layout->status, &status);
}

/* --- start ---------------------------------------------------------------- */

static void begin_stop(struct suite *suite)
{
    if (suite->phase == PHASE_STOPPING)
        return;
    suite->phase = PHASE_STOPPING;
    suite->stop_deadline_ms = 0;
    rolling_abandon(&suite->rolling);
    command_socket_finish(&suite->commands);
    for (size_t i = 0; i < suite->count; i++)
        suite->children[i].restart_ms = 0;
}

static void fail(struct suite *suite, const struct child *child,
                 const char *reason)
{
    const char *program = kind_rows[child->kind].program;
    char path[LAYOUT_PATH];

    layout_log_path(suite->layout, program, child->instance, path);
    fprintf(stderr, "posthouse: %s.%u: %s; the end of %s:\n", program,
            child->instance, reason, path);
    files_print_tail(path, child->log_start, TAIL_LINES);
    suite->has_failed = true;
    begin_stop(suite);
}

static void set_up_database(struct suite *suite, struct child *child)
{
    struct error error;

    if (child->pid == 0 || !postgres_answers(suite->layout))
        return;
    if (suite->phase == PHASE_SERVING ||
        postgres_set_up(suite->layout, &error)) {
        child->is_ready = true;
        child->failed_starts = 0;
        return;
    }
    fprintf(stderr, "posthouse: %s\n", error.text);
    fail(suite, child, "the database could not be set up");
}

static struct child *first_not_ready(struct suite *suite)
{
    for (size_t i = 0; i < suite->count; i++)
        if (!suite->children[i].is_ready)
            return &suite->children[i];
    return NULL;
}

static void serve(struct suite *suite)
{
    suite->phase = PHASE_SERVING;
    log_plain(LOG_LEVEL_INFO, "serving");
    if (!suite->on_serving(suite->ctx))
        begin_stop(suite);
}

/* A kind starts when all before it serve. */
static void go_on_starting(struct suite *suite)
{
    struct child *first = first_not_ready(suite);

    if (!first) {
        serve(suite);
        return;
    }
    if (first->failed_starts >= MAX_FAILED_STARTS) {
        fail(suite, first, "does not start");
        return;
    }
    if (clock_monotonic_ms() > suite->start_deadline_ms) {
        fail(suite, first, "does not serve");
        return;
    }
    for (struct child *child = first;
         child < suite->children + suite->count && child->kind == first->kind;
         child++) {
        if (child->was_started)
            continue;
        listeners_open(&child->listeners, child->kind, suite->config);
        child_start(child, suite->layout);
        report(suite);
    }
    if (first->kind == KIND_POSTGRES)
        set_up_database(suite, first);
}

/* --- life ----------------------------------------------------------------- */

static void restart_what_is_due(struct suite *suite)
{
    uint64_t now_ms = clock_monotonic_ms();

    for (size_t i = 0; i < suite->count; i++) {
        struct child *child = &suite->children[i];

        if (child->restart_ms == 0 || child->restart_ms > now_ms)
            continue;
        child_start(child, suite->layout);
        report(suite);
    }
}

static void on_ready(void *ctx, pid_t pid)
{
    struct suite *suite = ctx;

    for (size_t i = 0; i < suite->count; i++) {
        if (suite->children[i].pid != pid)
            continue;
        suite->children[i].is_ready = true;
        suite->children[i].failed_starts = 0;
    }
}

static void on_child_signal(uv_signal_t *handle, int number)
{
    struct suite *suite = handle->data;
    bool has_changed = false;

    (void)number;
    chores_reap(&suite->chores);
    for (size_t i = 0; i < suite->count; i++)
        has_changed |= child_reap(&suite->children[i]);
    if (has_changed)
        report(suite);
}

/* --- orderly restarts ----------------------------------------------------- */

static void on_restarted(void *ctx, const struct child *child)
{
    struct suite *suite = ctx;

    command_socket_say(&suite->commands, "restarted %s %u %d",
                       kind_rows[child->kind].program, child->instance,
                       (int)child->pid);
}

static void on_restarts_done(void *ctx, const struct child *failed)
{
    struct suite *suite = ctx;

    if (failed)
        command_socket_say(&suite->commands,
                           "refused %s.%u does not serve again; its log tells "
                           "why, and it is tried on",
                           kind_rows[failed->kind].program, failed->instance);
    else
        command_socket_say(&suite->commands, "done");
    command_socket_finish(&suite->commands);
}

static bool answers(void *ctx, const struct child *child)
{
    const struct suite *suite = ctx;

    return child->kind == KIND_POSTGRES && postgres_answers(suite->layout);
}

static void on_command(void *ctx, const char *line)
{
    static const char restart[] = "restart ";
    struct suite *suite = ctx;
    struct error error = {"this is no command"};

    if (suite->phase != PHASE_SERVING)
        (void)error_set(&error, "the suite does not serve yet");
    else if (strncmp(line, restart, sizeof(restart) - 1) == 0 &&
             rolling_begin(&suite->rolling, line + sizeof(restart) - 1, &error))
        return;
    command_socket_say(&suite->commands, "refused %s", error.text);
    command_socket_finish(&suite->commands);
}

static void prepare_restarts(struct suite *suite)
{
    static const struct rolling_events events = {.on_restarted = on_restarted,
                                                 .on_done = on_restarts_done,
                                                 .answers = answers};

    suite->rolling = (struct rolling){.children = suite->children,
                                      .count = suite->count,
                                      .events = &events,
                                      .ctx = suite};
    suite->commands.on_line = on_command;
    suite->commands.ctx = suite;
}

/* After a rotation the files are gone: daemons may not create any. */
static void on_reload_signal(uv_signal_t *handle, int number)
{
    struct suite *suite = handle->data;
    struct error error;

    log_reopen();
    for (size_t i = 0; i < suite->count; i++) {
        if (!child_make_log(&suite->children[i], suite->layout, &error))
            log_event(LOG_LEVEL_ERROR, "log-not-made",
                      LOG_TEXT("reason", error.text));
        child_signal(&suite->children[i], number);
    }
}

/* --- end ------------------------------------------------------------------ */

static struct child *last_alive(struct suite *suite)
{
    for (size_t i = suite->count; i > 0; i--)
        if (suite->children[i - 1].pid)
            return &suite->children[i - 1];
    return NULL;
}

/* Stops one kind after the other; one that takes too long is killed. */
static void go_on_stopping(struct suite *suite)
{
    uint64_t now_ms = clock_monotonic_ms();
    struct child *last = last_alive(suite);
    bool is_late = suite->stop_deadline_ms && now_ms > suite->stop_deadline_ms;

    if (!last) {
        uv_stop(suite->loop);
        return;
    }
    if (is_late || !last->is_stopping)
        suite->stop_deadline_ms = now_ms + STOP_LIMIT_MS;
    for (size_t i = 0; i < suite->count; i++) {
        struct child *child = &suite->children[i];

        if (child->kind != last->kind)
            continue;
        if (!child->is_stopping)
            child_signal(child, kind_rows[child->kind].stop_signal);
        else if (is_late)
            child_signal(child, kind_rows[child->kind].kill_signal);
        listeners_close(&child->listeners);
        child->is_stopping = true;
    }
}

static void on_stop_signal(uv_signal_t *handle, int number)
{
    log_event(LOG_LEVEL_INFO, "stopping", LOG_INT("signal", number));
    begin_stop(handle->data);
}

static void on_tick(uv_timer_t *timer)
{
    struct suite *suite = timer->data;

    restart_what_is_due(suite);
    rolling_step(&suite->rolling, clock_monotonic_ms());
    if (suite->phase == PHASE_STARTING)
        go_on_starting(suite);
    else if (suite->phase == PHASE_STOPPING)
        go_on_stopping(suite);
    else
        chores_step(&suite->chores, suite->layout, clock_monotonic_ms());
}

/* --- the loop ------------------------------------------------------------- */

static bool watch_signals(struct suite *suite)
{
    static const struct {
        int number;
        uv_signal_cb callback;
    } rows[] = {{SIGCHLD, on_child_signal},
                {SIGHUP, on_reload_signal},
                {SIGTERM, on_stop_signal},
                {SIGINT, on_stop_signal}};

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        uv_signal_t *handle = &suite->signals[i];

        handle->data = suite;
        if (uv_signal_init(suite->loop, handle) != 0 ||
            uv_signal_start(handle, rows[i].callback, rows[i].number) != 0)
            return false;
    }
    return true;
}

static void close_handle(uv_handle_t *handle, void *unused)
{
    (void)unused;
    if (!uv_is_closing(handle))
        uv_close(handle, NULL);
}

int suite_run(struct suite *suite)
{
    struct error error = {"the loop does not start"};

    suite->loop = uv_default_loop();
    suite->notify.on_ready = on_ready;
    suite->notify.ctx = suite;
    suite->timer.data = suite;
    prepare_restarts(suite);
    suite->start_deadline_ms = clock_monotonic_ms() + START_LIMIT_MS;
    if (!notify_open(&suite->notify, suite->loop, suite->layout->notify,
                     &error) ||
        !command_socket_open(&suite->commands, suite->loop,
                             suite->layout->command, &error) ||
        !watch_signals(suite) ||
        uv_timer_init(suite->loop, &suite->timer) != 0 ||
        uv_timer_start(&suite->timer, on_tick, 0, TICK_MS) != 0) {
        fprintf(stderr, "posthouse: %s\n", error.text);
        return EXIT_FAILURE;
    }
    (void)uv_run(suite->loop, UV_RUN_DEFAULT);
    notify_close(&suite->notify);
    uv_walk(suite->loop, close_handle, NULL);
    (void)uv_run(suite->loop, UV_RUN_NOWAIT); /* the closes themselves */
    (void)unlink(suite->layout->env);
    log_plain(LOG_LEVEL_INFO, "stopped");
    return suite->has_failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
