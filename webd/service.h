/* The XMPP side of webd (XEP-0363), without I/O: discovery and slots. */
#ifndef POSTHOUSE_WEBD_SERVICE_H
#define POSTHOUSE_WEBD_SERVICE_H

#include "common/config/config.h"
#include "common/jid/jid.h"
#include "common/link/link.h"
#include "common/stanza/stanza.h"
#include "ledger.h"

struct service_effects {
    /* Sends a canonical stanza from one of the service's domains to an address
     * of the link. */
    void (*send)(void *ctx, struct str domain, struct str address,
                 struct str body);
};

struct service {
    const struct config *config;
    struct ledger *ledger;
    struct str key; /* of the tokens of slots */
    int64_t now_s;  /* Unix time, told by the shell */
    const struct service_effects *effects;
    void *ctx;
    struct xml_parser *parser;
    struct arena arena;
    struct buf out;
    uint64_t bad_frames, slots, refused;
};

/* Readies a struct whose config, ledger, key and effects are set. */
void service_init(struct service *service);
/* Frees what service_init has made. */
void service_clear(struct service *service);
/* A frame's content came from `remote`. Bad ones cost one line of the log. */
void service_receive(struct service *service, struct str remote,
                     struct str body);

#endif
