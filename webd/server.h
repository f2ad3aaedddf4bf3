/* The HTTP server: libmicrohttpd on the daemon's loop, with deadlines of our
 * own.
 */
#ifndef POSTHOUSE_WEBD_SERVER_H
#define POSTHOUSE_WEBD_SERVER_H

#include <uv.h>

#include "addresses.h"
#include "common/daemon/daemon.h"
#include "common/listen/acceptor.h"
#include "http.h"

struct MHD_Daemon;
struct http_server;
struct web_connection;

/* One libmicrohttpd for each kind of listener. */
struct http_gate {
    struct http_server *server;
    enum http_door door;
    bool is_tls;
    uint64_t count; /* of connections */
    struct MHD_Daemon *mhd;
    uv_poll_t poll;
    uv_timer_t timer;
};

struct http_server {
    struct webd *webd;
    struct daemon *daemon;
    struct acceptor acceptor;
    struct http_gate gates[4];
    struct web_connection *connections;
    struct web_connection *incoming; /* while it is handed over */
    struct http_exchange *exchanges;
    struct addresses addresses;
    uint64_t count; /* of connections, in all */
    uint64_t requests, refused, timeouts;
};

/* Opens the listening sockets that the configuration names. False with the
 * reason. */
MUST_CHECK bool server_listen(struct http_server *server, struct error *error);
/* Starts serving; certificates are loaded (certificate_set.h). */
MUST_CHECK bool server_start(struct http_server *server, struct error *error);
/* Closes what has used up its time; once a second. */
void server_tick(struct http_server *server);
/* Accepts no more, ends every connection; the loop must run once more. */
void server_stop(struct http_server *server);
/* Frees what is left when the loop has ended. */
void server_clear(struct http_server *server);
/* Something was answered outside of libmicrohttpd's own turn: it is run again.
 */
void server_wake(struct http_server *server, enum http_door door);

#endif
