/* s2sd's shell: sockets, TLS, DNS and the link around the streams. */
#ifndef POSTHOUSE_S2SD_SHELL_H
#define POSTHOUSE_S2SD_SHELL_H

#include "common/daemon/daemon.h"
#include "common/listen/acceptor.h"
#include "common/node/node.h"
#include "common/tls/tls.h"
#include "resolver.h"
#include "stream.h"

struct connection;
struct dial;

struct shell {
    struct daemon daemon;
    struct s2sd s2sd;
    unsigned char key[32]; /* of dialback */
    struct node *node;
    struct tls_server *tls;        /* STARTTLS, and both kinds of dialling */
    struct tls_server *direct_tls; /* with ALPN */
    struct resolver *resolver;
    struct acceptor acceptor;
    struct connection *connections;
    struct connection *dirty;
    struct dial *dials;
    struct buf input; /* of the connection that is being read */
    uv_timer_t timer;
    struct counter counters[6];
    char address[32];
};

/* Opens the listening sockets, loads certificates and the key of dialback. */
MUST_CHECK bool shell_listen(struct shell *shell, struct error *error);
/* Connects to the router and starts accepting. */
MUST_CHECK bool shell_start(struct shell *shell, struct error *error);
/* Certificates and settings anew, without dropping a stream. */
void shell_reload(struct shell *shell);
/* Brings to an end what is under way, then stops the daemon. */
void shell_drain(struct shell *shell);
/* Ends all streams. */
void shell_stop(struct shell *shell);

#endif
