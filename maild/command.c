#include "command.h"

#include <signal.h>
#include <string.h>

static void on_closed(uv_handle_t *handle)
{
    struct job *job = handle->data;

    if (--job->open_handles == 0)
        job->ended(job);
}

static void close_handle(uv_handle_t *handle)
{
    if (!uv_is_closing(handle))
        uv_close(handle, on_closed);
}

static void on_exit_of(uv_process_t *process, int64_t status, int number)
{
    struct job *job = process->data;

    if (!job->fault && (status != 0 || number != 0))
        job->fault = number != 0 ? "killed" : "exit-status";
    process->pid = 0; /* it may be another's soon */
    close_handle((uv_handle_t *)&job->timer);
    close_handle((uv_handle_t *)&job->input);
    close_handle((uv_handle_t *)process);
}

void command_kill(struct job *job, const char *fault)
{
    if (!job->fault)
        job->fault = fault;
    if (job->process.pid > 0)
        (void)kill(-job->process.pid, SIGKILL);
}

static void on_late(uv_timer_t *timer)
{
    command_kill(timer->data, "timeout");
}

/* A command that does not read its input tells by its status what it wants. */
static void on_written(uv_write_t *write, int status)
{
    (void)status;
    close_handle((uv_handle_t *)write->handle);
}

static void set_arguments(struct job *job)
{
    const struct config *config = job->maild->daemon.config;
    size_t count = config_list_count(config, "maild.command");

    for (size_t i = 0; i < count && i < MAX_ARGUMENTS; i++) /* one at least */
        job->argv[i] = letter_argument(
            &job->arena, config_list_item(config, "maild.command", i),
            &job->letter);
}

static int spawn(struct job *job, uv_loop_t *loop)
{
    static char path[] = "PATH=/usr/sbin:/usr/bin:/sbin:/bin";
    static char language[] = "LANG=C.UTF-8";
    char *environment[] = {path, language, NULL};
    uv_stdio_container_t stdio[3] = {
        {.flags = UV_CREATE_PIPE | UV_READABLE_PIPE,
         .data.stream = (uv_stream_t *)&job->input},
        {.flags = UV_IGNORE},
        {.flags = UV_IGNORE}};
    const uv_process_options_t options = {.exit_cb = on_exit_of,
                                          .file = job->argv[0],
                                          .args = job->argv,
                                          .env = environment,
                                          .cwd = "/",
                                          .flags = UV_PROCESS_DETACHED,
                                          .stdio_count = COUNT_OF(stdio),
                                          .stdio = stdio};

    return uv_spawn(loop, &job->process, &options);
}

static void feed(struct job *job)
{
    struct str text = buf_view(&job->text);
    uv_buf_t bytes = uv_buf_init((char *)(uintptr_t)text.p, (unsigned)text.len);

    if (uv_write(&job->write, (uv_stream_t *)&job->input, &bytes, 1,
                 on_written) != 0)
        close_handle((uv_handle_t *)&job->input);
}

void command_start(struct job *job, void (*ended)(struct job *job))
{
    const struct daemon *daemon = &job->maild->daemon;
    int64_t seconds = config_int(daemon->config, "maild.timeout");
    struct str from = config_str(daemon->config, "maild.from");
    int started;

    job->ended = ended;
    job->process.data = job->input.data = job->timer.data = job;
    job->open_handles = 3;
    set_arguments(job);
    letter_write(&job->text, &job->letter, from, clock_unix_ms());
    (void)uv_pipe_init(daemon->loop, &job->input, 0);
    (void)uv_timer_init(daemon->loop, &job->timer);
    started = spawn(job, daemon->loop);
    if (started != 0) {
        job->fault = uv_err_name(started);
        close_handle((uv_handle_t *)&job->timer);
        close_handle((uv_handle_t *)&job->input);
        close_handle((uv_handle_t *)&job->process);
        return;
    }
    (void)uv_timer_start(&job->timer, on_late, (uint64_t)seconds * 1000, 0);
    feed(job);
}
