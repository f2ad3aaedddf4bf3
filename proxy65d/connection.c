#include "connection.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/log/log.h"
#include "handover.h"

/* Unread bytes would turn the close into a reset, which can overtake the
 * refusal. */
static void drain(int fd)
{
    char bytes[4096];

    (void)shutdown(fd, SHUT_WR);
    for (int i = 0; i < 16 && recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT) > 0;
         i++)
        ;
}

static void on_closed(uv_handle_t *handle)
{
    struct connection *connection = handle->data;

    if (connection->socks.state == SOCKS_REFUSED)
        drain(connection->fd);
    if (connection->fd >= 0)
        (void)close(connection->fd);
    buf_clear(&connection->answer);
    free(connection);
}

static void stop_waiting(struct connection *connection)
{
    struct proxy *proxy = connection->proxy;

    if (!connection->is_pending)
        return;
    connection->is_pending = false;
    pending_drop(&proxy->pending, connection->peer);
    proxy->waiting--;
    if (connection->previous)
        connection->previous->next = connection->next;
    else
        proxy->connections = connection->next;
    if (connection->next)
        connection->next->previous = connection->previous;
}

static void leave_stream(struct connection *connection)
{
    struct proxy *proxy = connection->proxy;
    void *other = NULL;

    if (connection->stream)
        streams_leave(&proxy->streams, connection->stream, connection);
    connection->stream = NULL;
    if (connection->association &&
        associations_leave(&proxy->associations, connection->association,
                           connection, &other, proxy->now_ms)) {
        struct connection *peer = other;

        peer->association = NULL;
        connection_close(peer);
    }
    connection->association = NULL;
}

void connection_close(struct connection *connection)
{
    if (connection->is_closing)
        return;
    connection->is_closing = true;
    leave_stream(connection);
    stop_waiting(connection);
    uv_close((uv_handle_t *)&connection->poll, on_closed);
}

void connection_watch(struct connection *connection, int events, uv_poll_cb cb)
{
    if (connection->is_closing || connection->events == events)
        return;
    connection->events = events;
    if (events)
        uv_poll_start(&connection->poll, events, cb);
    else
        uv_poll_stop(&connection->poll);
}

void connection_hand_over(struct connection *connection, struct relay *relay)
{
    stop_waiting(connection);
    connection->relay = relay;
    connection->stream = NULL; /* the relay's */
}

/* --- the handshake -------------------------------------------------------- */

static void refuse(struct connection *connection)
{
    log_event(LOG_LEVEL_INFO, "socks-refused",
              LOG_TEXT("peer", connection->peer),
              LOG_TEXT("key", connection->socks.key));
    connection->proxy->streams.refused++;
}

/* The key is known and is kept here. */
static void join(struct connection *connection)
{
    struct proxy *proxy = connection->proxy;
    const char *key = connection->socks.key;
    bool is_joined;

    if (connection->socks.command == SOCKS_CONNECT)
        connection->stream = streams_join(&proxy->streams, key, connection);
    else
        connection->association = associations_join(
            &proxy->associations, key, connection, connection->peer);
    is_joined = connection->stream || connection->association;
    socks_reply(&connection->socks,
                is_joined ? SOCKS_SUCCEEDED : SOCKS_NOT_ALLOWED,
                &connection->answer);
    if (is_joined)
        return;
    refuse(connection);
    connection->socks.state = SOCKS_REFUSED;
}

/* Datagrams come to one process alone, so their associations are with it. */
static unsigned owner_of(const struct connection *connection)
{
    return connection->socks.command == SOCKS_CONNECT
               ? key_owner(connection->socks.key,
                           connection->proxy->daemon.options.of)
               : 0;
}

static void find_owner(struct connection *connection)
{
    struct proxy *proxy = connection->proxy;
    unsigned owner = owner_of(connection);

    if (owner == proxy->daemon.options.instance) {
        join(connection);
        return;
    }
    if (handover_give(proxy->handover, owner, connection->fd, connection->peer,
                      &connection->socks)) {
        connection_close(connection);
        return;
    }
    socks_reply(&connection->socks, SOCKS_FAILURE, &connection->answer);
    connection->socks.state = SOCKS_REFUSED;
}

/* False when the connection is at its end. */
static bool read_some(struct connection *connection)
{
    char bytes[300];
    size_t wanted = socks_wants(&connection->socks);
    ssize_t count;

    if (wanted == 0)
        return true;
    count = recv(connection->fd, bytes,
                 wanted < sizeof(bytes) ? wanted : sizeof(bytes), 0);
    if (count <= 0)
        return count < 0 && (errno == EAGAIN || errno == EINTR);
    socks_take(&connection->socks, (struct str){bytes, (size_t)count},
               connection->proxy->allows_udp, &connection->answer);
    if (connection->socks.state == SOCKS_REFUSED)
        refuse(connection);
    else if (connection->socks.state == SOCKS_ASKED)
        find_owner(connection);
    return true;
}

/* False when the connection broke. */
static bool write_answer(struct connection *connection)
{
    while (buf_len(&connection->answer) > 0) {
        struct str bytes = buf_view(&connection->answer);
        ssize_t count = send(connection->fd, bytes.p, bytes.len, MSG_NOSIGNAL);

        if (count < 0)
            return errno == EAGAIN || errno == EINTR;
        buf_consume(&connection->answer, (size_t)count);
    }
    return true;
}

static void on_event(uv_poll_t *handle, int status, int events);

/* What the sides say before the activation stays with the kernel. */
static void update(struct connection *connection)
{
    int events = UV_DISCONNECT;

    if (connection->is_closing)
        return;
    if (!write_answer(connection)) {
        connection_close(connection);
        return;
    }
    if (buf_len(&connection->answer) > 0)
        events |= UV_WRITABLE;
    else if (connection->socks.state == SOCKS_REFUSED) {
        connection_close(connection);
        return;
    }
    if (socks_wants(&connection->socks) > 0)
        events |= UV_READABLE;
    connection_watch(connection, events, on_event);
}

static void on_event(uv_poll_t *handle, int status, int events)
{
    struct connection *connection = handle->data;
    bool is_gone = (events & UV_DISCONNECT) && !(events & UV_READABLE);

    (void)shell_now(connection->proxy);
    if (status < 0 || is_gone ||
        ((events & UV_READABLE) && !read_some(connection)))
        connection_close(connection);
    else
        update(connection);
}

/* --- beginning and end ---------------------------------------------------- */

static struct connection *make(struct proxy *proxy, int fd, const char *peer)
{
    int64_t max =
        config_int(proxy->daemon.config, "proxy65d.max-pending-per-address");
    struct connection *connection;

    if (!pending_add(&proxy->pending, peer, (size_t)max)) {
        proxy->refused_accepts++;
        (void)close(fd);
        return NULL;
    }
    connection = NEW(struct connection);
    connection->proxy = proxy;
    connection->fd = fd;
    connection->is_pending = true;
    connection->since_ms = proxy->now_ms;
    (void)snprintf(connection->peer, sizeof(connection->peer), "%s", peer);
    connection->next = proxy->connections;
    if (connection->next)
        connection->next->previous = connection;
    proxy->connections = connection;
    proxy->waiting++;
    uv_poll_init(proxy->daemon.loop, &connection->poll, fd);
    connection->poll.data = connection;
    return connection;
}

void connection_open(struct proxy *proxy, int fd, const char *peer)
{
    struct connection *connection = make(proxy, fd, peer);

    if (connection)
        update(connection);
}

void connection_adopt(struct proxy *proxy, int fd, const char *peer,
                      const struct socks *socks)
{
    struct connection *connection = make(proxy, fd, peer);

    if (!connection)
        return;
    connection->socks = *socks;
    if (owner_of(connection) == proxy->daemon.options.instance)
        join(connection);
    else
        connection->socks.state = SOCKS_REFUSED;
    update(connection);
}

void connections_expire(struct proxy *proxy)
{
    uint64_t patience =
        1000 * (uint64_t)config_int(proxy->daemon.config,
                                    "proxy65d.activation-timeout");
    struct connection *next;

    for (struct connection *c = proxy->connections; c; c = next) {
        bool is_udp = c->association && c->association->is_active;

        next = c->next;
        if (!is_udp && proxy->now_ms - c->since_ms >= patience)
            connection_close(c);
    }
}
