#include "parcel.h"

#include <stdlib.h>

static void on_bounced(struct errand *errand)
{
    parcel_done((struct parcel *)errand);
}

struct parcel *parcel_new(struct channel *channel, const struct frame *frame)
{
    struct parcel *parcel = parcel_new_own(frame->body);

    parcel->channel = channel;
    parcel->seq = frame->seq;
    parcel->peer_epoch = channel_peer_epoch(channel);
    parcel->origin = str_dup(frame->origin);
    return parcel;
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
    if (parcel->channel &&
        channel_peer_epoch(parcel->channel) == parcel->peer_epoch)
        channel_discharge(parcel->channel, parcel->seq);
    parcel_forget(parcel);
}

void parcel_forget(struct parcel *parcel)
{
    free((char *)parcel->origin.p);
    free((char *)parcel->body.p);
    free(parcel);
}
