/* One SOCKS5 connection until its stream is activated. */
#ifndef POSTHOUSE_CONNECTION_H
#define POSTHOUSE_CONNECTION_H

#include "shell.h"

struct connection {
    struct proxy *proxy;
    struct connection *previous, *next;
    uv_poll_t poll;
    int events; /* that poll watches; 0: it is stopped */
    int fd;
    char peer[64];
    uint64_t since_ms;
    struct socks socks;
    struct buf answer;               /* not yet written */
    struct stream *stream;           /* joined */
    struct association *association; /* joined, in UDP mode */
    struct relay *relay;             /* active: the relay owns it */
    bool is_pending;                 /* counted in proxy->pending */
    bool is_closing;
};

/* A connection came in; closes it when its address has too many. */
void connection_open(struct proxy *proxy, int fd, const char *peer);
/* One that a sibling accepted, with its request. */
void connection_adopt(struct proxy *proxy, int fd, const char *peer,
                      const struct socks *socks);
/* Watches for these events from now on. */
void connection_watch(struct connection *connection, int events, uv_poll_cb cb);
/* The relay has it from now on: it is pending no more. */
void connection_hand_over(struct connection *connection, struct relay *relay);
/* Closes it and frees it when libuv is done. */
void connection_close(struct connection *connection);
/* Closes those that have waited too long. */
void connections_expire(struct proxy *proxy);

#endif
