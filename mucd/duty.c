#include "duty.h"

#include <stdlib.h>

#include "held.h"
#include "mucd.h"
#include "send.h"

/* Stanzas enter the suite at the others: what they call an origin could be that
 * of somebody else's stanza, which would then be taken for a repetition. */
static bool forwards(const struct mucd *mucd, const struct channel *channel)
{
    struct str remote = channel_remote(channel);
    enum address_kind kind = address_parse(remote, NULL);

    return kind == ADDRESS_SM ||
           (kind == ADDRESS_DOMAIN && mucd_serves(mucd, remote));
}

struct duty *duty_new(struct mucd *mucd, struct channel *channel,
                      const struct frame *frame)
{
    struct duty *duty = NEW(struct duty);
    struct arena arena = {0};

    duty->mucd = mucd;
    duty->channel = channel;
    duty->seq = frame->seq;
    duty->peer_epoch = channel_peer_epoch(channel);
    duty->holds = 1;
    duty->origin =
        str_dup(frame->origin.len && forwards(mucd, channel)
                    ? frame->origin
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
    free((char *)duty->answer.p);
    free((char *)duty->room.p);
    free(duty);
}

void duty_tell_room(struct duty *duty, struct str bare)
{
    if (!duty->room.p)
        duty->room = str_dup(bare);
}

struct str duty_origin(const struct duty *duty)
{
    return duty ? duty->origin : STR_NONE;
}

void duty_writing(struct duty *duty)
{
    duty_hold(duty);
    if (duty)
        duty->writes++;
}

static void go_on(struct duty *duty)
{
    struct room *room = duty->room.p ? room_find(duty->mucd, duty->room) : NULL;

    if (room)
        held_release(room);
    if (duty->answer.p)
        send_answer_held(duty);
}

void duty_written(void *ctx, bool ok)
{
    struct duty *duty = ctx;

    if (!duty)
        return;
    duty->is_refused |= !ok;
    if (--duty->writes == 0)
        go_on(duty);
    duty_drop(duty);
}
