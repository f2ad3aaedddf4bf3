#include "connection.h"

#include "dial.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>
#include <utlist.h>

#define READ_SIZE 65536
#define LINGER_MS 3000

/* --- end ------------------------------------------------------------------ */

static void on_closed(uv_handle_t *handle)
{
    struct connection *connection = handle->data;

    close(connection->fd);
    tls_free(connection->tls);
    free(connection);
}

void connection_close(struct connection *connection, const char *why)
{
    struct shell *shell = connection->shell;
    struct stream *stream = connection->stream;
    struct dial *dial = connection->dial;

    if (connection->is_closing)
        return;
    connection->is_closing = true;
    if (connection->is_dirty)
        DL_DELETE2(shell->dirty, connection, dirty_prev, dirty_next);
    DL_DELETE(shell->connections, connection);
    if (connection->tls && !connection->is_handshaking)
        tls_shutdown(connection->tls);
    shutdown(connection->fd, SHUT_WR);
    uv_close((uv_handle_t *)&connection->poll, on_closed);
    if (dial && !stream->is_open && dial_go_on(dial))
        return;
    if (dial)
        dial_done(dial);
    stream_lost(stream, why);
}

/* Our last words must arrive: an answer by a reset could overtake them. */
static void linger(struct connection *connection)
{
    if (connection->lingers_until_ms)
        return;
    connection->lingers_until_ms = connection->shell->s2sd.now_ms + LINGER_MS;
    if (connection->tls)
        tls_shutdown(connection->tls);
    shutdown(connection->fd, SHUT_WR);
}

void connection_tick(struct connection *connection)
{
    const struct stream *stream = connection->stream;
    int64_t now = connection->shell->s2sd.now_ms;

    if (stream->state == STREAM_CLOSING &&
        now - stream->progress_ms >= LINGER_MS)
        connection_close(connection, "the stream has ended");
}

/* --- reading -------------------------------------------------------------- */

/* False when the connection is at its end. TLS may hold more than one read's
 * worth, of which poll knows nothing. */
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
            stream_receive(connection->stream, buf_view(input));
        if (tls_is_over(result))
            return false;
        connection->has_more = connection->tls && got == READ_SIZE;
    } while (connection->has_more && !stream_is_paused(connection->stream));
    return true;
}

/* --- writing -------------------------------------------------------------- */

/* False when the connection broke. */
static bool write_all(struct connection *connection)
{
    struct stream *stream = connection->stream;
    size_t before;
    enum tls_result result;

    stream_before_write(stream);
    before = buf_len(&stream->out);
    connection->wants_write = false;
    if (before == 0)
        return true;
    result = wire_write(connection->fd, connection->tls, &stream->out);
    connection->wants_write = result == TLS_WANT_WRITE;
    stream_written(stream, before - buf_len(&stream->out));
    return !tls_is_over(result);
}

/* --- events --------------------------------------------------------------- */

/* What still comes in after our end is not looked at. */
static bool is_still_there(const struct connection *connection)
{
    char bytes[4096];
    ssize_t count = recv(connection->fd, bytes, sizeof(bytes), 0);

    return count > 0 || (count < 0 && (errno == EAGAIN || errno == EINTR));
}

static bool handle_event(struct connection *connection, int events)
{
    bool was_handshaking = connection->is_handshaking;

    if (connection->lingers_until_ms)
        return is_still_there(connection);
    if (was_handshaking && !connection_shake_hands(connection))
        return false;
    if (connection->is_handshaking)
        return true;
    /* The first words may have come with the end of the handshake. */
    if ((was_handshaking || (events & UV_READABLE)) &&
        !stream_is_paused(connection->stream))
        return read_all(connection);
    return !(events & UV_DISCONNECT) || (events & UV_WRITABLE);
}

static void on_event(uv_poll_t *handle, int status, int events)
{
    struct connection *connection = handle->data;

    connection->shell->s2sd.now_ms = (int64_t)clock_monotonic_ms();
    if (status < 0 || !handle_event(connection, events))
        connection_close(connection, "the server closed the connection");
    else
        connection_wake(connection);
}

/* In a pause nothing is polled for, not even the other side's end: what it said
 * before that is still to be read. */
static void poll_for(struct connection *connection, int events)
{
    if (events == connection->events)
        return;
    connection->events = events;
    uv_poll_start(&connection->poll, events, on_event);
}

/* False when the connection broke. */
static bool write_and_turn(struct connection *connection)
{
    struct stream *stream = connection->stream;

    if (connection->is_handshaking)
        return stream->state != STREAM_CLOSING &&
               connection_shake_hands(connection);
    if (connection->lingers_until_ms)
        return true;
    if (!write_all(connection))
        return false;
    if (buf_len(&stream->out) == 0 && stream->state == STREAM_CLOSING)
        linger(connection);
    else if (buf_len(&stream->out) == 0 && stream->wants_tls) {
        stream->wants_tls = false;
        connection_start_tls(connection, false);
    }
    return true;
}

void connection_update(struct connection *connection)
{
    struct stream *stream = connection->stream;
    int events = 0;

    if (connection->is_closing)
        return;
    if (connection->dial && stream->is_open)
        dial_done(connection->dial);
    if (connection->has_more && !stream_is_paused(stream) &&
        !connection->lingers_until_ms && !read_all(connection)) {
        connection_close(connection, "the server closed the connection");
        return;
    }
    if (!write_and_turn(connection)) {
        connection_close(connection, "the connection broke");
        return;
    }
    if (connection->wants_write)
        events |= UV_WRITABLE;
    if (connection->is_handshaking || connection->lingers_until_ms ||
        !stream_is_paused(stream))
        events |= UV_READABLE | UV_DISCONNECT;
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

/* --- begin ---------------------------------------------------------------- */

static struct connection *connection_new(struct shell *shell, int fd)
{
    struct connection *connection = NEW(struct connection);

    connection->shell = shell;
    connection->fd = fd;
    DL_APPEND(shell->connections, connection);
    uv_poll_init(shell->daemon.loop, &connection->poll, fd);
    connection->poll.data = connection;
    return connection;
}

void connection_open(struct shell *shell, int fd, const char *peer,
                     bool is_direct_tls)
{
    struct connection *connection = connection_new(shell, fd);

    connection->stream =
        stream_new_incoming(&shell->s2sd, connection, peer, is_direct_tls);
    if (is_direct_tls)
        connection_start_tls(connection, true);
    poll_for(connection, UV_READABLE | UV_DISCONNECT);
}

struct connection *connection_dialled(struct shell *shell,
                                      struct stream *stream, int fd,
                                      const char *peer, bool is_direct_tls)
{
    struct connection *connection = connection_new(shell, fd);

    connection->stream = stream;
    stream_connected(stream, connection, peer, is_direct_tls);
    if (is_direct_tls)
        connection_start_tls(connection, true);
    poll_for(connection, UV_READABLE | UV_DISCONNECT);
    connection_wake(connection);
    return connection;
}
