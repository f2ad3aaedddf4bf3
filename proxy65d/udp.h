/* UDP associations (RFC 1928 §7, XEP-0065 §8), without I/O: two endpoints that
 * have proved themselves by a TCP connection of the same host and by an
 * initialization packet; nothing of anybody else is relayed. */
#ifndef POSTHOUSE_UDP_H
#define POSTHOUSE_UDP_H

#include <netinet/in.h>
#include <sys/socket.h>

#include "streams.h"

#define UDP_MAX_PAYLOAD   65507u
#define UDP_REASSEMBLY_MS 5000u /* RFC 1928 §7: no less than 5 seconds */

/* One datagram as a client sends it. Slices are borrowed from it. */
struct udp_packet {
    unsigned fragment; /* 0: stands alone; 1-127: position */
    bool is_last;      /* of its fragments */
    char key[SOCKS_KEY + 1];
    uint16_t port; /* 1: initialization */
    struct str data;
};
/* False when it is not one for this proxy. */
MUST_CHECK bool udp_parse(struct udp_packet *packet, struct str bytes);

/* The queue of fragments of one endpoint (RFC 1928 §7). */
struct udp_queue {
    unsigned highest; /* FRAG seen; 0: nothing is queued */
    uint64_t started_ms;
    bool is_broken; /* one was missing: nothing counts until FRAG 1 */
    struct buf bytes;
};
/* Takes a fragment, or a datagram that stands alone. True when *whole is a
 * complete payload, borrowed until the next call. Fragments come in order; a
 * lower number or the timer abandons what was queued. */
MUST_CHECK bool udp_queue_take(struct udp_queue *queue,
                               const struct udp_packet *packet, uint64_t now_ms,
                               struct str *whole);

struct udp_side {
    void *connection; /* of TCP; NULL: not there */
    char host[64];    /* its address */
    char *jid;        /* told by the initialization; NULL before */
    struct sockaddr_storage endpoint;
    struct udp_queue queue;
};

struct association {
    char key[SOCKS_KEY + 1];
    struct udp_side sides[2];
    bool is_active;
    char *sid, *initiator, *target;
    struct quota_user *user; /* NULL before the activation */
    uint64_t activated_ms, moved_ms, bytes, dropped;
    UT_hash_handle hh;
};

struct associations {
    struct association *by_key;
    struct quota *quota;
    /* Whether a JID may use the proxy: an initialization packet names one, and
     * the proxy writes to no other. */
    bool (*may_use)(void *ctx, struct str jid);
    void *ctx;
    uint64_t transfers, datagrams, dropped;
};

/* A TCP connection of `host` asked for this key. NULL when two have. */
MUST_CHECK struct association *associations_join(struct associations *all,
                                                 const char *key, void *side,
                                                 const char *host);
/* A TCP connection has gone: the association ends with it (RFC 1928 §6). True
 * when the other side's connection, now in *other, is to be closed too. */
MUST_CHECK bool associations_leave(struct associations *all,
                                   struct association *association,
                                   const void *side, void **other,
                                   uint64_t now_ms);
/* Whether an association of this key is here. */
bool associations_know(const struct associations *all, const char *key);
/* As streams_activate, for an association. */
MUST_CHECK enum streams_result
associations_activate(struct associations *all, struct str sid,
                      struct str initiator, struct str bare, struct str target,
                      uint64_t now_ms);

enum udp_verdict {
    UDP_DROP,
    UDP_INITIALIZED, /* tell *jid, once */
    UDP_RELAY        /* send *payload to *to */
};
/* A datagram came. host: where from, as text; from: with its port. */
enum udp_verdict
associations_receive(struct associations *all, struct str bytes,
                     const char *host, const struct sockaddr_storage *from,
                     uint64_t now_ms, const char **jid, struct str *payload,
                     struct sockaddr_storage *to, char key[SOCKS_KEY + 1]);

#endif
