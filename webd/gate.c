#include "gate.h"

#include <microhttpd.h>
#include <utlist.h>

#include "certificate_set.h"
#include "common/log/log.h"
#include "connection.h"
#include "exchange.h"

/* What one connection may need for the head of a request, and reads at once. */
#define CONNECTION_MEMORY (32u << 10)
#define PRIORITIES                                                             \
    "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2:-CIPHER-ALL:+AES-128-GCM:"     \
    "+AES-256-GCM:+CHACHA20-POLY1305:%SERVER_PRECEDENCE:%NO_TICKETS"

/* --- its turns ------------------------------------------------------------ */

static void on_timer(uv_timer_t *timer)
{
    gate_run(timer->data);
}

static void on_readable(uv_poll_t *poll, int status, int events)
{
    (void)status, (void)events;
    gate_run(poll->data);
}

void gate_run(struct http_gate *gate)
{
    MHD_UNSIGNED_LONG_LONG ms;

    (void)MHD_run(gate->mhd);
    if (MHD_get_timeout(gate->mhd, &ms) == MHD_YES)
        uv_timer_start(&gate->timer, on_timer, ms, 0);
    else
        uv_timer_stop(&gate->timer);
}

void server_wake(struct http_server *server, enum http_door door)
{
    for (size_t i = 0; i < COUNT_OF(server->gates); i++)
        if (server->gates[i].mhd && server->gates[i].door == door)
            uv_timer_start(&server->gates[i].timer, on_timer, 0, 0);
}

/* --- its callbacks -------------------------------------------------------- */

static struct web_connection *connection_of(struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

    return info ? info->socket_context : NULL;
}

static void *on_request_line(void *ctx, const char *uri,
                             struct MHD_Connection *connection)
{
    return exchange_new(ctx, connection, connection_of(connection)->peer, uri);
}

static enum MHD_Result answered(struct http_server *server,
                                struct http_exchange *exchange)
{
    connection_give_time(server, connection_of(exchange->connection),
                         exchange->answer_size);
    return exchange_send(exchange) ? MHD_YES : MHD_NO;
}

static enum MHD_Result wait_for_answer(struct http_exchange *exchange)
{
    connection_of(exchange->connection)->deadline_ms = 0;
    exchange->is_suspended = true;
    MHD_suspend_connection(exchange->connection);
    return MHD_YES;
}

static enum MHD_Result on_request(void *ctx, struct MHD_Connection *connection,
                                  const char *url, const char *method,
                                  const char *version, const char *piece,
                                  size_t *length, void **context)
{
    struct http_server *server = ((struct http_gate *)ctx)->server;
    struct http_exchange *exchange = *context;

    (void)url, (void)version;
    if (!exchange->has_begun) {
        exchange_begin(exchange, method);
        if (http_is_answered(exchange))
            return answered(server, exchange);
        connection_give_time(server, connection_of(connection),
                             exchange->length);
        return MHD_YES;
    }
    if (*length > 0) {
        struct str bytes = {piece, *length};

        *length = 0;
        return exchange_take(exchange, bytes) ? MHD_YES : MHD_NO;
    }
    if (!exchange->is_complete)
        exchange_complete(exchange);
    return http_is_answered(exchange) ? answered(server, exchange)
                                      : wait_for_answer(exchange);
}

static void on_completed(void *ctx, struct MHD_Connection *connection,
                         void **context, enum MHD_RequestTerminationCode how)
{
    struct http_server *server = ((struct http_gate *)ctx)->server;

    (void)how;
    if (!*context)
        return;
    exchange_free(*context);
    *context = NULL;
    connection_give_time(server, connection_of(connection), 0);
}

static void on_connection_notice(void *ctx, struct MHD_Connection *connection,
                                 void **context,
                                 enum MHD_ConnectionNotificationCode what)
{
    struct http_server *server = ((struct http_gate *)ctx)->server;

    (void)connection;
    if (what == MHD_CONNECTION_NOTIFY_STARTED) {
        *context = server->incoming;
        DL_APPEND(server->connections, server->incoming);
        server->count++;
        server->incoming = NULL;
        return;
    }
    DL_DELETE(server->connections, (struct web_connection *)*context);
    server->count--;
    connection_free(server, *context);
    *context = NULL;
}

/* Nothing is decoded by libmicrohttpd: what we compare is what was sent. */
static size_t leave_as_it_is(void *ctx, struct MHD_Connection *connection,
                             char *text)
{
    (void)ctx, (void)connection;
    return strlen(text);
}

static void on_log(void *ctx, const char *format, va_list arguments)
    PRINTF_LIKE(2, 0);

static void on_log(void *ctx, const char *format, va_list arguments)
{
    char text[256];

    (void)ctx;
    (void)vsnprintf(text, sizeof(text), format, arguments);
    text[strcspn(text, "\n")] = '\0';
    log_event(LOG_LEVEL_DEBUG, "libmicrohttpd", LOG_TEXT("text", text));
}

/* --- life ----------------------------------------------------------------- */

static bool has_tls(const struct http_server *server, enum http_door door)
{
    return door == DOOR_HTTPS ||
           (door == DOOR_API &&
            config_bool(server->daemon->config, "webd.api-tls"));
}

bool gate_start(struct http_gate *gate, struct error *error)
{
    const unsigned flags = MHD_USE_NO_LISTEN_SOCKET | MHD_USE_EPOLL |
                           MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG;
    const struct MHD_OptionItem for_tls[] = {
        {MHD_OPTION_HTTPS_CERT_CALLBACK, 0,
         (void *)(uintptr_t)certificate_set_choose},
        {MHD_OPTION_HTTPS_PRIORITIES, 0, (void *)(uintptr_t)PRIORITIES},
        {MHD_OPTION_END, 0, NULL}};
    const struct MHD_OptionItem for_plain[] = {{MHD_OPTION_END, 0, NULL}};
    bool is_tls = has_tls(gate->server, gate->door);
    const struct config *config = gate->server->daemon->config;
    uv_loop_t *loop = gate->server->daemon->loop;
    const union MHD_DaemonInfo *info;

    gate->mhd = MHD_start_daemon(
        is_tls ? flags | MHD_USE_TLS : flags, 0, NULL, NULL, on_request, gate,
        MHD_OPTION_EXTERNAL_LOGGER, on_log, NULL, MHD_OPTION_CONNECTION_LIMIT,
        (unsigned)config_int(config, "webd.max-connections"),
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_MEMORY,
        MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_URI_LOG_CALLBACK,
        on_request_line, gate, MHD_OPTION_UNESCAPE_CALLBACK, leave_as_it_is,
        NULL, MHD_OPTION_NOTIFY_COMPLETED, on_completed, gate,
        MHD_OPTION_NOTIFY_CONNECTION, on_connection_notice, gate,
        MHD_OPTION_SIGPIPE_HANDLED_BY_APP, 1, MHD_OPTION_ARRAY,
        is_tls ? for_tls : for_plain, MHD_OPTION_END);
    info = gate->mhd ? MHD_get_daemon_info(gate->mhd, MHD_DAEMON_INFO_EPOLL_FD)
                     : NULL;
    if (!info)
        return error_set(error, "libmicrohttpd does not start");
    uv_poll_init(loop, &gate->poll, info->epoll_fd);
    uv_timer_init(loop, &gate->timer);
    gate->poll.data = gate->timer.data = gate;
    uv_poll_start(&gate->poll, UV_READABLE, on_readable);
    return true;
}

void gate_stop(struct http_gate *gate)
{
    if (!gate->mhd)
        return;
    (void)MHD_run(gate->mhd);
    uv_close((uv_handle_t *)&gate->poll, NULL);
    uv_close((uv_handle_t *)&gate->timer, NULL);
    MHD_stop_daemon(gate->mhd);
    gate->mhd = NULL;
}
