#include "internal.h"

/* epoch='ours' hello='theirs:received'. */
void channel_send_hello(struct channel *channel)
{
    struct buf text = {0};
    struct frame frame = {
        .to = str_of(channel->remote),
        .from = str_of(channel->local->address),
        .epoch = channel->local->epoch,
    };

    if (!channel->owner->is_linked || !channels_reach(channel->owner, frame.to))
        return;
    channel->hello_sent = true;
    buf_add_u64(&text, channel->peer_epoch);
    buf_add_char(&text, ':');
    buf_add_u64(&text, channel->inbox.received);
    frame.hello = buf_view(&text);
    link_write_frame(channel->owner->out, &frame);
    buf_clear(&text);
}

static bool parse_hello(struct str hello, uint64_t *epoch, uint64_t *received)
{
    struct str second = hello;
    struct str first = str_cut(&second, ':');

    return str_to_u64(first, epoch) && str_to_u64(second, received);
}

/* The router tells that an address is down behind all that came from it:
 * whoever speaks then is no earlier incarnation, whatever epoch the last one,
 * which may have been taken over, had called its own. */
static bool is_gone(const struct channel *channel, uint64_t epoch)
{
    return epoch < channel->peer_epoch && !channel->was_down;
}

void channel_take_hello(struct channel *channel, const struct frame *frame)
{
    const struct channel_events *events = &channel->owner->events;
    uint64_t ours, received;
    bool restarted;

    if (!parse_hello(frame->hello, &ours, &received) || frame->epoch == 0 ||
        is_gone(channel, frame->epoch))
        return; /* malformed, or of an incarnation that is gone */
    channel->was_down = false;
    restarted = channel->peer_epoch != 0 && frame->epoch != channel->peer_epoch;
    if (frame->epoch != channel->peer_epoch)
        inbox_clear(&channel->inbox);
    channel->peer_epoch = frame->epoch;
    channel->asked = false;
    if (!channel->hello_sent || restarted)
        channel_send_hello(channel);
    if (restarted && events->on_peer_restarted)
        events->on_peer_restarted(channel->owner->ctx, channel);
    /* The peer still speaks to our predecessor. It says hello again when ours
     * reaches it; what it acknowledges until then is not of this epoch. */
    if (ours != 0 && ours != channel->local->epoch)
        return;
    channel->synced = true;
    channel_resend(channel, ours ? received : 0);
    channel_owe_ack(channel);
    if (events->on_synced)
        events->on_synced(channel->owner->ctx, channel);
}
