#include "duty.h"

#include <stdlib.h>
#include <utlist.h>

#include "repeat.h"
#include "session.h"

struct duty *duty_new(struct channel *channel, const struct frame *frame)
{
    struct duty *duty = NEW(struct duty);

    duty->channel = channel;
    duty->seq = frame->seq;
    duty->peer_epoch = channel_peer_epoch(channel);
    duty->holds = 1;
    if (frame->origin.len)
        duty->origin = str_dup(frame->origin);
    return duty;
}

struct duty *duty_new_own(void (*finish)(void *ctx), void *ctx)
{
    struct duty *duty = NEW(struct duty);

    duty->holds = 1;
    duty->finish = finish;
    duty->ctx = ctx;
    return duty;
}

struct str duty_origin(struct duty *duty, struct arena *arena)
{
    struct str made;

    if (!duty || !duty->channel)
        return stanza_new_id(arena);
    if (duty->origin.len)
        return duty->origin;
    /* A sender counts on each of its channels from 1. */
    made = arena_printf(
        arena, "%.*s:%llu:%.*s:%llu", STR_ARG(channel_remote(duty->channel)),
        (unsigned long long)duty->peer_epoch,
        STR_ARG(channel_local(duty->channel)), (unsigned long long)duty->seq);
    duty->origin = str_dup(made);
    return duty->origin;
}

/* To a peer that has restarted nothing is owed. */
static void discharge(const struct duty *duty)
{
    if (channel_peer_epoch(duty->channel) == duty->peer_epoch)
        channel_discharge(duty->channel, duty->seq);
}

void duty_take_over(struct duty *first, struct duty *duty)
{
    discharge(first);
    first->channel = duty->channel;
    first->seq = duty->seq;
    first->peer_epoch = duty->peer_epoch;
    /* This one's discharge is now the first one's. */
    duty->peer_epoch = 0;
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
    if (duty->session)
        DL_DELETE(duty->session->duties, duty);
    if (duty->repeat)
        repeat_settle(duty->repeat);
    if (duty->finish)
        duty->finish(duty->ctx);
    else
        discharge(duty);
    free((char *)duty->origin.p);
    free(duty);
}
