#include "server.h"

#include <microhttpd.h>
#include <unistd.h>
#include <utlist.h>

#include "common/log/log.h"
#include "connection.h"
#include "gate.h"

static const struct {
    const char *listen, *port;
    enum http_door door;
} listeners[] = {
    {"webd.listen", "webd.port", DOOR_HTTPS},
    {"webd.http-listen", "webd.http-port", DOOR_HTTP},
    {"webd.metrics-listen", "webd.metrics-port", DOOR_METRICS},
    {"webd.api-listen", "webd.api-port", DOOR_API},
};

/* --- accepting ------------------------------------------------------------ */

static struct http_gate *gate_of(struct http_server *server,
                                 enum http_door door)
{
    for (size_t i = 0; i < COUNT_OF(server->gates); i++)
        if (server->gates[i].door == door)
            return &server->gates[i];
    return NULL;
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
        !connection_has_room(server, connection, gate->door)) {
        server->refused++;
        log_event(LOG_LEVEL_WARN, "connection-refused", LOG_TEXT("peer", peer));
        connection_free(server, connection);
        (void)close(fd);
        return;
    }
    connection_give_time(server, connection, 0);
    server->incoming = connection;
    (void)MHD_add_connection(
        gate->mhd, fd, (const struct sockaddr *)&connection->address, length);
    if (server->incoming) { /* it has closed it */
        connection_free(server, server->incoming);
        server->incoming = NULL;
    }
    gate_run(gate);
}

/* --- listening ------------------------------------------------------------ */

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

/* --- life ----------------------------------------------------------------- */

bool server_start(struct http_server *server, struct error *error)
{
    for (size_t i = 0; i < COUNT_OF(server->gates); i++)
        if (config_int(server->daemon->config, listeners[i].port) &&
            !gate_start(&server->gates[i], error))
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
    for (size_t i = 0; i < COUNT_OF(server->gates); i++)
        gate_stop(&server->gates[i]);
}

void server_clear(struct http_server *server)
{
    acceptor_clear(&server->acceptor);
}
