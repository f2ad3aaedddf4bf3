#include "connection.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <utlist.h>

#include "addresses.h"
#include "common/log/log.h"
#include "websocket.h"

#define READ_SIZE        65536
#define LINGER_MS        5000
#define MAX_LINGER_BYTES 65536

/* --- end ------------------------------------------------------------------ */

static void on_closed(uv_handle_t *handle)
{
    struct connection *connection = handle->data;
    char bytes[4096];

    /* Unread bytes would turn the close into a reset, which can overtake our
     * last words. */
    shutdown(connection->fd, SHUT_WR);
    for (int i = 0; i < 64 && recv(connection->fd, bytes, sizeof(bytes), 0) > 0;
         i++)
        ;
    close(connection->fd);
    tls_free(connection->tls);
    websocket_free(connection->websocket);
    client_release(connection->client);
    free(connection);
}

void connection_close(struct connection *connection)
{
    struct shell *shell = connection->shell;

    if (connection->is_closing)
        return;
    connection->is_closing = true;
    client_lost(connection->client);
    addresses_leave(&shell->addresses, connection->address);
    if (connection->is_dirty)
        DL_DELETE2(shell->dirty, connection, dirty_prev, dirty_next);
    DL_DELETE(shell->connections, connection);
    if (connection->tls && !connection->is_handshaking &&
        !connection->is_lingering)
        tls_shutdown(connection->tls);
    uv_close((uv_handle_t *)&connection->poll, on_closed);
}

/* Our last words must arrive, and the client may still be writing its own: a
 * close now would answer them with a reset, which clients take for an error. */
static void linger(struct connection *connection)
{
    if (connection->is_lingering)
        return;
    connection->is_lingering = true;
    if (connection->tls)
        tls_shutdown(connection->tls);
    shutdown(connection->fd, SHUT_WR);
}

/* Whether the client has not closed yet; what it says is not looked at, and has
 * an end. */
static bool is_still_there(struct connection *connection)
{
    char bytes[4096];
    ssize_t count;

    while ((count = recv(connection->fd, bytes, sizeof(bytes), 0)) > 0) {
        connection->linger_bytes += (size_t)count;
        if (connection->linger_bytes > MAX_LINGER_BYTES)
            return false;
    }
    return count < 0 && (errno == EAGAIN || errno == EINTR);
}

void connection_tick(struct connection *connection)
{
    const struct client *client = connection->client;
    int64_t now = connection->shell->c2sd.now_ms;

    if (client->state != CLIENT_CLOSING)
        client_tick(connection->client);
    else if (now - client->closed_ms >= LINGER_MS)
        connection_close(connection); /* it takes, or ends, nothing more */
}

/* --- reading -------------------------------------------------------------- */

static void take(struct connection *connection, struct str bytes)
{
    if (connection->websocket)
        websocket_receive(connection->websocket, bytes);
    else
        client_receive(connection->client, bytes);
}

/* TLS may hold more than one read's worth, of which poll knows nothing. */
static bool read_all(struct connection *connection)
{
    struct buf *input = &connection->shell->input;
    size_t got;

    do {
        enum tls_result result;

        buf_reset(input);
        result = wire_read(connection->fd, connection->tls, input, READ_SIZE);
        connection->wants_write |= result == TLS_WANT_WRITE;
        got = buf_len(input);
        if (got > 0)
            take(connection, buf_view(input));
        if (tls_is_over(result))
            return false;
        connection->has_more = connection->tls && got == READ_SIZE;
    } while (connection->has_more && !client_is_paused(connection->client));
    return true;
}

/* --- TLS ------------------------------------------------------------------ */

static void start_tls(struct connection *connection, enum door door)
{
    connection->tls = tls_accept(connection->shell->tls[door], connection->fd);
    connection->is_handshaking = true;
}

/* False when it failed. */
static bool shake_hands(struct connection *connection)
{
    struct client *client = connection->client;
    enum tls_result result = tls_handshake(connection->tls);

    connection->wants_write = result == TLS_WANT_WRITE;
    if (result == TLS_OK) {
        connection->is_handshaking = false;
        if (client->state == CLIENT_TLS)
            client_secured(client);
    }
    if (!tls_is_over(result))
        return true;
    log_event(LOG_LEVEL_INFO, "tls-failed", LOG_TEXT("peer", client->peer),
              LOG_TEXT("reason", tls_failure(connection->tls)));
    return false;
}

/* --- writing -------------------------------------------------------------- */

static struct buf *output_of(struct connection *connection)
{
    return connection->websocket ? websocket_output(connection->websocket)
                                 : &connection->client->out;
}

/* False when the connection broke. */
static bool write_all(struct connection *connection)
{
    struct client *client = connection->client;
    struct buf *output = output_of(connection);
    size_t before = buf_len(output);
    enum tls_result result = TLS_OK;

    connection->wants_write = false;
    if (before == 0 && buf_len(&client->out) == 0)
        return true;
    if (before > 0)
        result = wire_write(connection->fd, connection->tls, output);
    connection->wants_write = result == TLS_WANT_WRITE;
    client_written(client, connection->websocket
                               ? websocket_written(connection->websocket)
                               : before - buf_len(output));
    /* An idle connection holds no buffer. */
    if (buf_len(&client->out) == 0)
        spare_give(&client->c2sd->spare, &client->out);
    client_after_write(client);
    return !tls_is_over(result);
}

/* --- events --------------------------------------------------------------- */

static void on_event(uv_poll_t *handle, int status, int events)
{
    struct connection *connection = handle->data;
    bool goes_on = status >= 0;
    bool was_handshaking = connection->is_handshaking;

    connection->shell->c2sd.now_ms = (int64_t)clock_monotonic_ms();
    if (connection->is_lingering) {
        if (!goes_on || !is_still_there(connection))
            connection_close(connection);
        return;
    }
    if (goes_on && was_handshaking)
        goes_on = shake_hands(connection);
    if (goes_on && connection->is_handshaking) {
        connection_wake(connection);
        return;
    }
    /* The first words may have come with the end of the handshake: OpenSSL
     * holds them, and poll would not tell. */
    if (goes_on && (was_handshaking || (events & UV_READABLE)) &&
        !client_is_paused(connection->client))
        goes_on = read_all(connection);
    else if (goes_on && (events & UV_READABLE))
        connection->is_early = true;
    else if (goes_on && (events & UV_DISCONNECT) && !(events & UV_WRITABLE))
        goes_on = false;
    if (!goes_on) {
        connection_close(connection);
        return;
    }
    connection_wake(connection);
}

static void poll_for(struct connection *connection, int events)
{
    events |= UV_DISCONNECT;
    if (events == connection->events)
        return;
    connection->events = events;
    uv_poll_start(&connection->poll, events, on_event);
}

void connection_update(struct connection *connection)
{
    struct client *client = connection->client;
    int events = 0;

    if (connection->is_closing || connection->is_lingering)
        return;
    if (connection->is_handshaking && client->state == CLIENT_CLOSING) {
        connection_close(connection); /* nothing can be said to it */
        return;
    }
    client_continue(client);
    if (connection->has_more && !client_is_paused(client) &&
        !read_all(connection)) {
        connection_close(connection);
        return;
    }
    if (!connection->is_handshaking) {
        client_before_write(client);
        if (!write_all(connection)) {
            connection_close(connection);
            return;
        }
        if (buf_len(output_of(connection)) == 0 &&
            client->state == CLIENT_CLOSING)
            linger(connection);
        if (buf_len(&client->out) == 0 && client->wants_tls) {
            client->wants_tls = false;
            start_tls(connection, DOOR_XMPP);
        }
    }
    if (connection->wants_write)
        events |= UV_WRITABLE;
    /* Most pauses end before another byte comes: polling goes on until one
     * does, which spares two system calls for each pause. */
    if (connection->is_handshaking || connection->is_lingering ||
        !client_is_paused(client))
        connection->is_early = false;
    if (!connection->is_early)
        events |= UV_READABLE;
    poll_for(connection, events);
}

void connection_wake(void *ctx)
{
    struct connection *connection = ctx;

    if (connection->is_dirty || connection->is_closing)
        return;
    connection->is_dirty = true;
    DL_APPEND2(connection->shell->dirty, connection, dirty_prev, dirty_next);
}

void connection_open(struct shell *shell, int fd, const char *peer,
                     enum door door)
{
    struct connection *connection = NEW(struct connection);

    connection->shell = shell;
    connection->fd = fd;
    connection->address = addresses_enter(&shell->addresses, peer);
    connection->client =
        client_new(&shell->c2sd, connection, peer, door != DOOR_XMPP);
    if (door == DOOR_WEB)
        connection->websocket = websocket_new(connection->client);
    DL_APPEND(shell->connections, connection);
    uv_poll_init(shell->daemon.loop, &connection->poll, fd);
    connection->poll.data = connection;
    if (door != DOOR_XMPP)
        start_tls(connection, door);
    poll_for(connection, UV_READABLE);
}

struct str connection_binding(void *ctx, struct arena *arena, struct str type)
{
    struct connection *connection = ctx;

    return connection->tls ? tls_channel_binding(connection->tls, arena, type)
                           : STR_NONE;
}

bool connection_has_binding(void *ctx, struct str type)
{
    const struct connection *connection = ctx;

    return connection->tls && tls_has_channel_binding(connection->tls, type);
}

struct str connection_certificate(void *ctx, struct arena *arena)
{
    struct connection *connection = ctx;

    return connection->tls ? tls_client_addresses(connection->tls, arena)
                           : STR_NONE;
}
