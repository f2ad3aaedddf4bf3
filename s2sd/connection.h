/* One TCP connection with another server: TLS, reading, writing. */
#ifndef POSTHOUSE_S2SD_CONNECTION_H
#define POSTHOUSE_S2SD_CONNECTION_H

#include "shell.h"

struct connection {
    struct shell *shell;
    struct stream *stream;
    struct dial *dial; /* that made it, until the stream is open; NULL */
    struct connection *prev, *next;             /* all */
    struct connection *dirty_prev, *dirty_next; /* to be written this turn */
    struct tls *tls;                            /* NULL: in the clear */
    uv_poll_t poll;
    int fd;
    int events; /* what is polled for */
    bool is_dirty, is_closing, is_handshaking;
    bool has_more;    /* TLS may hold bytes that were not read in a pause */
    bool wants_write; /* the kernel, or TLS, takes no more now */
    int64_t lingers_until_ms; /* all is said; 0: not yet */
};

/* Takes an accepted, non-blocking socket over. */
void connection_open(struct shell *shell, int fd, const char *peer,
                     bool is_direct_tls);
/* Takes over one that was dialled for the stream. */
struct connection *connection_dialled(struct shell *shell,
                                      struct stream *stream, int fd,
                                      const char *peer, bool is_direct_tls);
/* Writes what waits and polls for what is wanted. May close it. */
void connection_update(struct connection *connection);
/* The stream is told that it has lost its connection, and why; freed by the
 * loop. */
void connection_close(struct connection *connection, const char *why);
/* Once per second. May close it. */
void connection_tick(struct connection *connection);
/* handshake.c: begins TLS; is_direct: before any word of XMPP. */
void connection_start_tls(struct connection *connection, bool is_direct);
/* Goes on with it. False when it failed. */
MUST_CHECK bool connection_shake_hands(struct connection *connection);
/* s2sd_effects */
void connection_wake(void *connection);
/* Whether the peer's certificate is valid for the domain; `why` not. */
bool connection_peer_is(void *connection, struct str domain, struct error *why);

#endif
