/* The listening sockets of a daemon, held by the supervisor as well: while the
 * daemon is being started again, connections wait and none is refused. They are
 * handed over as systemd does it (sd_listen_fds(3)). */
#ifndef POSTHOUSE_SUPERVISE_LISTENERS_H
#define POSTHOUSE_SUPERVISE_LISTENERS_H

#include "../common/config/config.h"
#include "kinds.h"

#define LISTENERS_MAX 32

/* Zeroed = none. */
struct listeners {
    int fds[LISTENERS_MAX];
    unsigned count;
};

/* Opens what a process of this kind listens at. What cannot be opened is left
 * to the daemon, which tells why. */
void listeners_open(struct listeners *listeners, enum kind kind,
                    const struct config *config);
/* Closes ours; the daemon keeps its own. */
void listeners_close(struct listeners *listeners);

#endif
