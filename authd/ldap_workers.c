#include "ldap_workers.h"

#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>
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

/* --- questions ------------------------------------------------------------ */

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

/* Somebody is there, or will be. */
static bool is_any_alive(const struct ldap_workers *workers)
{
    for (size_t i = 0; i < LDAP_MAX_WORKERS; i++)
        if (workers->worker[i].is_alive)
            return true;
    return workers->is_kept;
}

static void answer_all(struct ldap_workers *workers)
{
    while (!is_any_alive(workers) && workers->waiting) {
        struct ldap_question *question = workers->waiting;

        LL_DELETE(workers->waiting, question);
        workers->waiting_count--;
        answer(workers, question, LDAP_DOWN);
    }
}

static void on_closed(uv_handle_t *handle)
{
    struct ldap_worker *worker = handle->data;

    worker->is_open = false;
}

/* Another one comes for it (ldap_keeper.c); what it was asked may have been what
 * ended it, and is not asked again. */
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
    answer_all(workers);
}

static void on_written(uv_write_t *write, int status)
{
    (void)write, (void)status; /* an end that is gone is read as its end */
}

static void give(struct ldap_worker *worker)
{
    struct ldap_workers *workers = worker->workers;
    struct ldap_question *question;
    uv_buf_t buffer;

    if (!worker->is_alive || worker->question || !workers->waiting)
        return;
    question = workers->waiting;
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

/* --- processes ----------------------------------------------------------------- */

static struct ldap_worker *free_place(struct ldap_workers *workers)
{
    for (size_t i = 0; i < LDAP_MAX_WORKERS; i++)
        if (!workers->worker[i].is_open)
            return &workers->worker[i];
    return NULL;
}

static void take_worker(struct ldap_workers *workers)
{
    struct ldap_worker *worker = free_place(workers);

    if (!worker)
        return;
    *worker = (struct ldap_worker){.workers = workers, .is_open = true};
    uv_pipe_init(workers->keeper.loop, &worker->pipe, 0);
    worker->pipe.data = worker;
    worker->is_alive =
        uv_accept((uv_stream_t *)&workers->keeper,
                  (uv_stream_t *)&worker->pipe) == 0 &&
        uv_read_start((uv_stream_t *)&worker->pipe, on_alloc, on_read) == 0;
    if (worker->is_alive)
        give(worker);
    else
        uv_close((uv_handle_t *)&worker->pipe, on_closed);
}

static void on_keeper(uv_stream_t *stream, ssize_t got, const uv_buf_t *buffer)
{
    struct ldap_workers *workers = stream->data;

    (void)buffer;
    if (got < 0) {
        log_event(LOG_LEVEL_ERROR, "ldap-keeper-ended");
        workers->is_kept = false;
        uv_close((uv_handle_t *)stream, NULL);
        answer_all(workers);
        return;
    }
    while (uv_pipe_pending_count(&workers->keeper) > 0)
        take_worker(workers);
}

void ldap_workers_start(struct ldap_workers *workers, uv_loop_t *loop,
                        void (*answered)(void *of, enum ldap_verdict verdict))
{
    workers->answered = answered;
    if (workers->control < 0)
        return;
    uv_pipe_init(loop, &workers->keeper, 1);
    workers->keeper.data = workers;
    workers->is_kept =
        uv_pipe_open(&workers->keeper, workers->control) == 0 &&
        uv_read_start((uv_stream_t *)&workers->keeper, on_alloc, on_keeper) ==
            0;
    if (!workers->is_kept)
        uv_close((uv_handle_t *)&workers->keeper, NULL);
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
    for (size_t i = 0; i < LDAP_MAX_WORKERS; i++)
        give(&workers->worker[i]);
    return true;
}

void ldap_workers_stop(struct ldap_workers *workers)
{
    struct ldap_question *question, *next;

    if (workers->is_kept)
        uv_close((uv_handle_t *)&workers->keeper, NULL);
    workers->is_kept = false;
    for (size_t i = 0; i < LDAP_MAX_WORKERS; i++) {
        struct ldap_worker *worker = &workers->worker[i];

        if (worker->is_alive)
            uv_close((uv_handle_t *)&worker->pipe, on_closed);
        worker->is_alive = false;
    }
    LL_FOREACH_SAFE(workers->waiting, question, next)
    question_free(question);
    workers->waiting = NULL;
}
