/* Our own StreamHost: the target of a file reaches us directly, when no
 * firewall is between us (XEP-0065 §5). It knows one key and nobody else. */
#ifndef POSTHOUSE_CLIENT_STREAMHOST_H
#define POSTHOUSE_CLIENT_STREAMHOST_H

#include <stddef.h>

#include "common/socks/socks.h"

struct streamhost;
/* Listens at a port of its own, and looks for addresses of this machine that
 * others may reach: first the one that talks to the server through this socket
 * (-1: none), no link-local ones. NULL when no port is to be had. */
struct streamhost *streamhost_open(const char key[SOCKS_KEY + 1], int server);
/* One of the addresses; NULL behind the last. */
const char *streamhost_address(const struct streamhost *streamhost,
                               size_t index);
/* Where it listens. */
unsigned short streamhost_port(const struct streamhost *streamhost);
/* Lets guests in and answers them; waits for nothing. */
void streamhost_step(struct streamhost *streamhost);
/* The socket of a guest that has asked for the key, non-blocking, the caller's
 * from now on; -1: nobody has. Some targets try all addresses at once and use
 * the first of those that answered, in their order: of several guests it is the
 * one at that. */
int streamhost_take(struct streamhost *streamhost);
/* Closes it, with whoever is there. NULL is allowed. */
void streamhost_free(struct streamhost *streamhost);

#endif
