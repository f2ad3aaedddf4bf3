#include "parcel.h"

#include <stdlib.h>

#include "common/repeat/repeat.h"

static void on_bounced(struct errand *errand)
{
    parcel_done((struct parcel *)errand);
}

struct parcel *parcel_new(struct channel *channel, const struct frame *frame)
{
    struct parcel *parcel = parcel_new_own(frame->body);

    parcel->origin = str_dup(frame->origin);
    parcel_came_again(parcel, channel, frame);
    return parcel;
}

void parcel_came_again(struct parcel *parcel, struct channel *channel,
                       const struct frame *frame)
{
    struct owed *owed = NEW(struct owed);

    *owed = (struct owed){.next = parcel->owed,
                          .channel = channel,
                          .seq = frame->seq,
                          .peer_epoch = channel_peer_epoch(channel)};
    parcel->owed = owed;
}

struct parcel *parcel_new_own(struct str body)
{
    struct parcel *parcel = NEW(struct parcel);

    parcel->errand.done = on_bounced;
    parcel->body = str_dup(body);
    return parcel;
}

void parcel_done(struct parcel *parcel)
{
    for (const struct owed *owed = parcel->owed; owed; owed = owed->next)
        if (channel_peer_epoch(owed->channel) == owed->peer_epoch)
            channel_discharge(owed->channel, owed->seq);
    parcel_forget(parcel);
}

void parcel_forget(struct parcel *parcel)
{
    while (parcel->owed) {
        struct owed *owed = parcel->owed;

        parcel->owed = owed->next;
        free(owed);
    }
    repeat_settle(parcel->repeat);
    free((char *)parcel->origin.p);
    free((char *)parcel->body.p);
    free(parcel);
}
