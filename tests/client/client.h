/* A client for tests that need thousands of them: TCP, TLS and SASL on one
 * epoll loop, so small that it costs little beside the server it measures.
 * Until it is logged in it knows replies by their text, not by a parser, and
 * works with any server. What comes then is its owner's business. */
#ifndef POSTHOUSE_TEST_CLIENT_H
#define POSTHOUSE_TEST_CLIENT_H

#include <stdbool.h>
#include <stdint.h>
#include <openssl/ssl.h>

#include "common/mem/mem.h"
#include "scram_client.h"

enum client_tls { CLIENT_TLS_NONE, CLIENT_TLS_STARTTLS, CLIENT_TLS_DIRECT };

enum client_state {
    CLIENT_OFF,
    CLIENT_CONNECTING,
    CLIENT_HANDSHAKE,
    CLIENT_FEATURES_PLAIN, /* before STARTTLS */
    CLIENT_PROCEED,
    CLIENT_FEATURES_SASL,
    CLIENT_SASL,
    CLIENT_FEATURES_BIND,
    CLIENT_READY, /* logged in, nothing bound yet */
    CLIENT_FAILED
};

struct client;

/* What all clients of a program share. */
struct client_wire {
    int epoll;
    SSL_CTX *tls;
    const char *host;
    unsigned port;
    const char *domain;
    const char *password;
    const char *mechanism; /* PLAIN, SCRAM-SHA-1, SCRAM-SHA-256 */
    enum client_tls security;
    void (*on_ready)(struct client *client);
    /* Something stands in `in`; the owner consumes what it understands. */
    void (*on_input)(struct client *client);
    /* Lost or refused; the state tells how far it had come. */
    void (*on_failed)(struct client *client, enum client_state state,
                      const char *why);
};

struct client {
    const struct client_wire *wire;
    char user[32];
    int fd;
    SSL *ssl;
    enum client_state state;
    bool wants_write;
    struct buf in, out;
    struct scram_client *scram;
};

/* Opens the epoll and TLS of a wire whose other fields are set. */
MUST_CHECK bool client_wire_open(struct client_wire *wire);
/* Frees what client_wire_open has opened; the clients are closed before. */
void client_wire_close(struct client_wire *wire);
/* Waits so long at most for events and serves their clients. */
void client_wire_turn(const struct client_wire *wire, int wait_ms);

/* Connects and logs in; `user` is set, the client is off. */
void client_start(struct client *client, const struct client_wire *wire);
/* Writes what is in `out`. */
void client_flush(struct client *client);
/* Gives the connection up; on_failed hears of it, once. */
void client_fail(struct client *client, const char *why);
/* Closes and frees; the client is off and may start again. Not to be called
 * from within its own callbacks. */
void client_reset(struct client *client);

/* login.c: from the first header to the features behind SASL. */
void login_begin(struct client *client);
/* TLS stands. */
void login_secured(struct client *client);
/* Goes on with what has come in; true while it got further. */
bool login_step(struct client *client);

/* Nanoseconds of the monotonic clock. */
uint64_t now_ns(void);

#endif
