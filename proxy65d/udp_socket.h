/* The sockets of UDP mode. */
#ifndef POSTHOUSE_UDP_SOCKET_H
#define POSTHOUSE_UDP_SOCKET_H

#include "shell.h"

/* Opens one for each address of proxy65d.listen, at the same port as TCP's. */
MUST_CHECK bool udp_sockets_open(struct proxy *proxy, struct error *error);
/* Starts receiving. */
void udp_sockets_start(struct proxy *proxy);
/* Closes them. */
void udp_sockets_stop(struct proxy *proxy);
/* Ends associations that have been silent for too long. */
void udp_expire(struct proxy *proxy);

#endif
