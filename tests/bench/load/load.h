/* A load generator for XMPP servers: thousands of connections on one epoll
 * loop, with a client so small that it costs little beside the server it
 * measures. It knows replies by their text, not by a parser, and works with any
 * server. */
#ifndef POSTHOUSE_LOAD_H
#define POSTHOUSE_LOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <openssl/ssl.h>

#include "common/mem/mem.h"
#include "scram_client.h"

enum load_tls { LOAD_TLS_NONE, LOAD_TLS_STARTTLS, LOAD_TLS_DIRECT };

struct load_options {
    const char *host;
    unsigned port;
    const char *domain;
    const char *password;
    const char *mechanism; /* PLAIN, SCRAM-SHA-1, SCRAM-SHA-256 */
    enum load_tls tls;
    unsigned connections;
    unsigned parallel; /* logins under way at once */
    unsigned pairs;
    unsigned window;      /* messages of one pair under way at once */
    unsigned rate;        /* messages per second in the paced run */
    unsigned seconds;     /* of each run */
    const char *env_path; /* posthouse.env, for the pids of daemons */
    const char *pids[16]; /* NAME=PID,PID… of other servers */
    unsigned pids_count;
};

enum client_state {
    CLIENT_OFF,
    CLIENT_CONNECTING,
    CLIENT_HANDSHAKE,
    CLIENT_FEATURES_PLAIN, /* before STARTTLS */
    CLIENT_PROCEED,
    CLIENT_FEATURES_SASL,
    CLIENT_SASL,
    CLIENT_FEATURES_BIND,
    CLIENT_BINDING,
    CLIENT_ONLINE,
    CLIENT_FAILED
};

struct load;

struct client {
    struct load *load;
    unsigned number; /* user load<number> */
    int fd;
    SSL *ssl;
    enum client_state state;
    bool wants_write;
    struct buf in, out;
    struct scram_client *scram;
    uint64_t sent, received; /* of its pair: the sender's, the receiver's */
};

struct latencies {
    uint32_t *microseconds;
    size_t count, cap;
};

struct load {
    struct load_options options;
    SSL_CTX *tls;
    int epoll;
    struct client *clients;
    unsigned started, online, failed;
    bool refill; /* saturated run: answer each message by the next */
    uint64_t delivered;
    uint64_t wrong; /* lost, doubled or out of order */
    struct latencies latencies;
};

/* options.c: false after telling what is wrong. */
MUST_CHECK bool load_options_parse(struct load_options *options, int argc,
                                   char **argv);

/* client.c: connections. */
void client_start(struct load *load, unsigned number);
void client_on_event(struct client *client, uint32_t events);
/* Writes what is in `out`. */
void client_flush(struct client *client);
void client_fail(struct client *client, const char *why);
void client_free(struct client *client);

/* login.c: from the first header to presence. */
void login_begin(struct client *client);
/* TLS stands. */
void login_secured(struct client *client);
/* Goes on with what has come in; true while it got further. */
bool login_step(struct client *client);

/* traffic.c: messages between pairs. */
void traffic_send(struct client *sender);
/* Counts and checks the messages that have come in. */
void traffic_receive(struct client *client);

/* runs.c: what `make bench` prints. */
bool run_all(struct load *load);

uint64_t now_ns(void);

#endif
