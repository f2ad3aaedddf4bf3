/* proxy65d's shell: sockets and the link around streams and service. */
#ifndef POSTHOUSE_PROXY65D_SHELL_H
#define POSTHOUSE_PROXY65D_SHELL_H

#include "common/daemon/daemon.h"
#include "common/listen/acceptor.h"
#include "common/node/node.h"
#include "pending.h"
#include "service.h"

struct connection;
struct relay;
struct handover;
struct udp_socket;

struct proxy {
    struct daemon daemon;
    struct node *node;
    struct service service;
    struct quota quota;
    struct streams streams;
    struct associations associations;
    struct pending pending;
    struct acceptor acceptor;
    struct udp_socket *udp_sockets;
    size_t udp_count;
    bool allows_udp; /* as the configuration said at the start */
    struct handover *handover;
    struct connection *connections; /* that wait for their activation */
    struct relay *relays;
    uv_timer_t tick;
    struct counter counters[8];
    uint64_t now_ms;
    uint64_t waiting, refused_accepts;
};

/* Opens the listening sockets of proxy65d.listen and proxy65d.port, for UDP
 * too when proxy65d.udp says so. False with the reason. */
MUST_CHECK bool shell_listen(struct proxy *proxy, struct error *error);
/* Connects to the router and starts accepting. False with the reason. */
MUST_CHECK bool shell_start(struct proxy *proxy, struct error *error);
/* Takes over what the new configuration says of limits and access. */
void shell_reload(struct proxy *proxy);
/* Ends every stream; the loop must run once more. */
void shell_stop(struct proxy *proxy);
/* Frees what is left when the loop has ended. */
void shell_clear(struct proxy *proxy);
/* The time, read from the clock once per event. */
uint64_t shell_now(struct proxy *proxy);

#endif
