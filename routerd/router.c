#include "router.h"

#include <stdlib.h>

#include "../common/link/stats.h"
#include "pressure.h"

/* A daemon binds its shards or its domains; more is a mistake or an attack. */
#define MAX_BINDINGS 4096u
/* No stream header is longer. */
#define MAX_UNNAMED 1024u

struct router *router_new(const struct router_options *options, int64_t now_ms)
{
    struct router *router = NEW(struct router);

    router->options = *options;
    router->now_ms = now_ms;
    return router;
}

void router_free(struct router *router)
{
    free(router);
}

const struct router_counters *router_counters(const struct router *router)
{
    return &router->counters;
}

void router_set_options(struct router *router,
                        const struct router_options *options)
{
    router->options = *options;
}

static size_t count_peers(const struct router *router, uid_t uid)
{
    size_t count = 0;

    for (const struct router_peer *peer = router->peers; peer;
         peer = peer->next)
        count += peer->uid == uid;
    return count;
}

/* Why another connection of this user is not let in, or NULL. */
static const char *refusal_of(const struct router *router, uid_t uid)
{
    if (!users_may_come(&router->options.users, uid))
        return "not-a-daemon";
    if (router->peer_count >= router->options.max_peers)
        return "too-many";
    if (count_peers(router, uid) >= router->options.max_peers_per_user)
        return "too-many-of-this-user";
    return NULL;
}

struct router_peer *router_add_peer(struct router *router, uid_t uid,
                                    const char **refusal)
{
    struct router_peer *peer;

    *refusal = refusal_of(router, uid);
    if (*refusal)
        return NULL;
    peer = NEW(struct router_peer);
    peer->uid = uid;
    peer->since_ms = router->now_ms;
    peer->next = router->peers;
    if (peer->next)
        peer->next->previous = peer;
    router->peers = peer;
    router->peer_count++;
    return peer;
}

void router_fail(struct router *router, struct router_peer *peer,
                 const char *fault)
{
    if (peer->fault)
        return;
    peer->fault = fault;
    router->counters.peers_closed++;
}

/* The last resort, when no single sender is to blame. The peer comes back and
 * its channels send again. */
static void check_output(struct router *router, struct router_peer *peer)
{
    if (buf_len(&peer->out) > router->options.max_peer_buffer)
        router_fail(router, peer, "buffer-full");
}

static void tell(struct router *router, struct router_peer *peer,
                 enum link_verb verb, struct str address, struct str node)
{
    link_write(&peer->out, verb, address, node, STR_NONE);
    check_output(router, peer);
}

static void tell_all(struct router *router, enum link_verb verb,
                     struct str address, struct str node)
{
    for (struct router_peer *peer = router->peers; peer; peer = peer->next) {
        if (peer->name && !peer->fault)
            tell(router, peer, verb, address, node);
    }
}

static struct binding *find_binding(const struct router *router,
                                    struct str address)
{
    struct binding *binding;

    HASH_FIND(hh, router->bindings, address.p, address.len, binding);
    return binding;
}

static void drop_binding(struct router *router, struct binding *binding)
{
    HASH_DEL(router->bindings, binding);
    binding->peer->binding_count--;
    tell_all(router, LINK_DOWN, str_of(binding->address), STR_NONE);
    free(binding->address);
    free(binding);
}

void router_remove_peer(struct router *router, struct router_peer *peer)
{
    struct binding *binding, *next;

    pressure_release(router, peer);
    for (struct router_peer *other = router->peers; other; other = other->next)
        flows_forget(&other->flows, peer);
    if (!peer->fault)
        peer->fault = "gone"; /* it is told nothing any more */
    HASH_ITER(hh, router->bindings, binding, next)
    {
        if (binding->peer == peer)
            drop_binding(router, binding);
    }
    if (peer->next)
        peer->next->previous = peer->previous;
    if (peer->previous)
        peer->previous->next = peer->next;
    else
        router->peers = peer->next;
    router->peer_count--;
    buf_clear(&peer->out);
    flows_clear(&peer->flows);
    free(peer->name);
    free(peer);
}

static void take_stream(struct router *router, struct router_peer *peer,
                        struct str node)
{
    struct binding *binding, *next;

    if (peer->name || node.len == 0) {
        router_fail(router, peer, "bad-stream-header");
        return;
    }
    peer->name = str_dup_heap(node);
    HASH_ITER(hh, router->bindings, binding, next)
    {
        tell(router, peer, LINK_UP, str_of(binding->address),
             str_of(binding->peer->name));
    }
}

static void refuse(struct router_peer *peer, struct str address,
                   const char *reason)
{
    link_write(&peer->out, LINK_REFUSED, address, STR_NONE, str_of(reason));
}

static void take_bind(struct router *router, struct router_peer *peer,
                      struct str address)
{
    struct binding *binding = find_binding(router, address);

    if (!users_may_bind(&router->options.users, peer->uid, address)) {
        refuse(peer, address, "not-allowed");
        return;
    }
    if (peer->binding_count >= MAX_BINDINGS) {
        refuse(peer, address, "too-many");
        return;
    }
    /* A daemon that was started again may come before the end of its
     * predecessor's connection does: the youngest is the living one. */
    if (binding) {
        if (binding->peer != peer)
            router_fail(router, binding->peer, "replaced");
        drop_binding(router, binding);
    }
    binding = NEW(struct binding);
    binding->address = str_dup_heap(address);
    binding->peer = peer;
    peer->binding_count++;
    HASH_ADD_KEYPTR(hh, router->bindings, binding->address, address.len,
                    binding);
    tell(router, peer, LINK_BOUND, address, STR_NONE);
    tell_all(router, LINK_UP, address, str_of(peer->name));
}

static void take_unbind(struct router *router, struct router_peer *peer,
                        struct str address)
{
    struct binding *binding = find_binding(router, address);

    if (binding && binding->peer == peer)
        drop_binding(router, binding);
}

static void answer(struct router *router, struct router_peer *peer,
                   const struct link_item *item)
{
    const struct router_counters *counters = &router->counters;
    const uint64_t peers = router->peer_count;
    const struct counter list[] = {
        {"frames-routed", &counters->frames_routed},
        {"frames-unbound", &counters->frames_unbound},
        {"peers-closed", &counters->peers_closed},
        {"peers", &peers},
    };

    if (!stats_is_question(item))
        return;
    stats_answer(&peer->out, ROUTER_NODE, list, COUNT_OF(list), &item->frame);
    check_output(router, peer);
}

static void forward(struct router *router, struct router_peer *peer,
                    const struct link_item *item)
{
    const struct binding *from = find_binding(router, item->frame.from);
    const struct binding *to;

    if (!from || from->peer != peer) {
        router_fail(router, peer, "foreign-sender");
        return;
    }
    if (str_is(item->frame.to, ROUTER_ADDRESS)) {
        answer(router, peer, item);
        return;
    }
    to = find_binding(router, item->frame.to);
    if (!to || to->peer->fault) {
        router->counters.frames_unbound++;
        return;
    }
    buf_add(&to->peer->out, item->raw);
    router->counters.frames_routed++;
    pressure_weigh(router, peer, to->peer, item->raw.len);
    check_output(router, to->peer);
}

static void take_item(struct router *router, struct router_peer *peer,
                      const struct link_item *item)
{
    if (!peer->name && item->verb != LINK_STREAM) {
        router_fail(router, peer, "no-stream-header");
        return;
    }
    switch (item->verb) {
    case LINK_ROUTE:
        forward(router, peer, item);
        break;
    case LINK_STREAM:
        take_stream(router, peer, item->node);
        break;
    case LINK_BIND:
        take_bind(router, peer, item->address);
        break;
    case LINK_UNBIND:
        take_unbind(router, peer, item->address);
        break;
    default:
        router_fail(router, peer, "not-a-daemons-word");
        break;
    }
    check_output(router, peer);
}

size_t router_receive(struct router *router, struct router_peer *peer,
                      struct str bytes)
{
    size_t all = bytes.len;
    struct link_item item;
    size_t used;

    while (!peer->fault && !peer->waits_for && bytes.len > 0) {
        enum link_result result = link_scan(bytes, &item, &used);

        if (result == LINK_MORE) {
            if (!peer->name && bytes.len > MAX_UNNAMED)
                router_fail(router, peer, "no-stream-header");
            break;
        }
        if (result == LINK_BAD) {
            router_fail(router, peer, "not-the-link");
            break;
        }
        take_item(router, peer, &item);
        bytes.p += used;
        bytes.len -= used;
    }
    return all - bytes.len;
}

struct buf *router_output(struct router_peer *peer)
{
    return &peer->out;
}

const char *router_fault(const struct router_peer *peer)
{
    return peer->fault;
}

const char *router_peer_name(const struct router_peer *peer)
{
    return peer->name ? peer->name : "";
}
