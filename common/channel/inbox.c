#include "internal.h"

#include <stdlib.h>

/* Ranges told in one frame; the rest is told when those have merged. */
#define MAX_TOLD 64u

void inbox_clear(struct inbox *inbox)
{
    free(inbox->early);
    *inbox = (struct inbox){0};
}

void channel_owe_ack(struct channel *channel)
{
    channel->is_dirty = true;
    if (channel->is_listed)
        return;
    channel->is_listed = true;
    channel->next_dirty = channel->owner->dirty;
    channel->owner->dirty = channel;
}

/* All below `low` is done with at the sender, whoever discharged it: a receiver
 * that is new, or a gap of frames discharged early by its predecessor. */
static void skip_to(struct inbox *inbox, uint64_t low)
{
    if (low <= inbox->received + 1)
        return;
    inbox->received = low - 1;
    inbox->discharged = low - 1;
    inbox->early_count = 0;
}

void channel_take_frame(struct channel *channel, const struct frame *frame)
{
    const struct channel_events *events = &channel->owner->events;
    struct inbox *inbox = &channel->inbox;

    if (frame->low > frame->seq)
        return; /* no sender of ours says so */
    skip_to(inbox, frame->low);
    if (frame->seq <= inbox->received) {
        channel_owe_ack(channel); /* seen: the sender lacks our word */
        return;
    }
    if (frame->seq > inbox->received + 1) {
        if (!channel->asked)
            channel_send_hello(channel);
        channel->asked = true;
        return;
    }
    channel->asked = false;
    inbox->received = frame->seq;
    if (events->on_frame && frame->body.len)
        events->on_frame(channel->owner->ctx, channel, frame);
    else
        channel_discharge(channel, frame->seq);
}

static void insert_range(struct inbox *inbox, size_t at, struct range range)
{
    if (inbox->early_count == inbox->early_cap) {
        inbox->early_cap = inbox->early_cap ? inbox->early_cap * 2 : 8;
        inbox->early = mem_realloc(inbox->early,
                                   inbox->early_cap * sizeof(struct range));
    }
    memmove(inbox->early + at + 1, inbox->early + at,
            (inbox->early_count - at) * sizeof(struct range));
    inbox->early[at] = range;
    inbox->early_count++;
}

static void remove_range(struct inbox *inbox, size_t at)
{
    inbox->early_count--;
    memmove(inbox->early + at, inbox->early + at + 1,
            (inbox->early_count - at) * sizeof(struct range));
}

/* Adds one seq beyond inbox->discharged + 1 to the ranges. Searched from the
 * end: what finishes early is mostly young. */
static void add_early(struct inbox *inbox, uint64_t seq)
{
    size_t at = inbox->early_count;
    bool joins_left, joins_right;

    while (at > 0 && inbox->early[at - 1].low > seq)
        at--;
    if (at > 0 && seq <= inbox->early[at - 1].high)
        return; /* discharged twice */
    joins_left = at > 0 && inbox->early[at - 1].high + 1 == seq;
    joins_right =
        at < inbox->early_count && inbox->early[at].low == seq + 1;
    if (joins_left && joins_right) {
        inbox->early[at - 1].high = inbox->early[at].high;
        remove_range(inbox, at);
    } else if (joins_left) {
        inbox->early[at - 1].high = seq;
    } else if (joins_right) {
        inbox->early[at].low = seq;
    } else {
        insert_range(inbox, at, (struct range){seq, seq});
    }
}

void channel_discharge(struct channel *channel, uint64_t seq)
{
    struct inbox *inbox = &channel->inbox;

    if (seq <= inbox->discharged || seq > inbox->received)
        return; /* of an earlier epoch of the peer, or twice */
    if (seq == inbox->discharged + 1) {
        inbox->discharged = seq;
        if (inbox->early_count > 0 && inbox->early[0].low == seq + 1) {
            inbox->discharged = inbox->early[0].high;
            remove_range(inbox, 0);
        }
    } else {
        add_early(inbox, seq);
    }
    channel_owe_ack(channel);
}

void inbox_write_early(const struct inbox *inbox, struct buf *out)
{
    for (size_t i = 0; i < inbox->early_count && i < MAX_TOLD; i++) {
        const struct range *range = &inbox->early[i];

        if (i > 0)
            buf_add_char(out, ',');
        buf_add_u64(out, range->low);
        if (range->high == range->low)
            continue;
        buf_add_char(out, '-');
        buf_add_u64(out, range->high);
    }
}
