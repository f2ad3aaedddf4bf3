#include "network.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

bool network_parse(struct str text, struct network *network)
{
    struct str host = str_cut(&text, '/');
    char name[INET6_ADDRSTRLEN];
    uint64_t bits;

    if (host.len == 0 || host.len >= sizeof(name) || !text.p ||
        !str_to_u64(text, &bits))
        return false;
    memcpy(name, host.p, host.len);
    name[host.len] = '\0';
    network->family = memchr(name, ':', host.len) ? AF_INET6 : AF_INET;
    network->bits = (unsigned)bits;
    return bits <= (network->family == AF_INET6 ? 128 : 32) &&
           inet_pton(network->family, name, network->address) == 1;
}

static bool has_bytes(const struct network *network, const void *address)
{
    const unsigned char *bytes = address;
    unsigned whole = network->bits / 8, rest = network->bits % 8;

    return memcmp(network->address, bytes, whole) == 0 &&
           (rest == 0 ||
            (network->address[whole] ^ bytes[whole]) >> (8 - rest) == 0);
}

bool network_has(const struct network *network, const struct sockaddr *address)
{
    const struct in6_addr *v6;

    if (address->sa_family == AF_INET)
        return network->family == AF_INET &&
               has_bytes(network,
                         &((const struct sockaddr_in *)(const void *)address)
                              ->sin_addr);
    if (address->sa_family != AF_INET6)
        return false;
    v6 = &((const struct sockaddr_in6 *)(const void *)address)->sin6_addr;
    if (network->family == AF_INET6)
        return has_bytes(network, v6);
    return IN6_IS_ADDR_V4MAPPED(v6) && has_bytes(network, v6->s6_addr + 12);
}
