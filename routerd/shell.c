#include "shell.h"

#include <errno.h>
#include <string.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../common/log/log.h"
#include "../common/node/writer.h"

#define READ_BYTES 65536u
#define BACKLOG    128
#define TICK_MS    1000u

struct connection {
    struct shell *shell;
    struct router_peer *peer;
    uv_pipe_t pipe;
    struct buf in;
    struct writer writer;
    bool is_reading;
    struct connection *previous, *next;
};

struct shell {
    uv_loop_t *loop;
    uv_pipe_t socket;
    uv_prepare_t turn;
    uv_timer_t tick;
    unsigned open_handles;
    struct log_limit refused, unnamed; /* whoever may cause lines at will */
    struct router *router;
    struct connection *connections;
};

static void on_connection_closed(uv_handle_t *handle)
{
    struct connection *connection = handle->data;

    writer_clear(&connection->writer);
    buf_clear(&connection->in);
    free(connection);
}

static void connection_close(struct connection *connection, const char *reason)
{
    struct shell *shell = connection->shell;

    if (router_peer_name(connection->peer)[0] ||
        log_limit_allows(&shell->unnamed, "peer-closed"))
        log_event(LOG_LEVEL_INFO, "peer-closed",
                  LOG_TEXT("node", router_peer_name(connection->peer)),
                  LOG_TEXT("reason", reason));
    router_remove_peer(shell->router, connection->peer);
    if (connection->next)
        connection->next->previous = connection->previous;
    if (connection->previous)
        connection->previous->next = connection->next;
    else
        shell->connections = connection->next;
    uv_close((uv_handle_t *)&connection->pipe, on_connection_closed);
}

static void give_room(uv_handle_t *handle, size_t suggested, uv_buf_t *room)
{
    struct connection *connection = handle->data;

    (void)suggested;
    *room = uv_buf_init(buf_reserve(&connection->in, READ_BYTES), READ_BYTES);
}

static void take_bytes(struct connection *connection)
{
    buf_consume(&connection->in,
                router_receive(connection->shell->router, connection->peer,
                               buf_view(&connection->in)));
    if (buf_len(&connection->in) == 0)
        buf_reset(&connection->in);
}

static void on_read(uv_stream_t *stream, ssize_t count, const uv_buf_t *room)
{
    struct connection *connection = stream->data;

    (void)room;
    if (count < 0) {
        connection_close(connection, uv_err_name((int)count));
        return;
    }
    buf_added(&connection->in, (size_t)count);
    take_bytes(connection);
    if (router_may_read(connection->peer))
        return;
    (void)uv_read_stop(stream);
    connection->is_reading = false;
    log_event(LOG_LEVEL_WARN, "peer-held-back",
              LOG_TEXT("node", router_peer_name(connection->peer)));
}

static void start_reading(struct connection *connection)
{
    connection->is_reading = true;
    if (uv_read_start((uv_stream_t *)&connection->pipe, give_room, on_read))
        connection_close(connection, "unreadable");
}

static uid_t peer_uid(uv_pipe_t *pipe)
{
    struct ucred who;
    socklen_t length = sizeof(who);
    uv_os_fd_t fd;

    if (uv_fileno((uv_handle_t *)pipe, &fd) != 0 ||
        getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &length) != 0)
        return NO_USER;
    return who.uid;
}

static bool connection_start(struct connection *connection)
{
    struct shell *shell = connection->shell;
    const char *refusal;
    uid_t uid;

    if (uv_accept((uv_stream_t *)&shell->socket,
                  (uv_stream_t *)&connection->pipe) != 0)
        return false;
    uid = peer_uid(&connection->pipe);
    connection->peer = router_add_peer(shell->router, uid, &refusal);
    if (!connection->peer) {
        if (log_limit_allows(&shell->refused, "peer-refused"))
            log_event(LOG_LEVEL_WARN, "peer-refused", LOG_INT("uid", uid),
                      LOG_TEXT("reason", refusal));
        return false;
    }
    writer_begin(&connection->writer, (uv_stream_t *)&connection->pipe);
    connection->next = shell->connections;
    if (connection->next)
        connection->next->previous = connection;
    shell->connections = connection;
    start_reading(connection);
    return true;
}

static void on_connection(uv_stream_t *socket, int status)
{
    struct shell *shell = socket->data;
    struct connection *connection;

    if (status < 0) {
        log_event(LOG_LEVEL_ERROR, "accept-failed",
                  LOG_TEXT("reason", uv_strerror(status)));
        return;
    }
    connection = NEW(struct connection);
    connection->shell = shell;
    uv_pipe_init(shell->loop, &connection->pipe, 0);
    connection->pipe.data = connection;
    if (!connection_start(connection))
        uv_close((uv_handle_t *)&connection->pipe, on_connection_closed);
}

/* Closing one peer tells the others, so that faults come before output. */
static void close_faulty(struct shell *shell)
{
    struct connection *connection = shell->connections;

    while (connection) {
        struct connection *next = connection->next;
        const char *fault = router_fault(connection->peer);

        if (fault)
            connection_close(connection, fault);
        connection = next;
    }
}

static void flush_all(struct shell *shell)
{
    struct connection *connection, *next;

    close_faulty(shell);
    for (connection = shell->connections; connection; connection = next) {
        struct buf *output = router_output(connection->peer);

        next = connection->next;
        if (!writer_flush(&connection->writer, output))
            connection_close(connection, "write-failed");
        else if (buf_len(output) == 0)
            router_written(shell->router, connection->peer);
    }
}

/* Whoever was held back and need not be any more. False when nobody was. */
static bool read_on(struct shell *shell)
{
    struct connection *connection, *next;
    bool is_any = false;

    for (connection = shell->connections; connection; connection = next) {
        next = connection->next;
        if (connection->is_reading || !router_may_read(connection->peer))
            continue;
        is_any = true;
        take_bytes(connection);
        if (router_may_read(connection->peer))
            start_reading(connection);
    }
    return is_any;
}

/* Before the loop sleeps: one write per peer for all that this turn brought. */
static void on_loop_turn(uv_prepare_t *turn)
{
    struct shell *shell = turn->data;

    do
        flush_all(shell);
    while (read_on(shell));
}

static void on_tick(uv_timer_t *tick)
{
    struct shell *shell = tick->data;

    router_tick(shell->router, (int64_t)uv_now(shell->loop));
}

struct shell *shell_open(uv_loop_t *loop, const char *path, struct error *error)
{
    struct shell *shell = NEW(struct shell);
    int status;

    shell->loop = loop;
    uv_pipe_init(loop, &shell->socket, 0);
    uv_prepare_init(loop, &shell->turn);
    shell->socket.data = shell;
    shell->turn.data = shell;
    uv_timer_init(loop, &shell->tick);
    shell->tick.data = shell;
    (void)unlink(path); /* left by a router that died; mostly not there */
    status = uv_pipe_bind(&shell->socket, path);
    if (status == 0 && chmod(path, 0666) != 0)
        status = uv_translate_sys_error(errno);
    if (status == 0)
        return shell;
    (void)error_set(error, "cannot listen at %s: %s", path,
                    uv_strerror(status));
    shell_close(shell);
    return NULL;
}

void shell_start(struct shell *shell, const struct router_options *options)
{
    int status;

    shell->router = router_new(options, (int64_t)uv_now(shell->loop));
    uv_prepare_start(&shell->turn, on_loop_turn);
    uv_timer_start(&shell->tick, on_tick, TICK_MS, TICK_MS);
    status = uv_listen((uv_stream_t *)&shell->socket, BACKLOG, on_connection);
    if (status != 0)
        log_event(LOG_LEVEL_ERROR, "listen-failed",
                  LOG_TEXT("reason", uv_strerror(status)));
}

void shell_set_options(struct shell *shell,
                       const struct router_options *options)
{
    router_set_options(shell->router, options);
}

static void on_handle_closed(uv_handle_t *handle)
{
    struct shell *shell = handle->data;

    if (--shell->open_handles > 0)
        return;
    router_free(shell->router);
    free(shell);
}

void shell_close(struct shell *shell)
{
    while (shell->connections)
        connection_close(shell->connections, "stopping");
    shell->open_handles = 3;
    uv_close((uv_handle_t *)&shell->socket, on_handle_closed);
    uv_close((uv_handle_t *)&shell->turn, on_handle_closed);
    uv_close((uv_handle_t *)&shell->tick, on_handle_closed);
}
