/* One client's connection: how long it may take, and how many there may be. */
#ifndef POSTHOUSE_WEBD_CONNECTION_H
#define POSTHOUSE_WEBD_CONNECTION_H

#include <sys/socket.h>

#include "server.h"

struct web_connection {
    struct web_connection *prev, *next;
    int fd;
    bool is_counted; /* for its address */
    struct sockaddr_storage address;
    char peer[64];
    uint64_t deadline_ms; /* 0: it waits for us */
};

/* Whether one more may be at this door; then it is counted for its address. */
MUST_CHECK bool connection_has_room(struct http_server *server,
                                    struct web_connection *connection,
                                    enum http_door door);
/* A client has webd.request-timeout from now on, and for what it transfers as
 * long as webd.min-rate allows. */
void connection_give_time(const struct http_server *server,
                          struct web_connection *connection, uint64_t bytes);
/* It is counted no more. */
void connection_free(struct http_server *server,
                     struct web_connection *connection);

#endif
