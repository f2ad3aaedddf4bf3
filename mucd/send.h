/* How stanzas leave a room: to one address, or one serialised stanza to many
 * occupants in as few frames as there are sm processes. */
#ifndef POSTHOUSE_MUCD_SEND_H
#define POSTHOUSE_MUCD_SEND_H

#include "room.h"

/* To its `to`, whoever that is. From: a JID of this service. The duty is held
 * until the next process has it. Behind what the room has said before. */
void send_stanza(struct mucd *mucd, struct duty *duty, struct xml *stanza);
/* The same, past what the room holds back (held.h): of what has no order to
 * keep with what the room says. */
void send_at_once(struct mucd *mucd, struct duty *duty, struct xml *stanza);
/* An error answer, when one is due; at once. */
void send_error(struct mucd *mucd, struct duty *duty, const struct xml *stanza,
                enum stanza_error condition, const char *text);

/* The answer to a query: when all is committed that was written for it, at once
 * when that is so already. A row that the database refuses makes an error of
 * it. One for each duty. */
void send_answer(struct mucd *mucd, struct duty *duty, struct xml *answer);
/* Sends what send_answer has kept; duty.c knows when. */
void send_answer_held(struct duty *duty);
/* Canonical bytes of a stanza without `to`, in mucd's scratch. */
struct str send_bytes(struct mucd *mucd, const struct xml *stanza);

/* fan_add for each receiver, then fan_out. Nothing may be sent in between. */
void fan_add(struct mucd *mucd, struct seat *seat);
/* Sends canonical bytes without `to`. The origin may be absent. A room does not
 * wait for its slowest occupant, unless so much waits for an sm that the window
 * is full: then the frame at hand is not discharged before that has it. */
void fan_out(struct room *room, struct str bytes, struct str origin);
/* The same when all rows are committed that the event at hand has written. */
void fan_out_committed(struct room *room, struct str bytes, struct str origin);

/* Many stanzas to one seat, in few frames. */
struct batch {
    struct seat *seat;
    struct duty *duty;
    struct buf bytes;
};
/* Adds canonical bytes without `to`; sends what there is when it gets large. */
void batch_add(struct batch *batch, struct str bytes);
/* Sends the rest and frees the buffer. The duty is held until it has arrived.
 */
void batch_end(struct batch *batch);

#endif
