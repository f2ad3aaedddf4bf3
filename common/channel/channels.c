#include "internal.h"

#include <stdlib.h>

struct channels *channels_new(const struct channel_events *events, void *ctx,
                              struct buf *out, size_t window_bytes)
{
    struct channels *channels = NEW(struct channels);

    channels->events = *events;
    channels->ctx = ctx;
    channels->out = out;
    channels->window_bytes = window_bytes;
    return channels;
}

static void peer_forget(struct channels *channels, struct peer *peer)
{
    HASH_DEL(channels->peers, peer);
    free(peer->address);
    free(peer->node);
    free(peer);
}

static void channel_free(struct channel *channel)
{
    outbox_clear(&channel->outbox);
    inbox_clear(&channel->inbox);
    free(channel->remote);
    free(channel);
}

/* Takes a local address with its channels out of every list. */
static void local_forget(struct channels *channels, struct local *local)
{
    struct channel *channel, *next;
    struct channel **link = &channels->dirty;

    while (*link) {
        if ((*link)->local == local)
            *link = (*link)->next_dirty;
        else
            link = &(*link)->next_dirty;
    }
    HASH_ITER(hh, local->channels, channel, next)
    {
        HASH_DEL(local->channels, channel);
        channel_free(channel);
    }
    HASH_DEL(channels->locals, local);
    free(local->address);
    free(local);
}

void channels_free(struct channels *channels)
{
    struct local *local, *next_local;
    struct peer *peer, *next_peer;

    if (!channels)
        return;
    HASH_ITER(hh, channels->locals, local, next_local)
    {
        local_forget(channels, local);
    }
    HASH_ITER(hh, channels->peers, peer, next_peer)
    {
        peer_forget(channels, peer);
    }
    free(channels);
}

static struct local *find_local(const struct channels *channels,
                                struct str address)
{
    struct local *local;

    HASH_FIND(hh, channels->locals, address.p, address.len, local);
    return local;
}

static struct peer *find_peer(const struct channels *channels,
                              struct str address)
{
    struct peer *peer;

    HASH_FIND(hh, channels->peers, address.p, address.len, peer);
    return peer;
}

static struct channel *find_channel(const struct local *local,
                                    struct str remote)
{
    struct channel *channel;

    HASH_FIND(hh, local->channels, remote.p, remote.len, channel);
    return channel;
}

void channels_bind(struct channels *channels, struct str address,
                   uint64_t epoch)
{
    struct local *local = find_local(channels, address);

    if (!local) {
        local = NEW(struct local);
        local->address = str_dup_heap(address);
        HASH_ADD_KEYPTR(hh, channels->locals, local->address, address.len,
                        local);
    }
    local->epoch = epoch;
    if (channels->is_linked)
        link_write(channels->out, LINK_BIND, address, STR_NONE, STR_NONE);
}

void channels_unbind(struct channels *channels, struct str address)
{
    struct local *local = find_local(channels, address);

    if (!local)
        return;
    if (channels->is_linked)
        link_write(channels->out, LINK_UNBIND, address, STR_NONE, STR_NONE);
    local_forget(channels, local);
}

static struct channel *channel_new(struct channels *channels,
                                   struct local *local, struct str remote)
{
    struct channel *channel = NEW(struct channel);

    channel->owner = channels;
    channel->local = local;
    channel->remote = str_dup_heap(remote);
    channel->outbox.first_seq = 1;
    HASH_ADD_KEYPTR(hh, local->channels, channel->remote, remote.len, channel);
    return channel;
}

struct channel *channels_get(struct channels *channels, struct str local,
                             struct str remote)
{
    struct local *at = find_local(channels, local);
    struct channel *channel;

    if (!at)
        abort(); /* our own mistake: a channel from an address not bound */
    channel = find_channel(at, remote);
    return channel ? channel : channel_new(channels, at, remote);
}

bool channel_is_open(const struct channel *channel)
{
    return channel->synced && channel->owner->is_linked;
}

bool channels_reach(const struct channels *channels, struct str address)
{
    const struct peer *peer = find_peer(channels, address);

    return peer && !peer->stale;
}

/* --- the link and the peers behind it ------------------------------------ */

/* Every channel to `remote` (absent: to anybody) has to say hello again. */
static void cut(struct channels *channels, struct str remote)
{
    struct local *local, *next_local;
    struct channel *channel, *next;

    HASH_ITER(hh, channels->locals, local, next_local)
    {
        HASH_ITER(hh, local->channels, channel, next)
        {
            if (remote.p && !str_is(remote, channel->remote))
                continue;
            channel->hello_sent = false;
            channel->synced = false;
            channel->was_down |= remote.p != NULL;
            channel->asked = false;
        }
    }
}

void channels_link_up(struct channels *channels, struct str node)
{
    struct local *local, *next;

    channels->is_linked = true;
    link_write(channels->out, LINK_STREAM, STR_NONE, node, STR_NONE);
    HASH_ITER(hh, channels->locals, local, next)
    {
        link_write(channels->out, LINK_BIND, str_of(local->address), STR_NONE,
                   STR_NONE);
    }
}

void channels_link_down(struct channels *channels)
{
    struct peer *peer, *next;

    channels->is_linked = false;
    HASH_ITER(hh, channels->peers, peer, next)
    {
        peer->stale = true;
    }
    cut(channels, STR_NONE);
}

static void peer_down(struct channels *channels, struct peer *peer)
{
    struct str address = str_dup(str_of(peer->address));

    cut(channels, address);
    peer_forget(channels, peer);
    if (channels->events.on_down)
        channels->events.on_down(channels->ctx, address);
    free((char *)address.p);
}

void channels_settle(struct channels *channels)
{
    struct peer *peer, *next;

    if (!channels->is_linked)
        return;
    HASH_ITER(hh, channels->peers, peer, next)
    {
        if (peer->stale)
            peer_down(channels, peer);
    }
}

static void say_hello(struct channels *channels, struct str remote)
{
    struct local *local, *next;

    HASH_ITER(hh, channels->locals, local, next)
    {
        struct channel *channel = find_channel(local, remote);

        if (channel && !channel->hello_sent)
            channel_send_hello(channel);
    }
}

static void take_up(struct channels *channels, const struct link_item *item)
{
    struct peer *peer = find_peer(channels, item->address);
    bool is_new = !peer;

    if (is_new) {
        peer = NEW(struct peer);
        peer->address = str_dup_heap(item->address);
        HASH_ADD_KEYPTR(hh, channels->peers, peer->address, item->address.len,
                        peer);
    }
    free(peer->node);
    peer->node = str_dup_heap(item->node);
    peer->stale = false;
    say_hello(channels, item->address);
    if (is_new && channels->events.on_up)
        channels->events.on_up(channels->ctx, item->address, item->node);
}

static void take_down(struct channels *channels, struct str address)
{
    struct peer *peer = find_peer(channels, address);

    if (peer)
        peer_down(channels, peer);
}

static void take_frame(struct channels *channels, const struct frame *frame)
{
    struct local *local = find_local(channels, frame->to);
    struct channel *channel;

    if (!local)
        return; /* sent before this address was given up */
    if (!frame->seq && !frame->hello.p && frame->body.len) {
        if (channels->events.on_datagram)
            channels->events.on_datagram(channels->ctx, frame);
        return;
    }
    channel = find_channel(local, frame->from);
    if (frame->hello.p) {
        if (!channel)
            channel = channel_new(channels, local, frame->from);
        channel_take_hello(channel, frame);
    }
    if (!channel || !channel->synced)
        return; /* of a connection that is gone */
    if (frame->ack || frame->done.p)
        channel_take_ack(channel, frame->ack, frame->done);
    if (frame->seq)
        channel_take_frame(channel, frame);
}

void channels_receive(struct channels *channels, const struct link_item *item)
{
    switch (item->verb) {
    case LINK_UP:
        take_up(channels, item);
        break;
    case LINK_DOWN:
        take_down(channels, item->address);
        break;
    case LINK_ROUTE:
        take_frame(channels, &item->frame);
        break;
    case LINK_BOUND:
        if (channels->events.on_bound)
            channels->events.on_bound(channels->ctx, item->address);
        break;
    default:
        break; /* the shell's matter: stream, refused */
    }
}

/* --- what leaves without a frame ----------------------------------------- */

void channels_send_datagram(struct channels *channels, struct str local,
                            struct str remote, const struct frame *frame)
{
    struct frame sent = {.to = remote,
                         .from = local,
                         .sid = frame->sid,
                         .n = frame->n,
                         .origin = frame->origin,
                         .body = frame->body};

    if (channels->is_linked)
        link_write_frame(channels->out, &sent);
}

static void write_ack(struct channel *channel)
{
    struct buf early = {0};
    struct frame frame = {
        .to = str_of(channel->remote),
        .from = str_of(channel->local->address),
        .ack = channel->inbox.discharged,
    };

    inbox_write_early(&channel->inbox, &early);
    frame.done = buf_view(&early);
    if (frame.ack || frame.done.len)
        link_write_frame(channel->owner->out, &frame);
    buf_clear(&early);
}

void channels_flush_acks(struct channels *channels)
{
    while (channels->dirty) {
        struct channel *channel = channels->dirty;

        channels->dirty = channel->next_dirty;
        channel->next_dirty = NULL;
        /* Without is_dirty a frame has carried it in the meantime. */
        if (channel->is_dirty && channel_is_open(channel))
            write_ack(channel);
        channel->is_dirty = false;
        channel->is_listed = false;
    }
}

bool channels_owe_acks(const struct channels *channels)
{
    return channels->dirty != NULL;
}

/* --- questions ------------------------------------------------------------ */

struct str channel_local(const struct channel *channel)
{
    return str_of(channel->local->address);
}

struct str channel_remote(const struct channel *channel)
{
    return str_of(channel->remote);
}

uint64_t channel_peer_epoch(const struct channel *channel)
{
    return channel->peer_epoch;
}

bool channels_is_up(const struct channels *channels, struct str address)
{
    return find_peer(channels, address) != NULL;
}

bool channels_are_synced(const struct channels *channels, struct str address)
{
    const struct local *local, *next;
    const struct channel *channel;

    HASH_ITER(hh, channels->locals, local, next)
    {
        channel = find_channel(local, address);
        if (channel && !channel->synced)
            return false;
    }
    return true;
}

void channels_each_up(const struct channels *channels,
                      void (*visit)(void *ctx, struct str address,
                                    struct str node),
                      void *ctx)
{
    struct peer *peer, *next;

    HASH_ITER(hh, channels->peers, peer, next)
    {
        visit(ctx, str_of(peer->address), str_of(peer->node));
    }
}
