#include "caller.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NETWORK_BYTES 8u /* of an IPv6 address */

/* The address itself, or the network of one of IPv6. */
static void write_network(char into[64], const char *peer)
{
    struct in6_addr address;

    (void)snprintf(into, 64, "%s", peer);
    if (inet_pton(AF_INET6, peer, &address) != 1 ||
        IN6_IS_ADDR_V4MAPPED(&address))
        return;
    memset(address.s6_addr + NETWORK_BYTES, 0,
           sizeof(address.s6_addr) - NETWORK_BYTES);
    (void)inet_ntop(AF_INET6, &address, into, 64);
}

static struct caller *find(const struct s2sd *s2sd, const char *network)
{
    struct caller *caller;

    HASH_FIND_STR(s2sd->callers, network, caller);
    return caller;
}

struct caller *caller_enter(struct s2sd *s2sd, const char *peer)
{
    char network[64];
    struct caller *caller;

    write_network(network, peer);
    caller = find(s2sd, network);
    if (!caller) {
        caller = NEW(struct caller);
        memcpy(caller->network, network, sizeof(network));
        HASH_ADD_STR(s2sd->callers, network, caller);
    }
    caller->streams++;
    return caller;
}

void caller_leave(struct s2sd *s2sd, struct caller *caller)
{
    if (--caller->streams > 0)
        return;
    HASH_DEL(s2sd->callers, caller);
    free(caller);
}

unsigned caller_streams(const struct s2sd *s2sd, const char *peer)
{
    char network[64];
    const struct caller *caller;

    write_network(network, peer);
    caller = find(s2sd, network);
    return caller ? caller->streams : 0;
}

bool caller_may_claim(const struct s2sd *s2sd, struct caller *caller)
{
    int64_t most = config_int(s2sd->config, "s2sd.max-claims");
    int64_t rate = config_int(s2sd->config, "s2sd.claim-rate");
    int64_t second = s2sd->now_ms / 1000;

    if (caller->claim_second != second) {
        caller->claim_second = second;
        caller->claim_count = 0;
    }
    if ((most && caller->claims >= (uint64_t)most) ||
        (rate && caller->claim_count >= (uint64_t)rate))
        return false;
    caller->claims++;
    caller->claim_count++;
    return true;
}
