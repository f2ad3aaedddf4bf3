#include "pressure.h"

void pressure_weigh(struct router *router, struct router_peer *sender,
                    struct router_peer *receiver, size_t bytes)
{
    size_t share = flows_add(&receiver->flows, sender, bytes);
    size_t waiting = buf_len(&receiver->out);

    if (waiting <= router->options.max_peer_buffer / 2 || share <= waiting / 2)
        return;
    sender->waits_for = receiver;
    if (receiver->is_awaited)
        return;
    receiver->is_awaited = true;
    receiver->awaited_ms = router->now_ms;
}

void pressure_release(struct router *router, struct router_peer *awaited)
{
    if (!awaited->is_awaited)
        return;
    awaited->is_awaited = false;
    for (struct router_peer *peer = router->peers; peer; peer = peer->next)
        if (peer->waits_for == awaited)
            peer->waits_for = NULL;
}

void router_written(struct router *router, struct router_peer *peer)
{
    flows_reset(&peer->flows);
    pressure_release(router, peer);
}

bool router_may_read(const struct router_peer *peer)
{
    return !peer->waits_for;
}

static bool is_over(int64_t since_ms, int64_t timeout_ms, int64_t now_ms)
{
    return timeout_ms && now_ms - since_ms > timeout_ms;
}

void router_tick(struct router *router, int64_t now_ms)
{
    const struct router_options *options = &router->options;

    router->now_ms = now_ms;
    for (struct router_peer *peer = router->peers; peer; peer = peer->next) {
        if (!peer->name &&
            is_over(peer->since_ms, options->header_timeout_ms, now_ms))
            router_fail(router, peer, "no-stream-header");
        if (peer->is_awaited &&
            is_over(peer->awaited_ms, options->stall_timeout_ms, now_ms))
            router_fail(router, peer, "not-reading");
    }
}
