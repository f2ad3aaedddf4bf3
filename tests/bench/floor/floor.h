/* What the least costs with which a figure of `make bench` could be reached:
 * the same steps by themselves, with no suite around them. Each line is CPU
 * time of the serving side alone, the driving side's is not in it. */
#ifndef POSTHOUSE_FLOOR_H
#define POSTHOUSE_FLOOR_H

#include <sys/types.h>

#include "common/mem/mem.h"
#include "common/tls/tls.h"

/* A process of its own, and what it has used up so far. */
struct floor_server {
    pid_t pid;
    int fd; /* its listening socket on loopback */
    unsigned port;
};

/* Both sides of TLS. */
struct floor_tls {
    struct tls_server *server, *client;
};

/* handshake.c: µs of one TLS handshake with common/tls on an epoll loop, from
 * accept to close. */
void floor_handshake(const struct floor_tls *tls);

/* hops.c: µs of one message that comes alone and passes five wake-ups: TLS, two
 * relays, and back. False when one was lost. */
MUST_CHECK bool floor_hops(const struct floor_tls *tls);

/* rows.c: µs of PostgreSQL alone for the statements of a login, of a message
 * that is stored, and of one that is fetched. False when one was refused. */
MUST_CHECK bool floor_rows(void);

/* support.c: CPU µs of a process up to now; 0: there is no such process. */
double floor_cpu_us(pid_t pid);
/* A listening socket on a free port of loopback; ends the program on failure.
 */
void floor_listen(struct floor_server *server);
/* A connection to it, non-blocking and without Nagle's delay. */
int floor_connect(const struct floor_server *server);
/* Accepts one, as above; -1: none waits. */
int floor_accept(const struct floor_server *server);
/* Adds a descriptor to an epoll, to be told when it is readable. */
void floor_watch(int epoll, int fd, void *data);
/* Says what went wrong and ends the program. */
_Noreturn void floor_fail(const char *what);
/* Ends a server's process and takes it away. */
void floor_stop(pid_t pid);

#endif
