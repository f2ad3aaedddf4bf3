/* One TCP connection of a component: reads for it, writes its tray. */
#ifndef POSTHOUSE_CONNECTION_H
#define POSTHOUSE_CONNECTION_H

#include "shell.h"

struct connection {
    struct connection *next;
    struct compd *compd;
    struct component *component;
    uv_poll_t poll;
    uv_timer_t handshake;
    int fd;
    int handles; /* libuv handles that are not closed yet */
    bool closing;
};

/* Takes an accepted, non-blocking socket over. */
void connection_open(struct compd *compd, int fd, const char *peer,
                     const struct component_effects *effects);
/* Writes what it can, and reads on or waits as the component's state asks. */
void connection_update(struct connection *connection);
/* What the component did not take is answered to its senders. Freed by the
 * loop. */
void connection_close(struct connection *connection);

#endif
