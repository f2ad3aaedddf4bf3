/* Listening sockets of compd. */
#ifndef POSTHOUSE_LISTENER_H
#define POSTHOUSE_LISTENER_H

#include "shell.h"

struct listener {
    struct compd *compd;
    uv_poll_t poll;
    int fd;
};

/* A non-blocking listening socket at a numeric address, or -1 with the reason.
 */
MUST_CHECK int listener_socket(struct str address, uint16_t port,
                               struct error *error);
/* Accepts one connection; the peer's address goes into `peer`. -1 when there is
 * none. */
MUST_CHECK int listener_accept(const struct listener *listener, char *peer,
                               size_t size);

#endif
