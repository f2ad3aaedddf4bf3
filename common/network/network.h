/* Networks by address and length, "192.0.2.0/24" or "2001:db8::/32". */
#ifndef POSTHOUSE_NETWORK_H
#define POSTHOUSE_NETWORK_H

#include <sys/socket.h>

#include "../mem/mem.h"

struct network {
    int family; /* AF_INET, AF_INET6 */
    unsigned bits;
    unsigned char address[16]; /* 4 of them for AF_INET */
};

/* Reads one; bits of the address behind its length count for nothing. False: it
 * is none. */
MUST_CHECK bool network_parse(struct str text, struct network *network);
/* Whether an address is in it. An IPv4 address mapped into IPv6 is one of IPv6,
 * and one of IPv4. */
bool network_has(const struct network *network, const struct sockaddr *address);

#endif
