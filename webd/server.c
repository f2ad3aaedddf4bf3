#include "server.h"

#include <errno.h>
#include <microhttpd.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>
#include <utlist.h>

#include "certificate_set.h"
#include "common/log/log.h"
#include "exchange.h"

/* What one connection may need for the head of a request, and reads at once. */
#define CONNECTION_MEMORY (32u << 10)
#define PRIORITIES                                                             \
    "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2:-CIPHER-ALL:+AES-128-GCM:"     \
    "+AES-256-GCM:+CHACHA20-POLY1305:%SERVER_PRECEDENCE:%NO_TICKETS"

struct web_connection {
    struct web_connection *prev, *next;
    int fd;
    bool is_counted; /* for its address */
    struct sockaddr_storage address;
    char peer[64];
    uint64_t deadline_ms; /* 0: it waits for us */
};

static const struct {
    const char *listen, *port;
    enum http_door door;
} listeners[] = {
    {"webd.listen", "webd.port", DOOR_HTTPS},
    {"webd.http-listen", "webd.http-port", DOOR_HTTP},
    {"webd.metrics-listen", "webd.metrics-port", DOOR_METRICS},
    {"webd.api-listen", "webd.api-port", DOOR_API},
};

static uint64_t option(const struct http_server *server, const char *name)
{
    return (uint64_t)config_int(server->daemon->config, name);
}

/* --- deadlines -------------------------------------------------------------
 */

/* A client has webd.request-timeout, and for what it transfers as long as
 * webd.min-rate allows. */
static void give_time(const struct http_server *server,
                      struct web_connection *connection, uint64_t bytes)
{
    uint64_t rate = option(server, "webd.min-rate");
    uint64_t ms = option(server, "webd.request-timeout") * 1000;

    if (bytes > 0 && rate == 0)
        connection->deadline_ms = 0;
    else
        connection->deadline_ms =
            clock_monotonic_ms() + ms + (rate ? bytes / rate * 1000 : 0);
}

static struct web_connection *connection_of(struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

    return info ? info->socket_context : NULL;
}

void server_tick(struct http_server *server)
{
    uint64_t now = clock_monotonic_ms();
    struct web_connection *connection;

    DL_FOREACH(server->connections, connection)
    {
        if (connection->deadline_ms == 0 || connection->deadline_ms > now)
            continue;
        connection->deadline_ms = 0;
        server->timeouts++;
        log_event(LOG_LEVEL_WARN, "too-slow",
                  LOG_TEXT("peer", connection->peer));
        /* libmicrohttpd finds that out, and closes it. */
        (void)shutdown(connection->fd, SHUT_RDWR);
    }
}

/* --- libmicrohttpd's turns --------------------------------------------------
 */

static void run(struct http_gate *gate);

static void on_timer(uv_timer_t *timer)
{
    run(timer->data);
}

static void on_readable(uv_poll_t *poll, int status, int events)
{
    (void)status, (void)events;
    run(poll->data);
}

static void run(struct http_gate *gate)
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

/* --- its callbacks ----------------------------------------------------------
 */

static void *on_request_line(void *ctx, const char *uri,
                             struct MHD_Connection *connection)
{
    return exchange_new(ctx, connection, connection_of(connection)->peer, uri);
}

static enum MHD_Result answered(struct http_server *server,
                                struct http_exchange *exchange)
{
    give_time(server, connection_of(exchange->connection),
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
        give_time(server, connection_of(connection), exchange->length);
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
    give_time(server, connection_of(connection), 0);
}

static void connection_free(struct http_server *server,
                            struct web_connection *connection)
{
    if (connection->is_counted)
        addresses_remove(&server->addresses,
                         (const struct sockaddr *)&connection->address);
    free(connection);
}

static void on_connection_notice(void *ctx, struct MHD_Connection *connection,
                                 void **context,
                                 enum MHD_ConnectionNotificationCode what)
{
    struct http_gate *gate = ctx;
    struct http_server *server = gate->server;

    (void)connection;
    if (what == MHD_CONNECTION_NOTIFY_STARTED) {
        *context = server->incoming;
        DL_APPEND(server->connections, server->incoming);
        server->count++;
        gate->count++;
        server->incoming = NULL;
        return;
    }
    DL_DELETE(server->connections, (struct web_connection *)*context);
    server->count--;
    gate->count--;
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

/* --- accepting --------------------------------------------------------------
 */

static struct http_gate *gate_of(struct http_server *server,
                                 enum http_door door)
{
    for (size_t i = 0; i < COUNT_OF(server->gates); i++)
        if (server->gates[i].door == door)
            return &server->gates[i];
    return NULL;
}

/* Each door has as many of its own: whoever fills that of the world shuts out
 * neither administrators nor who watches. */
static bool has_room(struct http_server *server,
                     struct web_connection *connection,
                     const struct http_gate *gate)
{
    const struct sockaddr *address =
        (const struct sockaddr *)&connection->address;

    if (gate->count >= option(server, "webd.max-connections"))
        return false;
    if (gate->door != DOOR_HTTPS)
        return true; /* those behind a proxy all have its address */
    connection->is_counted =
        addresses_add(&server->addresses, address,
                      option(server, "webd.max-connections-per-address"));
    return connection->is_counted;
}

static void on_connection(void *ctx, int fd, const char *peer, int kind)
{
    struct http_server *server = ctx;
    struct http_gate *gate = gate_of(server, (enum http_door)kind);
    struct web_connection *connection = NEW(struct web_connection);
    socklen_t length = sizeof(connection->address);

    connection->fd = fd;
    (void)snprintf(connection->peer, sizeof(connection->peer), "%s", peer);
    if (getpeername(fd, (struct sockaddr *)&connection->address, &length) !=
            0 ||
        !has_room(server, connection, gate)) {
        server->refused++;
        log_event(LOG_LEVEL_WARN, "connection-refused", LOG_TEXT("peer", peer));
        connection_free(server, connection);
        (void)close(fd);
        return;
    }
    give_time(server, connection, 0);
    server->incoming = connection;
    (void)MHD_add_connection(
        gate->mhd, fd, (const struct sockaddr *)&connection->address, length);
    if (server->incoming) { /* it has closed it */
        connection_free(server, server->incoming);
        server->incoming = NULL;
    }
    run(gate);
}

/* Tokens do not cross a network in the clear. */
static bool is_kept_here(const struct config *config, struct error *error)
{
    const char *listen = "webd.api-listen";

    if (config_bool(config, "webd.api-tls"))
        return true;
    for (size_t i = 0; i < config_list_count(config, listen); i++) {
        struct str address = config_list_item(config, listen, i);

        if (!str_starts(address, STR("127.")) && !str_is(address, "::1"))
            return error_set(error,
                             "webd.api-listen: %.*s is no address of this host "
                             "alone; it needs webd.api-tls",
                             STR_ARG(address));
    }
    return true;
}

bool server_listen(struct http_server *server, struct error *error)
{
    const struct config *config = server->daemon->config;

    for (size_t i = 0; i < COUNT_OF(listeners); i++) {
        uint16_t port = (uint16_t)config_int(config, listeners[i].port);
        size_t count =
            port ? config_list_count(config, listeners[i].listen) : 0;

        if (port && listeners[i].door == DOOR_API &&
            !is_kept_here(config, error))
            return false;
        server->gates[i].server = server;
        server->gates[i].door = listeners[i].door;
        for (size_t a = 0; a < count; a++)
            if (!acceptor_listen(
                    &server->acceptor,
                    config_list_item(config, listeners[i].listen, a), port,
                    false, (int)listeners[i].door, listeners[i].listen, error))
                return false;
    }
    return true;
}

static bool has_tls(const struct http_server *server, enum http_door door)
{
    return door == DOOR_HTTPS ||
           (door == DOOR_API &&
            config_bool(server->daemon->config, "webd.api-tls"));
}

static bool start_gate(struct http_gate *gate, struct error *error)
{
    const unsigned flags = MHD_USE_NO_LISTEN_SOCKET | MHD_USE_EPOLL |
                           MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG;
    const struct MHD_OptionItem for_tls[] = {
        {MHD_OPTION_HTTPS_CERT_CALLBACK, 0,
         (void *)(uintptr_t)certificate_set_choose},
        {MHD_OPTION_HTTPS_PRIORITIES, 0, (void *)(uintptr_t)PRIORITIES},
        {MHD_OPTION_END, 0, NULL}};
    const struct MHD_OptionItem for_plain[] = {{MHD_OPTION_END, 0, NULL}};
    bool is_tls = gate->is_tls = has_tls(gate->server, gate->door);
    uv_loop_t *loop = gate->server->daemon->loop;
    const union MHD_DaemonInfo *info;

    gate->mhd = MHD_start_daemon(
        is_tls ? flags | MHD_USE_TLS : flags, 0, NULL, NULL, on_request, gate,
        MHD_OPTION_EXTERNAL_LOGGER, on_log, NULL, MHD_OPTION_CONNECTION_LIMIT,
        (unsigned)option(gate->server, "webd.max-connections"),
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

bool server_start(struct http_server *server, struct error *error)
{
    for (size_t i = 0; i < COUNT_OF(server->gates); i++)
        if (option(server, listeners[i].port) &&
            !start_gate(&server->gates[i], error))
            return false;
    server->acceptor.on_connection = on_connection;
    server->acceptor.ctx = server;
    acceptor_start(&server->acceptor, server->daemon->loop);
    return true;
}

void server_stop(struct http_server *server)
{
    struct http_exchange *exchange;

    acceptor_close(&server->acceptor);
    /* libmicrohttpd cannot end what waits. */
    DL_FOREACH(server->exchanges, exchange)
    {
        if (exchange->is_suspended)
            http_refuse(exchange, 503, "The server stops");
    }
    for (size_t i = 0; i < COUNT_OF(server->gates); i++) {
        struct http_gate *gate = &server->gates[i];

        if (!gate->mhd)
            continue;
        (void)MHD_run(gate->mhd);
        uv_close((uv_handle_t *)&gate->poll, NULL);
        uv_close((uv_handle_t *)&gate->timer, NULL);
        MHD_stop_daemon(gate->mhd);
        gate->mhd = NULL;
    }
}

void server_clear(struct http_server *server)
{
    acceptor_clear(&server->acceptor);
}
