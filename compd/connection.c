#include "connection.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define READ_SIZE 65536

/* Unread bytes would turn the close into a reset, which can overtake our last
 * words. */
static void drain(int fd)
{
    char bytes[4096];

    shutdown(fd, SHUT_WR);
    for (int i = 0; i < 64 && recv(fd, bytes, sizeof(bytes), 0) > 0; i++)
        ;
}

static void on_closed(uv_handle_t *handle)
{
    struct connection *connection = handle->data;

    if (--connection->handles > 0)
        return;
    drain(connection->fd);
    close(connection->fd);
    component_free(connection->component);
    free(connection);
}

void connection_close(struct connection *connection)
{
    struct connection **link = &connection->compd->connections;

    if (connection->closing)
        return;
    connection->closing = true;
    component_lost(connection->component);
    while (*link != connection)
        link = &(*link)->next;
    *link = connection->next;
    connection->compd->connected--;
    uv_close((uv_handle_t *)&connection->poll, on_closed);
    uv_close((uv_handle_t *)&connection->handshake, on_closed);
}

/* False when the connection broke. */
static bool write_pending(struct connection *connection)
{
    struct str bytes = tray_pending(&connection->component->tray);

    while (bytes.len > 0) {
        ssize_t count = send(connection->fd, bytes.p, bytes.len, MSG_NOSIGNAL);

        if (count < 0)
            return errno == EAGAIN || errno == EINTR;
        component_written(connection->component, (size_t)count);
        bytes = tray_pending(&connection->component->tray);
    }
    return true;
}

/* False when the connection is at its end. */
static bool read_some(struct connection *connection)
{
    char bytes[READ_SIZE];
    ssize_t count = recv(connection->fd, bytes, sizeof(bytes), 0);

    if (count < 0)
        return errno == EAGAIN || errno == EINTR;
    if (count == 0)
        return false;
    component_receive(connection->component,
                      (struct str){bytes, (size_t)count});
    return true;
}

static void on_event(uv_poll_t *handle, int status, int events)
{
    struct connection *connection = handle->data;

    bool gone = (events & UV_DISCONNECT) && !(events & UV_READABLE);

    if (status < 0 || gone ||
        ((events & UV_READABLE) && !read_some(connection))) {
        connection_close(connection);
        return;
    }
    connection_update(connection);
}

void connection_update(struct connection *connection)
{
    struct component *component = connection->component;
    int events = 0;

    if (connection->closing)
        return;
    if (!write_pending(connection)) {
        connection_close(connection);
        return;
    }
    if (tray_pending(&component->tray).len > 0)
        events |= UV_WRITABLE;
    else if (component->state == COMPONENT_CLOSING) {
        connection_close(connection);
        return;
    }
    if (!component->paused && component->state != COMPONENT_CLOSING)
        events |= UV_READABLE;
    if (component->state == COMPONENT_OPEN)
        uv_timer_stop(&connection->handshake);
    uv_poll_start(&connection->poll, events | UV_DISCONNECT, on_event);
}

static void on_handshake_time(uv_timer_t *timer)
{
    struct connection *connection = timer->data;

    if (connection->component->state == COMPONENT_CLOSING) {
        connection_close(connection);
        return;
    }
    component_expire(connection->component);
    connection_update(connection);
}

void connection_open(struct compd *compd, int fd, const char *peer,
                     const struct component_effects *effects)
{
    const struct config *config = compd->daemon.config;
    struct connection *connection = NEW(struct connection);
    uint64_t seconds = (uint64_t)config_int(config, "compd.handshake-timeout");
    const struct component_limits limits = {
        (size_t)config_int(config, "compd.max-stanza-size"),
        (size_t)config_int(config, "compd.max-send-buffer")};

    connection->compd = compd;
    connection->fd = fd;
    connection->component =
        component_new(&compd->registry, effects, compd, peer, limits);
    connection->next = compd->connections;
    compd->connections = connection;
    compd->connected++;
    connection->handles = 2;
    uv_poll_init(compd->daemon.loop, &connection->poll, fd);
    uv_timer_init(compd->daemon.loop, &connection->handshake);
    connection->poll.data = connection;
    connection->handshake.data = connection;
    uv_timer_start(&connection->handshake, on_handshake_time, seconds * 1000,
                   seconds * 1000);
    connection_update(connection);
}
