/* One client's TCP connection: TLS, reading, writing. */
#ifndef POSTHOUSE_C2SD_CONNECTION_H
#define POSTHOUSE_C2SD_CONNECTION_H

#include "client.h"
#include "shell.h"

struct connection {
    struct shell *shell;
    struct client *client;
    struct connection *prev, *next;             /* all */
    struct connection *dirty_prev, *dirty_next; /* to be written this turn */
    struct tls *tls;                            /* NULL: in the clear */
    struct websocket *websocket;                /* NULL: XMPP itself */
    uv_poll_t poll;
    int fd;
    int events; /* what is polled for */
    bool is_dirty, is_closing, is_handshaking;
    bool is_lingering;   /* all is said: waits for the client to close */
    size_t linger_bytes; /* what it still sent */
    bool has_more;       /* TLS may hold bytes that were not read in a pause */
    bool is_early;       /* bytes came in a pause: not polled until its end */
    bool wants_write;    /* the kernel, or TLS, takes no more now */
    struct address_count *address;
};

/* Takes a non-blocking socket over that was accepted at this door. */
void connection_open(struct shell *shell, int fd, const char *peer,
                     enum door door);
/* Writes what waits and polls for what is wanted. May free it. */
void connection_update(struct connection *connection);
/* The client is told nothing more; its session detaches or ends. Freed by the
 * loop. */
void connection_close(struct connection *connection);
/* Once per second: timeouts. May close it. */
void connection_tick(struct connection *connection);
/* The core has something to write or wants to read again. */
void connection_wake(void *connection);
/* Channel binding bytes of the TLS session (RFC 5929, RFC 9266); absent in the
 * clear and for a type that does not exist there. In the arena. */
struct str connection_binding(void *connection, struct arena *arena,
                              struct str type);
/* Whether there are any of that type, which is told without computing them. */
bool connection_has_binding(void *connection, struct str type);
/* Addresses in the verified client certificate, space separated; absent when
 * there is none. In the arena. */
struct str connection_certificate(void *connection, struct arena *arena);

#endif
