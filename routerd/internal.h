/* What the files of the router's core share. */
#ifndef POSTHOUSE_ROUTERD_INTERNAL_H
#define POSTHOUSE_ROUTERD_INTERNAL_H

#include "common/mem/hash.h"

#include "flow.h"
#include "router.h"

struct binding {
    char *address;
    struct router_peer *peer;
    UT_hash_handle hh; /* in router->bindings */
};

struct router_peer {
    uid_t uid;
    char *name; /* NULL before the stream header */
    const char *fault;
    struct buf out;
    struct flows flows; /* of those who sent what is in `out` */
    const struct router_peer *waits_for;
    int64_t since_ms;
    bool is_awaited;    /* others wait for it to read */
    int64_t awaited_ms; /* since when */
    size_t binding_count;
    struct router_peer *previous, *next;
};

struct router {
    struct router_options options;
    struct router_counters counters;
    struct binding *bindings;
    struct router_peer *peers;
    size_t peer_count;
    int64_t now_ms;
};

/* Marks the peer as to be closed, once. */
void router_fail(struct router *router, struct router_peer *peer,
                 const char *fault);

#endif
