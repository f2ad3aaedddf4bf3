/* What mucd owes for one received frame: a counter of effects under way. When
 * it reaches zero the frame's effects are final and it is discharged. */
#ifndef POSTHOUSE_MUCD_DUTY_H
#define POSTHOUSE_MUCD_DUTY_H

#include "common/channel/channel.h"

struct mucd;

struct duty {
    struct channel *channel;
    uint64_t seq;
    uint64_t peer_epoch; /* of the peer that sent it; a later one forgot it */
    unsigned holds;
    struct str origin; /* of the frame by which the stanza entered; heap */
};

/* A duty with one hold, for a frame that has just come in. */
struct duty *duty_new(const struct mucd *mucd, struct channel *channel,
                      const struct frame *frame);
/* NULL is allowed in both: what the daemon does by itself is owed to nobody. */
void duty_hold(struct duty *duty);
/* Gives a hold back; with the last one the frame is discharged, unless its peer
 * has been started again, and the duty freed. */
void duty_drop(struct duty *duty);
/* Absent for NULL. */
struct str duty_origin(const struct duty *duty);
/* The store's callback for a write: ctx is a duty that was held for it. */
void duty_written(void *ctx, bool ok);

#endif
