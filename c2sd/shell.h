/* c2sd's shell: sockets, TLS and the link around the clients. */
#ifndef POSTHOUSE_C2SD_SHELL_H
#define POSTHOUSE_C2SD_SHELL_H

#include "c2sd.h"
#include "common/daemon/daemon.h"
#include "common/listen/acceptor.h"
#include "common/node/node.h"
#include "common/tls/tls.h"

struct connection;
struct address_count;

/* Where clients come in: the kind of their connections. */
enum door {
    DOOR_XMPP, /* STARTTLS */
    DOOR_TLS,  /* direct TLS (XEP-0368) */
    DOOR_WEB,  /* WebSocket (RFC 7395) */
    DOORS
};

struct shell {
    struct daemon daemon;
    struct c2sd c2sd;
    struct node *node;
    struct tls_server *tls[DOORS];
    struct acceptor acceptor;
    struct connection *connections;
    struct connection *dirty;
    struct address_count *addresses; /* connections by IP address */
    struct buf input;                /* of the connection that is being read */
    uv_timer_t timer;
    struct counter counters[6];
    char address[32];
};

/* Opens the listening sockets and loads the certificates. */
MUST_CHECK bool shell_listen(struct shell *shell, struct error *error);
/* Connects to the router and starts accepting. */
void shell_start(struct shell *shell);
/* Certificates and settings anew, without dropping a client. */
void shell_reload(struct shell *shell);
/* Accepts and reads nothing more, ends streams in order (c2sd_drain), then
 * stops the daemon. */
void shell_drain(struct shell *shell);
/* Ends all streams with system-shutdown. */
void shell_stop(struct shell *shell);

#endif
