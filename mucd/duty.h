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
    unsigned writes; /* of the holds: rows that are not committed yet */
    bool is_refused; /* one of them will never be */
    struct mucd *mucd;
    struct str room;   /* that holds messages until they are committed; heap */
    struct str answer; /* bytes of a stanza for when all are; heap */
    struct str origin; /* of the frame by which the stanza entered; heap */
};

/* A duty with one hold, for a frame that has just come in. */
struct duty *duty_new(struct mucd *mucd, struct channel *channel,
                      const struct frame *frame);
/* NULL is allowed in both: what the daemon does by itself is owed to nobody. */
void duty_hold(struct duty *duty);
/* Gives a hold back; with the last one the frame is discharged, unless its peer
 * has been started again, and the duty freed. */
void duty_drop(struct duty *duty);
/* A room (bare JID) is to be told when all rows are committed (held.h). */
void duty_tell_room(struct duty *duty, struct str bare);
/* Absent for NULL. */
struct str duty_origin(const struct duty *duty);
/* A hold for a row that is being written, until duty_written; NULL is allowed.
 */
void duty_writing(struct duty *duty);
/* The row is committed, or (not ok) refused for good. ctx is its duty, or NULL.
 * With the last row go the messages and the answer that waited for it (held.h,
 * send.h). */
void duty_written(void *ctx, bool ok);

#endif
