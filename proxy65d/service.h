/* The XMPP side of the proxy (XEP-0065 §4 and §6.3.5), without I/O: discovery,
 * its network address, and activation. */
#ifndef POSTHOUSE_SERVICE_H
#define POSTHOUSE_SERVICE_H

#include "common/config/config.h"
#include "common/jid/jid.h"
#include "common/link/link.h"
#include "common/stanza/stanza.h"
#include "streams.h"
#include "udp.h"

struct service_effects {
    /* Sends a canonical stanza from the proxy's domain to an address of the
     * link ("sm/17", a domain, "s2s/0", "proxy/1"). */
    void (*send)(void *ctx, struct str domain, struct str address,
                 struct str body);
    bool (*is_up)(void *ctx, struct str address);
};

struct service {
    const struct config *config;
    struct streams *streams;
    struct associations *associations; /* of UDP mode */
    const struct service_effects *effects;
    void *ctx;
    unsigned instance, of;
    uint64_t now_ms; /* told by the shell */
    struct xml_parser *parser;
    struct arena arena;
    struct buf out;
    uint64_t bad_frames;
};

/* Readies a struct whose config, streams, associations and effects are set. */
void service_init(struct service *service);
/* Frees what service_init has made. */
void service_clear(struct service *service);
/* A frame's content came from `remote` for an address of this process. Bad ones
 * cost one line of the log. */
void service_receive(struct service *service, struct str local,
                     struct str remote, struct str body);
/* Whether users of a domain may use the proxy: the suite's own by
 * proxy65d.local, others by proxy65d.access. */
bool service_may_use(const struct service *service, struct str domain);
/* The host of a UDP initialization packet is told that it came (§8.3.2). */
void service_tell_udp_success(struct service *service, struct str domain,
                              const struct jid *to, const char *key);

#endif
