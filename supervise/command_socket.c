#include "command_socket.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BACKLOG 8

static void on_closed(uv_handle_t *handle)
{
    free(handle);
}

void command_socket_finish(struct command_socket *socket)
{
    if (!socket->asker)
        return;
    uv_close((uv_handle_t *)socket->asker, on_closed);
    socket->asker = NULL;
}

void command_socket_say(struct command_socket *socket, const char *format, ...)
{
    char text[256];
    uv_buf_t bytes;
    va_list args;

    if (!socket->asker)
        return;
    va_start(args, format);
    (void)vsnprintf(text, sizeof(text) - 1, format, args);
    va_end(args);
    strcat(text, "\n");
    bytes = uv_buf_init(text, (unsigned)strlen(text));
    /* A few short lines: who does not take them has gone. */
    if (uv_try_write((uv_stream_t *)socket->asker, &bytes, 1) < 0)
        command_socket_finish(socket);
}

static void give_room(uv_handle_t *handle, size_t wanted, uv_buf_t *room)
{
    struct command_socket *socket = handle->data;

    (void)wanted;
    *room = uv_buf_init(socket->line + socket->length,
                        (unsigned)(sizeof(socket->line) - 1 - socket->length));
}

static void on_read(uv_stream_t *stream, ssize_t count, const uv_buf_t *room)
{
    struct command_socket *socket = stream->data;
    char *end;

    (void)room;
    if (count < 0) { /* UV_ENOBUFS: no line is that long */
        command_socket_finish(socket);
        return;
    }
    socket->length += (size_t)count;
    socket->line[socket->length] = '\0';
    end = strchr(socket->line, '\n');
    if (!end)
        return;
    *end = '\0';
    socket->length = 0;
    socket->on_line(socket->ctx, socket->line);
}

static void on_asker(uv_stream_t *listener, int status)
{
    struct command_socket *socket = listener->data;
    uv_pipe_t *asker = mem_zalloc(sizeof(*asker));

    (void)uv_pipe_init(socket->loop, asker, 0);
    asker->data = socket;
    if (status < 0 || uv_accept(listener, (uv_stream_t *)asker) != 0 ||
        socket->asker) {
        uv_close((uv_handle_t *)asker, on_closed);
        return;
    }
    socket->asker = asker;
    socket->length = 0;
    if (uv_read_start((uv_stream_t *)asker, give_room, on_read) != 0)
        command_socket_finish(socket);
}

bool command_socket_open(struct command_socket *socket, uv_loop_t *loop,
                         const char *path, struct error *error)
{
    int code;

    socket->loop = loop;
    socket->listener.data = socket;
    (void)unlink(path); /* left by an earlier run; mostly not there */
    code = uv_pipe_init(loop, &socket->listener, 0);
    if (code == 0)
        code = uv_pipe_bind(&socket->listener, path);
    /* Nobody can connect before it listens. */
    if (code == 0 && chmod(path, 0600) != 0)
        code = UV_EACCES;
    if (code == 0)
        code = uv_listen((uv_stream_t *)&socket->listener, BACKLOG, on_asker);
    return code == 0 || error_set(error, "%s: %s", path, uv_strerror(code));
}
