/* What is archived of messages, and the row that each becomes (XEP-0313, 0441).
 *
 * A message between two users of this process is one row for both: where it
 * leaves its sender his half is decided (archive_sent), where it reaches its
 * recipient the other (archive_take), and the row is written once. */
#ifndef POSTHOUSE_SM_ARCHIVE_H
#define POSTHOUSE_SM_ARCHIVE_H

#include "common/archive/archive.h"
#include "sm/session/session.h"

/* "always", "never", "roster" (XEP-0441 §2.1.1). */
const char *archive_standard_name(enum archive_standard standard);
/* The reverse; false for any other word. */
MUST_CHECK bool archive_standard_of(struct str name,
                                    enum archive_standard *standard);

/* Joins the addresses of a list; XML cannot contain it. */
#define ARCHIVE_LIST_SEPARATOR '\x1f'

/* The ids of an account's archive lie above this: what is older is not shown
 * any more, if it is there yet (sm.archive-days, property archive-days). */
int64_t archive_floor(const struct account *account);
/* An id, larger than every one before. */
int64_t archive_new_id(struct sm *sm);
/* The id by which a message of this account's archive is known, as stamped by
 * us; 0: none. */
int64_t archive_stamp_of(const struct xml *message, struct str bare_jid);
/* Adds <stanza-id/> (XEP-0359). Returns it. */
struct xml *archive_stamp(struct xml *message, struct str bare_jid, int64_t id);

/* A message leaves its sender: his half. Returns the id in his archive; 0: it
 * is not kept there. */
int64_t archive_sent(struct account *account, struct duty *duty,
                     const struct xml *message, const struct jid *to);
/* It has been given to others, or to a recipient of ours: writes the half when
 * nobody has taken it. Errors that the duty's message has led to are no end of
 * it. */
void archive_sent_done(struct sm *sm, struct duty *duty,
                       const struct xml *message);

/* A message on its way to a recipient of ours. */
struct kept {
    int64_t id;
    int64_t sender, recipient; /* numbers; sender 0: not in his archive */
    int64_t sender_peer, recipient_peer;
    bool is_received; /* it is in the recipient's archive */
    bool is_written;
    struct trace_key trace;
    struct str body; /* canonical, without our stamp; in sm->kept */
};
/* The recipient's half; stamps the message when it is kept for him. */
void archive_take(struct kept *kept, struct account *account, struct duty *duty,
                  struct xml *message, const struct jid *from);
/* The message was refused for its recipient: it is in his archive neither. */
void archive_refuse(struct kept *kept);
struct store_message;
/* The row; false when there is none to be written (any more). */
MUST_CHECK bool archive_row(struct kept *kept, struct duty *duty,
                            struct arena *arena, struct store_message *row);
/* Writes it. The duty is held until it is committed. */
void archive_write(struct kept *kept, struct account *account,
                   struct duty *duty);

#endif
