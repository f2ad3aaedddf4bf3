#include "internal.h"

#include <stdlib.h>

#define FIRST_CAP 16u

static struct kept **slot(struct outbox *outbox, uint64_t seq)
{
    size_t offset = (size_t)(seq - outbox->first_seq);

    return &outbox->ring[(outbox->head + offset) & (outbox->cap - 1)];
}

static size_t kept_size(const struct kept *kept)
{
    return sizeof(*kept) + kept->origin_len + kept->body_len;
}

static void grow(struct outbox *outbox)
{
    size_t cap = outbox->cap ? outbox->cap * 2 : FIRST_CAP;
    struct kept **ring = mem_alloc(cap * sizeof(struct kept *));

    for (size_t i = 0; i < outbox->count; i++)
        ring[i] = outbox->ring[(outbox->head + i) & (outbox->cap - 1)];
    free(outbox->ring);
    outbox->ring = ring;
    outbox->cap = cap;
    outbox->head = 0;
}

static struct kept *keep(const struct frame *frame, void *cookie)
{
    struct kept *kept =
        mem_alloc(sizeof(*kept) + frame->origin.len + frame->body.len);

    kept->cookie = cookie;
    kept->sid = frame->sid;
    kept->n = frame->n;
    kept->origin_len = frame->origin.len;
    kept->body_len = frame->body.len;
    if (frame->origin.len)
        memcpy(kept->bytes, frame->origin.p, frame->origin.len);
    if (frame->body.len)
        memcpy(kept->bytes + frame->origin.len, frame->body.p,
               frame->body.len);
    return kept;
}

static struct frame frame_of(const struct channel *channel, uint64_t seq,
                             const struct kept *kept)
{
    return (struct frame){
        .to = str_of(channel->remote),
        .from = str_of(channel->local->address),
        .sid = kept->sid,
        .seq = seq,
        .low = channel->outbox.first_seq,
        .n = kept->n,
        .origin = {kept->bytes, kept->origin_len},
        .body = {kept->bytes + kept->origin_len, kept->body_len},
    };
}

/* A new frame carries the acknowledgements owed at its time. */
static void write_kept(struct channel *channel, uint64_t seq,
                       const struct kept *kept)
{
    struct buf early = {0};
    struct frame frame = frame_of(channel, seq, kept);

    frame.ack = channel->inbox.discharged;
    inbox_write_early(&channel->inbox, &early);
    frame.done = buf_view(&early);
    link_write_frame(channel->owner->out, &frame);
    channel->is_dirty = false; /* this frame has carried what was owed */
    buf_clear(&early);
}

uint64_t channel_send(struct channel *channel, const struct frame *frame,
                      void *cookie)
{
    struct outbox *outbox = &channel->outbox;
    uint64_t seq = outbox->first_seq + outbox->count;
    struct kept *kept = keep(frame, cookie);

    if (outbox->count == outbox->cap)
        grow(outbox);
    outbox->count++;
    *slot(outbox, seq) = kept;
    outbox->bytes += kept_size(kept);
    outbox->frames++;
    if (outbox->bytes > channel->owner->window_bytes)
        outbox->was_full = true;
    if (channel_is_open(channel))
        write_kept(channel, seq, kept);
    else if (!channel->hello_sent)
        channel_send_hello(channel);
    return seq;
}

/* Without acknowledgements: they are of what came after this frame was sent
 * first. The end of a session must not come behind the word that a stanza which
 * came too late for it is done with. */
void channel_resend(struct channel *channel, uint64_t received)
{
    /* To a new peer a frame that its predecessor discharged early goes empty, so
     * that its numbers have no gap. */
    static const struct kept discharged = {0};
    struct outbox *outbox = &channel->outbox;
    uint64_t end = outbox->first_seq + outbox->count;
    uint64_t seq = outbox->first_seq;

    if (seq <= received)
        seq = received + 1;
    for (; seq < end; seq++) {
        const struct kept *kept = *slot(outbox, seq);
        const struct frame frame =
            frame_of(channel, seq, kept ? kept : &discharged);

        link_write_frame(channel->owner->out, &frame);
    }
}

static void drop_head(struct outbox *outbox)
{
    while (outbox->count > 0 && !outbox->ring[outbox->head]) {
        outbox->head = (outbox->head + 1) & (outbox->cap - 1);
        outbox->count--;
        outbox->first_seq++;
    }
}

static void discharge_one(struct channel *channel, uint64_t seq)
{
    struct outbox *outbox = &channel->outbox;
    const struct channel_events *events = &channel->owner->events;
    struct kept **at = slot(outbox, seq);
    struct kept *kept = *at;
    void *cookie;

    if (!kept)
        return;
    cookie = kept->cookie;
    outbox->bytes -= kept_size(kept);
    outbox->frames--;
    free(kept);
    *at = NULL;
    drop_head(outbox);
    if (events->on_discharged)
        events->on_discharged(channel->owner->ctx, channel, seq, cookie);
}

/* Discharges from low to high, of which only what is outstanding counts. */
static void discharge_range(struct channel *channel, uint64_t low,
                            uint64_t high)
{
    struct outbox *outbox = &channel->outbox;

    if (low < outbox->first_seq)
        low = outbox->first_seq;
    for (uint64_t seq = low; seq <= high; seq++) {
        /* A callback may have sent, never taken: the end only grows. */
        if (seq >= outbox->first_seq + outbox->count)
            return;
        if (seq >= outbox->first_seq)
            discharge_one(channel, seq);
    }
}

static bool parse_range(struct str text, uint64_t *low, uint64_t *high)
{
    struct str last = text;
    struct str first = str_cut(&last, '-');

    if (!str_to_u64(first, low))
        return false;
    *high = *low;
    return !last.p || (str_to_u64(last, high) && *high >= *low);
}

static void tell_room(struct channel *channel)
{
    struct outbox *outbox = &channel->outbox;
    const struct channel_events *events = &channel->owner->events;

    if (!outbox->was_full || outbox->bytes > channel->owner->window_bytes / 2)
        return;
    outbox->was_full = false;
    if (events->on_writable)
        events->on_writable(channel->owner->ctx, channel);
}

void channel_take_ack(struct channel *channel, uint64_t ack, struct str done)
{
    const struct outbox *outbox = &channel->outbox;
    /* Frames that a callback sends now cannot have been acknowledged. */
    uint64_t end = outbox->first_seq + outbox->count;
    uint64_t low, high;

    if (ack >= end)
        return; /* of what was never sent: not an answer to us */
    discharge_range(channel, outbox->first_seq, ack);
    while (done.p && done.len) {
        struct str one = str_cut(&done, ',');

        if (parse_range(one, &low, &high) && high < end)
            discharge_range(channel, low, high);
    }
    tell_room(channel);
}

void channel_give_up(struct channel *channel)
{
    const struct outbox *outbox = &channel->outbox;

    discharge_range(channel, outbox->first_seq,
                    outbox->first_seq + outbox->count - 1);
    tell_room(channel);
}

static void withdraw(struct channel *channel,
                     bool (*take)(void *ctx, struct str body, void *cookie),
                     void *ctx)
{
    struct outbox *outbox = &channel->outbox;
    uint64_t end = outbox->first_seq + outbox->count;

    for (uint64_t seq = outbox->first_seq; seq < end; seq++) {
        const struct kept *kept =
            seq >= outbox->first_seq ? *slot(outbox, seq) : NULL;

        if (kept && take(ctx,
                         (struct str){kept->bytes + kept->origin_len,
                                      kept->body_len},
                         kept->cookie))
            discharge_one(channel, seq);
    }
    tell_room(channel);
}

void channels_withdraw(struct channels *channels, struct str remote,
                       bool (*take)(void *ctx, struct str body, void *cookie),
                       void *ctx)
{
    struct local *local, *next;
    struct channel *channel;

    HASH_ITER(hh, channels->locals, local, next)
    {
        HASH_FIND(hh, local->channels, remote.p, remote.len, channel);
        if (channel)
            withdraw(channel, take, ctx);
    }
}

bool channel_is_full(const struct channel *channel)
{
    return channel->outbox.bytes > channel->owner->window_bytes;
}

size_t channel_outstanding_frames(const struct channel *channel)
{
    return channel->outbox.frames;
}

void outbox_clear(struct outbox *outbox)
{
    for (size_t i = 0; i < outbox->count; i++)
        free(outbox->ring[(outbox->head + i) & (outbox->cap - 1)]);
    free(outbox->ring);
    *outbox = (struct outbox){.first_seq = 1};
}
