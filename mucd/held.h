/* What a room says, in its order. A message waits until its row is committed:
 * who has heard it finds it in the archive, whatever dies, and a process that
 * comes back tells it to nobody a second time. What the room says behind it
 * waits with it. */
#ifndef POSTHOUSE_MUCD_HELD_H
#define POSTHOUSE_MUCD_HELD_H

#include "room.h"

/* A frame and what it has to do with the one that caused it. */
struct letter {
    /* Of the stanza that caused it; NULL: nobody's. */
    struct duty *duty;
    /* The duty is over when the next process has this frame, not before. */
    bool is_owed;
    /* Not before the rows of the duty are committed. */
    bool is_behind_commit;
    struct str local, remote; /* addresses */
    struct str origin, body;
};

/* Sends it through its channel, or keeps a copy until what is before it is
 * sent. */
void held_post(struct room *room, const struct letter *letter);
/* Sends it now. */
void letter_send(struct mucd *mucd, const struct letter *letter);
/* Sends what need not wait any more: rows have been committed. */
void held_release(struct room *room);
/* Sends everything: the room comes to its end. */
void held_end(struct room *room);
/* Frees it unsent; what it is owed to stays undischarged, and comes again to
 * the next process. */
void held_forget(struct room *room);
/* Whether so much waits, in all rooms, that stanzas which would add to it are
 * to be refused (mucd.max-held-size). */
bool held_is_full(const struct mucd *mucd);

#endif
