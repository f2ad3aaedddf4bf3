#include <stdlib.h>
#include <string.h>

#include "../log/log.h"
#include "internal.h"

#define LEAST_BACKOFF_MS   50u
#define LARGEST_BACKOFF_MS 2000u
#define PAUSE_MS           200u

static void start_connecting(uv_timer_t *timer);
static void on_socket(uv_poll_t *poll, int status, int events);

static void free_poll(uv_handle_t *handle)
{
    free(handle);
}

static void forget_socket(struct connection *c)
{
    if (!c->poll)
        return;
    uv_poll_stop(c->poll);
    uv_close((uv_handle_t *)c->poll, free_poll);
    c->poll = NULL;
    c->watched = 0;
}

/* libpq may change its socket while it connects, so a new handle each time
 * until it is through. After that a change alone is told: libuv takes a
 * descriptor out of epoll and puts it in again at each start. */
static bool watch(struct connection *c, int events)
{
    if (c->state == CONNECTION_CONNECTING)
        forget_socket(c);
    if (!c->poll) {
        c->poll = NEW(uv_poll_t);
        if (uv_poll_init(c->db->loop, c->poll, PQsocket(c->pg)) != 0) {
            free(c->poll);
            c->poll = NULL;
            return false;
        }
        c->poll->data = c;
    }
    if (events == c->watched)
        return true;
    c->watched = events;
    return uv_poll_start(c->poll, events, on_socket) == 0;
}

const char *connection_role(const struct connection *c)
{
    return c->is_writer ? "writer" : "reader";
}

static void tell_loss(const struct connection *c, const char *event)
{
    log_event(LOG_LEVEL_WARN, event, LOG_TEXT("role", connection_role(c)),
              LOG_TEXT("reason", c->pg ? PQerrorMessage(c->pg) : ""));
}

/* Why it was lost and why it cannot be had again are two things: that is told
 * when it lasts. */
static void lose(struct connection *c)
{
    if (!c->is_down_told)
        tell_loss(c, "database-lost");
    else if (!c->is_away_told && c->backoff_ms == LARGEST_BACKOFF_MS)
        tell_loss(c, "database-away");
    c->is_away_told |= c->backoff_ms == LARGEST_BACKOFF_MS;
    c->is_down_told = true;
    forget_socket(c);
    PQfinish(c->pg);
    c->pg = NULL;
    c->expected = 0;
    c->state = CONNECTION_WAITING;
    c->events->on_lost(c);
    uv_timer_start(&c->timer, start_connecting, c->backoff_ms, 0);
    c->backoff_ms *= 2;
    if (c->backoff_ms > LARGEST_BACKOFF_MS)
        c->backoff_ms = LARGEST_BACKOFF_MS;
}

/* Writes what libpq holds and waits for what comes. */
static bool flush(struct connection *c)
{
    int left = PQflush(c->pg);

    return left >= 0 && watch(c, UV_READABLE | (left > 0 ? UV_WRITABLE : 0));
}

static bool send_listens(struct connection *c)
{
    const char *const *channel = c->db->options.listen;

    for (; c->is_writer && channel && *channel; channel++) {
        char *name = PQescapeIdentifier(c->pg, *channel, strlen(*channel));
        struct buf text = {0};
        int is_sent;

        buf_printf(&text, "LISTEN %s%c", name ? name : "", '\0');
        PQfreemem(name);
        is_sent = PQsendQueryParams(c->pg, buf_view(&text).p, 0, NULL, NULL,
                                    NULL, NULL, 0);
        buf_clear(&text);
        if (!is_sent)
            return false;
        c->expected++;
    }
    return true;
}

static bool send_limit(struct connection *c)
{
    struct buf text = {0};
    int is_sent;

    if (!c->is_searcher || !c->db->options.search_ms)
        return true;
    buf_printf(&text, "SET statement_timeout = %u%c", c->db->options.search_ms,
               '\0');
    is_sent = PQsendQueryParams(c->pg, buf_view(&text).p, 0, NULL, NULL, NULL,
                                NULL, 0);
    buf_clear(&text);
    c->expected++;
    return is_sent == 1;
}

static bool start_preparing(struct connection *c)
{
    const struct db_options *options = &c->db->options;

    if (PQsetnonblocking(c->pg, 1) != 0 || !PQenterPipelineMode(c->pg))
        return false;
    c->state = CONNECTION_PREPARING;
    for (size_t i = 0; i < options->statement_count; i++) {
        const struct db_statement *statement = &options->statements[i];

        if (!PQsendPrepare(c->pg, statement->name, statement->sql, 0, NULL))
            return false;
        c->expected++;
    }
    if (!send_listens(c) || !send_limit(c) || !PQpipelineSync(c->pg))
        return false;
    c->expected++;
    return flush(c);
}

static bool go_on_connecting(struct connection *c)
{
    if (c->poll)
        uv_poll_stop(c->poll);
    switch (PQconnectPoll(c->pg)) {
    case PGRES_POLLING_READING:
        return watch(c, UV_READABLE);
    case PGRES_POLLING_WRITING:
        return watch(c, UV_WRITABLE);
    case PGRES_POLLING_OK:
        forget_socket(c);
        return start_preparing(c);
    default:
        return false;
    }
}

static void become_ready(struct connection *c)
{
    c->state = CONNECTION_READY;
    c->backoff_ms = LEAST_BACKOFF_MS;
    if (c->is_down_told)
        log_event(LOG_LEVEL_INFO, "database-back",
                  LOG_TEXT("role", connection_role(c)));
    c->is_down_told = c->is_away_told = false;
    c->events->on_ready(c);
    if (c->is_writer && c->db->options.on_connected)
        c->db->options.on_connected(c->db->options.ctx);
}

/* A statement that cannot be prepared is a schema that does not fit yet: tell
 * it and try again with a new connection. */
static bool take_preparation(struct connection *c, const PGresult *result)
{
    ExecStatusType status = PQresultStatus(result);

    if (status == PGRES_PIPELINE_SYNC)
        become_ready(c);
    return status == PGRES_PIPELINE_SYNC || status == PGRES_COMMAND_OK;
}

static bool take_result(struct connection *c, PGresult *result)
{
    bool is_fine = true;

    /* An error of the commit itself comes in front of its sync and is an
     * answer to no statement. */
    if (c->expected > 1 || PQresultStatus(result) == PGRES_PIPELINE_SYNC)
        c->expected--;
    if (c->state == CONNECTION_PREPARING)
        is_fine = take_preparation(c, result);
    else
        c->events->on_result(c, &result);
    PQclear(result);
    return is_fine;
}

static bool take_results(struct connection *c)
{
    unsigned nothing = 0;

    while (c->expected > 0 && nothing < 2 && !PQisBusy(c->pg)) {
        PGresult *result = PQgetResult(c->pg);

        /* NULL stands between the results of two statements. */
        nothing = result ? 0 : nothing + 1;
        if (result && !take_result(c, result))
            return false;
    }
    return PQstatus(c->pg) == CONNECTION_OK;
}

static void take_notifications(struct connection *c)
{
    const struct db_options *options = &c->db->options;
    PGnotify *notify;

    while ((notify = PQnotifies(c->pg)) != NULL) {
        if (options->on_notify)
            options->on_notify(options->ctx, str_of(notify->relname),
                               str_of(notify->extra));
        PQfreemem(notify);
    }
}

static bool go_on(struct connection *c)
{
    if (c->state == CONNECTION_CONNECTING)
        return go_on_connecting(c);
    if (!PQconsumeInput(c->pg) || !take_results(c))
        return false;
    take_notifications(c);
    return flush(c);
}

static void on_socket(uv_poll_t *poll, int status, int events)
{
    struct connection *c = poll->data;

    (void)events; /* libpq looks for itself */
    if (status < 0 || !go_on(c))
        lose(c);
}

static void start_connecting(uv_timer_t *timer)
{
    struct connection *c = timer->data;

    c->state = CONNECTION_CONNECTING;
    c->pg = PQconnectStart(c->db->conninfo);
    if (!c->pg || PQstatus(c->pg) == CONNECTION_BAD || !watch(c, UV_WRITABLE))
        lose(c);
}

void connection_open(struct connection *c)
{
    uv_timer_init(c->db->loop, &c->timer);
    c->timer.data = c;
    c->db->open_timers++;
    c->backoff_ms = LEAST_BACKOFF_MS;
    uv_timer_start(&c->timer, start_connecting, 0, 0);
}

void connection_timer_closed(struct db *db)
{
    if (--db->open_timers > 0)
        return;
    free(db->readers);
    free(db->conninfo);
    free(db);
}

static void on_timer_closed(uv_handle_t *handle)
{
    const struct connection *c = handle->data;

    connection_timer_closed(c->db);
}

void connection_close(struct connection *c)
{
    c->state = CONNECTION_CLOSED;
    for (size_t i = 0; i < DB_MAX_PARAMS; i++)
        buf_clear(&c->arrays[i]);
    forget_socket(c);
    PQfinish(c->pg);
    c->pg = NULL;
    uv_close((uv_handle_t *)&c->timer, on_timer_closed);
}

bool connection_send(struct connection *c, const struct request *request)
{
    const struct db_statement *s = &c->db->options.statements[request->index];

    c->expected++;
    return PQsendQueryPrepared(c->pg, s->name, (int)s->params, request->values,
                               NULL, NULL, 0) == 1;
}

/* A failure shows as a broken connection when its socket is read. */
void connection_sync(struct connection *c)
{
    if (c->expected <= 1 || c->is_writer)
        c->heard_ms = uv_now(c->db->loop);
    c->expected++;
    (void)PQpipelineSync(c->pg);
    (void)flush(c);
}

static void end_pause(uv_timer_t *timer)
{
    struct connection *c = timer->data;

    c->state = CONNECTION_READY;
    c->events->on_ready(c);
}

void connection_pause(struct connection *c)
{
    if (c->state != CONNECTION_READY)
        return;
    c->state = CONNECTION_PAUSED;
    uv_timer_start(&c->timer, end_pause, PAUSE_MS, 0);
}
