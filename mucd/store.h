/* The tables of mucd. store.c runs them on PostgreSQL; unit tests put functions
 * of their own in its place. Each write holds the duty (may be NULL) until it
 * is committed. No callback comes before the function has returned. Arguments
 * are borrowed for the call. */
#ifndef POSTHOUSE_MUCD_STORE_H
#define POSTHOUSE_MUCD_STORE_H

#include "room.h"

struct store;

/* The room's own row: settings, subject, lock. */
void store_room_put(struct store *store, const struct room *room,
                    struct duty *duty);
/* With all that belongs to it. */
void store_room_remove(struct store *store, const struct room *room,
                       struct duty *duty);
/* An affiliation with reserved nickname and reason, new or changed. */
void store_member_put(struct store *store, const struct room *room,
                      const struct member *member, struct duty *duty);
/* Of a bare JID; one that is not there is no error. */
void store_member_remove(struct store *store, const struct room *room,
                         struct str bare, struct duty *duty);
/* Who is in: nickname, role and presence of one resource, new or changed. */
void store_seat_put(struct store *store, const struct seat *seat,
                    struct duty *duty);
/* Of a full JID; one that is not there is no error. */
void store_seat_remove(struct store *store, const struct room *room,
                       struct str full, struct duty *duty);
/* The same origin again is no second row. */
void store_message_add(struct store *store, const struct room *room,
                       const struct entry *entry, struct str sender,
                       struct duty *duty);
/* Puts another stanza in the place of a message. */
void store_message_replace(struct store *store, const struct room *room,
                           struct str stanza_id, struct str stanza,
                           struct duty *duty);

/* One row, then once more with columns NULL at the end (ok tells whether all
 * came). */
typedef void store_rows(void *ctx, const struct str *columns, bool ok);

/* Joins stanza ids; XML cannot contain it. */
#define STORE_ID_SEPARATOR '\x1f'

/* What is wanted of an archive. Ids absent, times 0: no bound. */
struct store_page {
    int64_t from_ms, until_ms;
    struct str after, before; /* stanza ids, joined; exclusive */
    struct str nick;          /* absent: everybody's */
    struct str sender;        /* a real address, bare or full; as above */
    bool is_backward;         /* the last ones, newest first */
    unsigned max;
};
/* Columns: stanza id, sent in Unix milliseconds, stanza, the sender's full
 * address; at most max of them. */
void store_archive_read(struct store *store, const struct room *room,
                        const struct store_page *page, store_rows *rows,
                        void *ctx);
/* The messages with these ids, joined, as far as they are there. Columns as
 * above. */
void store_archive_named(struct store *store, const struct room *room,
                         struct str ids, store_rows *rows, void *ctx);
/* Column: how many there are in all, whatever max says. */
void store_archive_count(struct store *store, const struct room *room,
                         const struct store_page *page, store_rows *rows,
                         void *ctx);
/* The first and the last one, if there are any. Columns: stanza id, sent in Unix
 * milliseconds. */
void store_archive_ends(struct store *store, const struct room *room,
                        store_rows *rows, void *ctx);
/* Rooms of a domain behind a name, in order: the public ones, and those that
 * the asker (a bare JID) belongs to. Columns: name, title. */
void store_rooms_list(struct store *store, struct str domain, struct str after,
                      struct str asker, unsigned max, store_rows *rows,
                      void *ctx);

#endif
