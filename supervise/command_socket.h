/* The socket on which posthousectl asks for a restart: run/command.sock, for
 * the user alone who started the suite. One line comes in ("restart WORD");
 * lines go out ("restarted PROGRAM INSTANCE PID", at last "done" or "refused
 * REASON"). One asker at a time. */
#ifndef POSTHOUSE_SUPERVISE_COMMAND_SOCKET_H
#define POSTHOUSE_SUPERVISE_COMMAND_SOCKET_H

#include <uv.h>
#include "../common/mem/mem.h"

struct command_socket {
    uv_loop_t *loop;
    uv_pipe_t listener;
    uv_pipe_t *asker; /* NULL: nobody waits */
    char line[80];
    size_t length;
    /* A line without its end; it is answered by command_socket_say. */
    void (*on_line)(void *ctx, const char *line);
    void *ctx;
};

/* Listens at the path (mode 0600); on_line gets each line that somebody sends.
 * False with an error when it cannot. */
MUST_CHECK bool command_socket_open(struct command_socket *socket,
                                    uv_loop_t *loop, const char *path,
                                    struct error *error);
/* A line for whoever asked; nothing when he has gone. */
void command_socket_say(struct command_socket *socket, const char *format, ...)
    PRINTF_LIKE(2, 3);
/* The last line is said. */
void command_socket_finish(struct command_socket *socket);

#endif
