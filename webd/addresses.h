/* How many connections each address has: one of IPv4, or a network of 64 bits
 * of IPv6, which one customer has as a whole. */
#ifndef POSTHOUSE_WEBD_ADDRESSES_H
#define POSTHOUSE_WEBD_ADDRESSES_H

#include <sys/socket.h>

#include "common/mem/mem.h"

struct address_count;

struct addresses {
    struct address_count *counts;
};

/* One connection more. False, with nothing counted, when there are `most`
 * already (0: no limit). */
MUST_CHECK bool addresses_add(struct addresses *addresses,
                              const struct sockaddr *address, uint64_t most);
/* One less, of those that addresses_add has let in. */
void addresses_remove(struct addresses *addresses,
                      const struct sockaddr *address);

#endif
