/* The router's core: who is bound where, who may, and forwarding by address.
 * Without I/O: bytes of a peer come in, bytes for peers gather in buffers that
 * the shell writes once per loop turn. */
#ifndef POSTHOUSE_ROUTER_H
#define POSTHOUSE_ROUTER_H

#include <sys/types.h>
#include "../common/config/config.h"
#include "../common/link/link.h"

struct router;
struct router_peer;

#define NO_USER ((uid_t)-1)

/* Which user may bind which kind of address. */
struct router_users {
    uid_t of_kind[ADDRESS_INVALID]; /* NO_USER: nobody but by the rules below */
    /* Without a user of its own for the router (all daemons under one caller)
     * the superuser and this one may bind everything. NO_USER otherwise. */
    uid_t developer;
    /* Names the served domains, which are nobody's address, those of the rooms
     * and of the proxy, which are mucd's and proxy65d's, and those of the
     * components. Borrowed; NULL: any domain is a component's. */
    const struct config *config;
};

struct router_options {
    struct router_users users;
    size_t max_peer_buffer; /* bytes waiting for one peer */
    size_t max_peers;
    size_t max_peers_per_user;
    int64_t header_timeout_ms; /* for a peer to say who it is; 0: none */
    int64_t stall_timeout_ms;  /* for a peer that others wait for; 0: none */
};

struct router_counters {
    uint64_t frames_routed;
    uint64_t frames_unbound; /* nobody was there; channels send again */
    uint64_t peers_closed;   /* for a fault */
};

/* The options are copied; `now_ms` is the clock of router_tick. */
struct router *router_new(const struct router_options *options, int64_t now_ms);
/* All peers must have been removed. */
void router_free(struct router *router);
/* What <stats/> tells; they change as frames pass. */
const struct router_counters *router_counters(const struct router *router);
/* Takes other options, for peers and addresses to come. */
void router_set_options(struct router *router,
                        const struct router_options *options);

/* A new connection of a process with this uid (the kernel's word). NULL with
 * the reason when this is no daemon's user, or there are too many. */
MUST_CHECK struct router_peer *router_add_peer(struct router *router, uid_t uid,
                                               const char **refusal);
/* The connection is gone: tells all others which addresses went with it. */
void router_remove_peer(struct router *router, struct router_peer *peer);

/* Bytes came. Uses up whole elements of them and returns how many bytes that
 * were; the shell keeps the rest. Look at router_fault afterwards. */
size_t router_receive(struct router *router, struct router_peer *peer,
                      struct str bytes);
/* Whether to read from this peer: not while most of what waits for a receiver
 * that is half full came from it. What is left of its bytes is to be handed in
 * again once it may. */
bool router_may_read(const struct router_peer *peer);
/* What waits to be written to this peer. */
struct buf *router_output(struct router_peer *peer);
/* All of it is on its way. */
void router_written(struct router *router, struct router_peer *peer);
/* Once a second: closes who does not say its name, or does not read what
 * others wait to send it. */
void router_tick(struct router *router, int64_t now_ms);
/* Why this peer has to be closed, or NULL; any call for any peer may cause it.
 * The shell looks once per turn. */
const char *router_fault(const struct router_peer *peer);
/* Name that the peer gave itself; empty before its stream header. */
const char *router_peer_name(const struct router_peer *peer);

/* Whether this is the uid of any daemon (rules in users.c). */
bool users_may_come(const struct router_users *users, uid_t uid);
/* Whether a process of this uid may bind the address (rules in users.c). */
bool users_may_bind(const struct router_users *users, uid_t uid,
                    struct str address);

#endif
