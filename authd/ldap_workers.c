#include "ldap_workers.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <utlist.h>

#include "common/log/log.h"

#define MAX_WAITING 1024u

struct ldap_question {
    struct ldap_question *next;
    void *of;
    size_t size;
    uv_write_t write;
    char bytes[];
};

/* --- processes
 * ------------------------------------------------------------------ */

/* Does not return. The ends of those made before are not its business: it could
 * read what they are asked, and they would not see authd's end. */
static void become_worker(struct ldap_workers *workers, int fd,
                          struct daemon *daemon)
{
    struct error error = {0};

    for (size_t i = 0; i < workers->count; i++)
        close(workers->worker[i].fd);
    (void)signal(SIGPIPE, SIG_IGN);
    if (daemon_drop_privileges(daemon, true, &error))
        ldap_worker_serve(fd, daemon->config);
    else
        log_event(LOG_LEVEL_ERROR, "ldap", LOG_TEXT("reason", error.text));
    _exit(EXIT_SUCCESS);
}

static bool fork_one(struct ldap_workers *workers, struct daemon *daemon,
                     struct error *error)
{
    int ends[2];
    pid_t pid;

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
        return error_set(error, "socketpair: %s", strerror(errno));
    pid = fork();
    if (pid == 0) {
        close(ends[0]);
        become_worker(workers, ends[1], daemon);
    }
    close(ends[1]);
    if (pid < 0) {
        close(ends[0]);
        return error_set(error, "fork: %s", strerror(errno));
    }
    workers->worker[workers->count++].fd = ends[0];
    return true;
}

bool ldap_workers_fork(struct ldap_workers *workers, struct daemon *daemon,
                       struct error *error)
{
    size_t wanted = config_str(daemon->config, "ldap.uri").len
                        ? (size_t)config_int(daemon->config, "ldap.workers")
                        : 0;

    while (workers->count < wanted)
        if (!fork_one(workers, daemon, error))
            return false;
    return true;
}

/* --- questions
 * ------------------------------------------------------------------- */

static void question_free(struct ldap_question *question)
{
    OPENSSL_cleanse(question->bytes, question->size);
    free(question);
}

static void answer(struct ldap_workers *workers, struct ldap_question *question,
                   enum ldap_verdict verdict)
{
    workers->answered(question->of, verdict);
    question_free(question);
}

static bool is_any_alive(const struct ldap_workers *workers)
{
    for (size_t i = 0; i < workers->count; i++)
        if (workers->worker[i].is_alive)
            return true;
    return false;
}

static void on_closed(uv_handle_t *handle)
{
    (void)handle;
}

/* A process that ended is not replaced: authd has no right to make one. With
 * the last one gone, every answer is that nobody can tell. */
static void lose(struct ldap_worker *worker)
{
    struct ldap_workers *workers = worker->workers;
    struct ldap_question *question = worker->question;

    worker->question = NULL;
    worker->is_alive = false;
    log_event(LOG_LEVEL_ERROR, "ldap-worker-ended");
    uv_close((uv_handle_t *)&worker->pipe, on_closed);
    if (question)
        answer(workers, question, LDAP_DOWN);
    while (!is_any_alive(workers) && workers->waiting) {
        question = workers->waiting;
        LL_DELETE(workers->waiting, question);
        workers->waiting_count--;
        answer(workers, question, LDAP_DOWN);
    }
}

static void on_written(uv_write_t *write, int status)
{
    (void)write, (void)status; /* an end that is gone is read as its end */
}

static void give(struct ldap_worker *worker)
{
    struct ldap_workers *workers = worker->workers;
    struct ldap_question *question = workers->waiting;
    uv_buf_t buffer;

    if (!question || !worker->is_alive || worker->question)
        return;
    LL_DELETE(workers->waiting, question);
    workers->waiting_count--;
    worker->question = question;
    buffer = uv_buf_init(question->bytes, (unsigned)question->size);
    if (uv_write(&question->write, (uv_stream_t *)&worker->pipe, &buffer, 1,
                 on_written) != 0)
        lose(worker);
}

static void on_alloc(uv_handle_t *handle, size_t size, uv_buf_t *buffer)
{
    static char bytes[16];

    (void)handle, (void)size;
    *buffer = uv_buf_init(bytes, sizeof(bytes));
}

static void on_read(uv_stream_t *stream, ssize_t got, const uv_buf_t *buffer)
{
    struct ldap_worker *worker = stream->data;
    struct ldap_question *question = worker->question;

    if (got == 0)
        return;
    if (got != 1 || !question || (unsigned char)buffer->base[0] > LDAP_DOWN) {
        lose(worker);
        return;
    }
    worker->question = NULL;
    answer(worker->workers, question,
           (enum ldap_verdict)(unsigned char)buffer->base[0]);
    give(worker);
}

void ldap_workers_start(struct ldap_workers *workers, uv_loop_t *loop,
                        void (*answered)(void *of, enum ldap_verdict verdict))
{
    workers->answered = answered;
    for (size_t i = 0; i < workers->count; i++) {
        struct ldap_worker *worker = &workers->worker[i];

        worker->workers = workers;
        uv_pipe_init(loop, &worker->pipe, 0);
        worker->pipe.data = worker;
        worker->is_alive =
            uv_pipe_open(&worker->pipe, worker->fd) == 0 &&
            uv_read_start((uv_stream_t *)&worker->pipe, on_alloc, on_read) == 0;
    }
}

static struct ldap_question *question_new(struct str username,
                                          struct str password, void *of)
{
    uint32_t lengths[2] = {(uint32_t)username.len, (uint32_t)password.len};
    size_t size = sizeof(lengths) + username.len + password.len;
    struct ldap_question *question = mem_zalloc(sizeof(*question) + size);

    question->of = of;
    question->size = size;
    memcpy(question->bytes, lengths, sizeof(lengths));
    memcpy(question->bytes + sizeof(lengths), username.p, username.len);
    memcpy(question->bytes + sizeof(lengths) + username.len, password.p,
           password.len);
    return question;
}

bool ldap_workers_ask(struct ldap_workers *workers, struct str username,
                      struct str password, void *of)
{
    struct ldap_question *question;

    if (!is_any_alive(workers) || workers->waiting_count >= MAX_WAITING)
        return false;
    question = question_new(username, password, of);
    LL_APPEND(workers->waiting, question);
    workers->waiting_count++;
    for (size_t i = 0; i < workers->count; i++)
        give(&workers->worker[i]);
    return true;
}

void ldap_workers_stop(struct ldap_workers *workers)
{
    struct ldap_question *question, *next;

    for (size_t i = 0; i < workers->count; i++) {
        struct ldap_worker *worker = &workers->worker[i];

        if (worker->is_alive)
            uv_close((uv_handle_t *)&worker->pipe, on_closed);
        worker->is_alive = false;
    }
    LL_FOREACH_SAFE(workers->waiting, question, next)
    question_free(question);
    workers->waiting = NULL;
}
