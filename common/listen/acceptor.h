/* Accepts connections at listening sockets in a daemon's loop. */
#ifndef POSTHOUSE_ACCEPTOR_H
#define POSTHOUSE_ACCEPTOR_H

#include <uv.h>
#include "common/config/config.h"
#include "listen.h"

struct acceptor_socket;

/* Zeroes are an acceptor without a socket. */
struct acceptor {
    struct acceptor_socket *sockets;
    size_t count;
    /* A connection, non-blocking, is the callee's. `kind`: what was told about
     * the socket at which it came; `peer`: its numeric address. */
    void (*on_connection)(void *ctx, int fd, const char *peer, int kind);
    void *ctx;
    uv_timer_t retry;
    bool is_started, is_paused;
};

/* Opens sockets at these addresses (listen_socket) for this kind of connection;
 * before acceptor_start, as they may need privileges. False with the reason. */
MUST_CHECK bool acceptor_listen(struct acceptor *acceptor, struct str address,
                                uint16_t port, bool reuse_port, int kind,
                                const char *option, struct error *error);
/* The same at all addresses of an option that is a list ("c2sd.listen"); port
 * 0: at none. */
MUST_CHECK bool acceptor_listen_all(struct acceptor *acceptor,
                                    const struct config *config,
                                    const char *option, uint16_t port,
                                    bool reuse_port, int kind,
                                    struct error *error);
/* Begins to accept; on_connection and ctx are set. Without file descriptors or
 * memory for one more, connections wait in the kernel, which is told in one
 * line of the log, and are tried again several times a second until that is
 * over. With $FDSTORE in the environment systemd gets the sockets to keep for
 * the next process (file descriptor store). */
void acceptor_start(struct acceptor *acceptor, uv_loop_t *loop);
/* Closes the sockets; the loop must run once more before acceptor_clear. May be
 * called again. */
void acceptor_close(struct acceptor *acceptor);
/* Frees what an acceptor that never started, or is closed, still holds. */
void acceptor_clear(struct acceptor *acceptor);

#endif
