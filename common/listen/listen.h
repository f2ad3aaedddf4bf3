/* Listening TCP sockets at numeric addresses. */
#ifndef POSTHOUSE_LISTEN_H
#define POSTHOUSE_LISTEN_H

#include "../mem/mem.h"

/* A non-blocking listening socket, or -1 with the reason; the one that was
 * handed over to this process (sd_listen_fds(3)) when there is one. `option`
 * names the setting that the address stands in, for the error. With reuse_port
 * several processes may listen at the same port and share the connections. */
MUST_CHECK int listen_socket(struct str address, uint16_t port, bool reuse_port,
                             const char *option, struct error *error);
/* Accepts one connection, non-blocking and without Nagle's delay; the peer's
 * address goes into `peer`. -1 when there is none. */
MUST_CHECK int listen_accept(int listener, char *peer, size_t size);

/* How the kernel finds out that the other side has vanished without a word: it
 * asks after idle_s seconds in which nothing came (0: never), and breaks the
 * connection when nothing was confirmed for timeout_s (0: its own rules). */
void socket_expect_life(int fd, int idle_s, int timeout_s);

#endif
