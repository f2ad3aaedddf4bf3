/* DNS through c-ares on the loop: where a domain's server is (RFC 6120 §3.2,
 * XEP-0368), and addresses of hosts. */
#ifndef POSTHOUSE_S2SD_RESOLVER_H
#define POSTHOUSE_S2SD_RESOLVER_H

#include <sys/socket.h>
#include <uv.h>

#include "common/mem/mem.h"

#define RESOLVER_PLACES    32u /* records of a domain that are looked at */
#define RESOLVER_ADDRESSES 16u /* of a host */

struct resolver;

/* One way to a server: an SRV record, or the domain itself. */
struct place {
    char host[256];
    uint16_t port;
    uint16_t priority, weight;
    bool is_direct_tls;
};
struct address {
    struct sockaddr_storage name;
    socklen_t length;
};

/* name_servers: "ADDRESS[:PORT],…"; "": those of /etc/resolv.conf. NULL on
 * failure. */
struct resolver *resolver_new(uv_loop_t *loop, const char *name_servers,
                              struct error *error);
/* Questions under way are answered with nothing. Run the loop once more. */
void resolver_free(struct resolver *resolver);

/* Where the servers of a domain are, in the order to be tried: by priority, by
 * weight at random among equals. Without records it is the domain at port 5269.
 * has_none: the domain says that it has no server (RFC 2782's "."). Borrowed
 * for the call. */
typedef void places_answer(void *ctx, const struct place *places, size_t count,
                           bool has_none);
void resolver_places(struct resolver *resolver, struct str domain,
                     places_answer *answer, void *ctx);
/* Addresses of a host, IPv6 and IPv4 in turn (RFC 8305 §4); none: `why`. */
typedef void addresses_answer(void *ctx, const struct address *addresses,
                              size_t count, const char *why);
void resolver_addresses(struct resolver *resolver, const char *host,
                        uint16_t port, addresses_answer *answer, void *ctx);
/* Puts places in the order to be tried; `random` gives numbers for the weights.
 */
void resolver_order(struct place *places, size_t count,
                    uint32_t (*random)(void));

#endif
