#include "duty.h"

#include <stdlib.h>

struct duty *duty_new(struct channel *channel, const struct frame *frame)
{
    struct duty *duty = NEW(struct duty);
    struct arena arena = {0};

    duty->channel = channel;
    duty->seq = frame->seq;
    duty->peer_epoch = channel_peer_epoch(channel);
    duty->holds = 1;
    duty->origin = str_dup(
        frame->origin.len ? frame->origin
                          : arena_printf(&arena, "%.*s:%llu:%.*s:%llu",
                                         STR_ARG(channel_remote(channel)),
                                         (unsigned long long)duty->peer_epoch,
                                         STR_ARG(channel_local(channel)),
                                         (unsigned long long)frame->seq));
    arena_clear(&arena);
    return duty;
}

void duty_hold(struct duty *duty)
{
    if (duty)
        duty->holds++;
}

void duty_drop(struct duty *duty)
{
    if (!duty || --duty->holds > 0)
        return;
    if (channel_peer_epoch(duty->channel) == duty->peer_epoch)
        channel_discharge(duty->channel, duty->seq);
    free((char *)duty->origin.p);
    free(duty);
}

struct str duty_origin(const struct duty *duty)
{
    return duty ? duty->origin : STR_NONE;
}

void duty_written(void *ctx, bool ok)
{
    (void)ok; /* a row that is refused is logged; nothing can be done for it */
    duty_drop(ctx);
}
