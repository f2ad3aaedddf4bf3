#include "connection.h"

#include <stdlib.h>
#include <utlist.h>

#include "common/log/log.h"

static uint64_t option(const struct http_server *server, const char *name)
{
    return (uint64_t)config_int(server->daemon->config, name);
}

void connection_give_time(const struct http_server *server,
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

bool connection_has_room(struct http_server *server,
                         struct web_connection *connection, enum http_door door)
{
    const struct sockaddr *address =
        (const struct sockaddr *)&connection->address;

    if (server->count >= option(server, "webd.max-connections"))
        return false;
    if (door != DOOR_HTTPS)
        return true; /* those behind a proxy all have its address */
    connection->is_counted =
        addresses_add(&server->addresses, address,
                      option(server, "webd.max-connections-per-address"));
    return connection->is_counted;
}

void connection_free(struct http_server *server,
                     struct web_connection *connection)
{
    if (connection->is_counted)
        addresses_remove(&server->addresses,
                         (const struct sockaddr *)&connection->address);
    free(connection);
}
