/* The tables of sm. store.c runs them on PostgreSQL; unit tests put functions
 * of their own in its place. No callback comes before the function has
 * returned; each comes exactly once. Arguments are borrowed for the call. */
#ifndef POSTHOUSE_SM_STORE_H
#define POSTHOUSE_SM_STORE_H

#include "sm/account.h"

struct store;

struct store_user {
    struct str domain;
    struct str username;
};

/* The account of a JID. */
static inline struct store_user store_user(const struct jid *jid)
{
    return (struct store_user){jid->domain, jid->local};
}

/* A write is committed (ok), or was refused. */
typedef void store_done(void *ctx, bool ok);
/* One row, then once more with row NULL at the end (ok tells whether all came).
 */
struct store_row {
    const struct str *columns; /* STR_NONE for NULL */
    size_t count;
};
typedef void store_rows(void *ctx, const struct store_row *row, bool ok);

/* Loads account, roster, requests and privacy lists into the account, then
 * calls account_loaded. */
void store_load_account(struct store *store, struct account *account);

/* The user's own quiet hours and exceptions from them (common/quiet/quiet.h);
 * absent: none of his own. */
void store_quiet_set(struct store *store, struct store_user user,
                     struct str hours, struct str exceptions, store_done *done,
                     void *ctx);

/* Column: whether it is enabled; no row: there is no such account. */
void store_account_get(struct store *store, struct store_user user,
                       store_rows *rows, void *ctx);

/* Writes the item's row, new or changed. */
void store_roster_put(struct store *store, struct store_user user,
                      const struct roster_item *item, store_done *done,
                      void *ctx);
/* The item's row alone: a request that waits has a row of its own. */
void store_roster_remove(struct store *store, struct store_user user,
                         struct str jid, store_done *done, void *ctx);
/* Keeps a subscription request until it is answered; the latest one counts. */
void store_request_put(struct store *store, struct store_user user,
                       struct str jid, struct str stanza, store_done *done,
                       void *ctx);
/* It is answered; done also when there was none. */
void store_request_remove(struct store *store, struct store_user user,
                          struct str jid, store_done *done, void *ctx);

/* A row of the one store of messages (archive.h). */
struct store_message {
    int64_t id;
    int64_t sender, recipient; /* numbers of accounts; 0: none */
    int64_t sender_peer, recipient_peer;
    struct str origin; /* with recipient and ordinal its key: written once */
    unsigned ordinal;
    struct str stanza;
    bool is_passing; /* not in the recipient's archive: it only waits for him */
};
/* Writes the message once, for all who shall find it. Done when it is
 * committed. */
void store_message_add(struct store *store, const struct store_message *message,
                       store_done *done, void *ctx);
/* The same for a message that waits for its recipient, once. created_ms: when
 * it was sent. holder: the session that may be resumed and have it; until the
 * row is released it is no offline message. Absent: nobody. */
void store_offline_add(struct store *store, const struct store_message *message,
                       int64_t created_ms, struct str holder, store_done *done,
                       void *ctx);
/* The same for a message of the user's archive, by its id, or by the origin (may be
 * absent) by which it had another. */
void store_offline_refer(struct store *store, struct store_user user,
                         int64_t id, struct str origin, int64_t created_ms,
                         struct str holder,
                         store_done *done, void *ctx);
/* The session has them: they are done with. */
void store_offline_taken(struct store *store, struct store_user user,
                         struct str holder, store_done *done, void *ctx);
/* The session (absent: every one) was given up: they are offline messages. */
void store_offline_release(struct store *store, struct store_user user,
                           struct str holder, store_done *done, void *ctx);
/* Columns: place, stanza, created in Unix milliseconds, origin, id in the
 * archive (NULL: not part of it); oldest first. */
void store_offline_load(struct store *store, struct store_user user,
                        store_rows *rows, void *ctx);
/* What waits of the archive from one id to another is done with: the user has
 * read it there. */
void store_offline_archived(struct store *store, struct store_user user,
                            int64_t first_id, int64_t last_id, store_done *done,
                            void *ctx);
/* Columns: count, bytes. */
void store_offline_count(struct store *store, struct store_user user,
                         store_rows *rows, void *ctx);
/* All up to this place; one by its place. */
void store_offline_fetched(struct store *store, struct store_user user,
                           int64_t last_place, store_done *done, void *ctx);
/* The message waits no longer for its recipient; the archive keeps it. */
void store_offline_remove(struct store *store, struct store_user user,
                          int64_t place, store_done *done, void *ctx);

/* What is asked of an account's archive: between two ids, exclusive. */
struct store_page {
    int64_t account;
    int64_t above, below;
    int64_t peer;         /* archive_peer of whom it is with; 0: anybody */
    struct str start_tag; /* pattern for the start tag; absent: any */
    struct str text;      /* pattern for what is in bodies; absent: any */
    bool is_search;       /* any number of messages may have to be looked at */
    bool is_backward;     /* the last max, newest first */
    unsigned max;
};
/* How a page ended. STORE_TOO_LONG: the search was given up
 * (sm.search-timeout). */
enum store_end { STORE_ALL, STORE_REFUSED, STORE_TOO_LONG };
/* As store_rows, with the end in place of `ok`. */
typedef void store_found(void *ctx, const struct store_row *row,
                         enum store_end end);
/* Columns: id, stanza. */
void store_archive_page(struct store *store, const struct store_page *page,
                        store_found *found, void *ctx);
/* Column: how many there are in all, whatever max says. */
void store_archive_count(struct store *store, const struct store_page *page,
                         store_found *found, void *ctx);
/* The messages with these ids, joined by commas, as far as they are in the
 * account's archive above an id. Columns as above, by id. */
void store_archive_by_id(struct store *store, int64_t account, struct str ids,
                         int64_t above, store_rows *rows, void *ctx);
/* Columns: the first and the last id above one; NULL: there is none. */
void store_archive_ends(struct store *store, int64_t account, int64_t above,
                        store_rows *rows, void *ctx);
/* Lists are joined by ARCHIVE_LIST_SEPARATOR. */
void store_archive_prefer(struct store *store, struct store_user user,
                          struct str standard, struct str always,
                          struct str never, store_done *done, void *ctx);

/* Adds a line to the audit journal; once, though it is written twice: part is
 * which line it is of those that the frame of this origin leads to. line_hash:
 * hexadecimal. */
struct audit_line;
void store_audit_add(struct store *store, const struct audit_line *line,
                     struct str line_hash, struct str origin, int64_t part,
                     store_done *done, void *ctx);

/* An offer of a file that waits for the account; the same origin again is no
 * second one. */
struct store_offer {
    struct str origin;
    struct str from; /* full JID */
    struct str name; /* of the file */
    struct str iq;
    int64_t created_ms;
};
/* Keeps an offer of a file for a user who is away. */
void store_offer_add(struct store *store, struct store_user user,
                     const struct store_offer *offer, store_done *done,
                     void *ctx);
/* It is answered or withdrawn; done also when there was none. */
void store_offer_remove(struct store *store, struct str origin,
                        store_done *done, void *ctx);

/* Column: content. */
void store_vcard_get(struct store *store, struct store_user user,
                     store_rows *rows, void *ctx);
/* Writes the card, and what user search and presence tell of it: photo is the
 * hexadecimal SHA-1 of its photo. Absent parts: there are none. */
void store_vcard_set(struct store *store, struct store_user user,
                     struct str content, struct str fullname, struct str email,
                     struct str photo, store_done *done, void *ctx);
/* Column: content. */
void store_private_get(struct store *store, struct store_user user,
                       struct str ns, struct str element, store_rows *rows,
                       void *ctx);
/* Refused (ok false) above max_items elements; 0: no limit. */
void store_private_set(struct store *store, struct store_user user,
                       struct str ns, struct str element, struct str content,
                       int64_t max_items, store_done *done, void *ctx);
/* Writes a list, new or changed. */
void store_privacy_put(struct store *store, struct store_user user,
                       struct str name, struct str items, store_done *done,
                       void *ctx);
/* Done also when there was none. */
void store_privacy_remove(struct store *store, struct store_user user,
                          struct str name, store_done *done, void *ctx);
/* Absent name: there is no default list. */
void store_privacy_set_default(struct store *store, struct store_user user,
                               struct str name, store_done *done, void *ctx);
/* Columns: seconds since the epoch, status. */
void store_last_get(struct store *store, struct store_user user,
                    store_rows *rows, void *ctx);
/* When the user left (Unix ms), and with what words (XEP-0012). */
void store_last_set(struct store *store, struct store_user user,
                    int64_t left_ms, struct str status, store_done *done,
                    void *ctx);
/* What is searched for. Patterns of LIKE, absent: any; the account must match all
 * of them. */
struct store_search {
    struct str domain;
    struct str username, realname, email, department;
    struct str names, patterns; /* of properties, each joined by U+001F */
    struct str known;  /* numbers of the departments of whose people the seeker
                          may know, separated by commas; absent: all */
    struct str seeker; /* his user name, when he is of the domain */
    int64_t max;
};
/* Columns: username, realname, email. */
void store_search(struct store *store, const struct store_search *search,
                  store_rows *rows, void *ctx);

/* Columns: a number and NULL, how many there are; then NULL and a user name,
 * for the first `most`. is_disabled: of those alone. departments: numbers, separated
 * by commas, whose people they have to be; absent: all. */
void store_account_list(struct store *store, struct str domain,
                        bool is_disabled, struct str departments, unsigned most,
                        store_rows *rows, void *ctx);

/* Which accounts are asked for; absent: any. */
struct store_finding {
    struct str domain;
    struct str username; /* this one alone */
    struct str scope;    /* numbers of departments, separated by commas: in some of
                            them and in no other */
    struct str within;   /* the same: in one of them */
    struct str enabled;  /* "true" or "false" */
    struct str pattern;  /* of LIKE, for user name, name or address */
    struct str after;    /* user names behind this one */
    unsigned most;
};
/* Columns: username, name, e-mail, enabled, when it was made (XEP-0082), paths of
 * departments, joined by U+001F; by username. */
void store_account_find(struct store *store, const struct store_finding *wanted,
                        store_rows *rows, void *ctx);
/* Columns: path, number, name, path of the parent, rank, description, how many
 * members; by path, behind a path (absent: from the first). numbers: of these
 * alone; absent: all. */
void store_department_list(struct store *store, struct str domain,
                           struct str numbers, struct str after, unsigned most,
                           store_rows *rows, void *ctx);
/* Columns: bare JID, name, whether he administers it, whether it is his main
 * department; by user name, behind an address. */
void store_member_list(struct store *store, struct str domain,
                       int64_t department, struct str after, unsigned most,
                       store_rows *rows, void *ctx);
/* A department; absent: the same as before. An empty parent: at the top. */
struct store_department {
    struct str name;
    struct str parent; /* path */
    struct str rank, description;
};
/* These changes are refused where there is nothing of the name. */
void store_department_add(struct store *store, struct str domain,
                          const struct store_department *department,
                          store_done *done, void *ctx);
void store_department_change(struct store *store, struct str domain,
                             struct str path,
                             const struct store_department *department,
                             store_done *done, void *ctx);
void store_department_remove(struct store *store, struct str domain,
                             struct str path, store_done *done, void *ctx);
/* path: of the department. is_main: none other of his is that any more. */
void store_member_add(struct store *store, struct store_user user,
                      struct str path, bool is_admin, bool is_main,
                      store_done *done, void *ctx);
void store_member_remove(struct store *store, struct store_user user,
                         struct str path, store_done *done, void *ctx);
/* Whose property it is. */
struct store_owner {
    enum { STORE_OF_SERVER, STORE_OF_ACCOUNT, STORE_OF_DEPARTMENT } of;
    struct str domain, name; /* user name, or path */
};
void store_property_set(struct store *store, const struct store_owner *owner,
                        struct str name, struct str value, store_done *done,
                        void *ctx);
void store_property_unset(struct store *store, const struct store_owner *owner,
                          struct str name, store_done *done, void *ctx);
/* Reads the directory anew; done when it holds what has been committed so far. */
void store_directory_reload(struct store *store, store_done *done, void *ctx);

/* A token of the REST door by its hash. Columns: name, the administrator's bare
 * JID, its commands, separated by spaces (NULL: all). No row: there is none that
 * holds. */
void store_token_use(struct store *store, struct str hash, store_rows *rows,
                     void *ctx);

/* Notices (notice.h). A new one of a kind; another text of one; none any more.
 * The last two are refused when there is none. */
void store_notice_set(struct store *store, struct str domain, struct str kind,
                      struct str text, store_done *done, void *ctx);
void store_notice_edit(struct store *store, struct str domain, struct str kind,
                       struct str text, store_done *done, void *ctx);
void store_notice_remove(struct store *store, struct str domain,
                         struct str kind, store_done *done, void *ctx);
/* Column: the kind of each that the account has not seen. */
void store_notices_due(struct store *store, struct store_user user,
                       store_rows *rows, void *ctx);
void store_notice_seen(struct store *store, struct store_user user,
                       struct str kind, int64_t number, store_done *done,
                       void *ctx);

/* A message to a group. Its recipients are worked out with it. */
struct store_broadcast {
    struct store_user sender;
    struct str target;     /* the group's address */
    struct str department; /* absent: everybody of the domain */
    unsigned shard;        /* the sender's */
    struct str origin;     /* the same again to the same target is no second */
    struct str stanza;
};
/* Writes the message with a row for each recipient in one statement; nothing is
 * written where the origin has sent it to the target before. */
void store_broadcast_add(struct store *store,
                         const struct store_broadcast *broadcast,
                         store_done *done, void *ctx);
/* Columns: number, attempt, username, domain, target, stanza; of the shards of
 * this instance, in the order of number and username, behind the last ones. */
void store_broadcast_open(struct store *store, unsigned instance, unsigned of,
                          unsigned most, int64_t last_id, struct str last_user,
                          store_rows *rows, void *ctx);
/* The recipient has it: stored for him or delivered. */
void store_broadcast_handed(struct store *store, int64_t id,
                            struct store_user user, store_done *done,
                            void *ctx);
/* A device has it, or has shown it. */
void store_broadcast_acknowledged(struct store *store, int64_t id,
                                  struct store_user user, bool is_displayed,
                                  store_done *done, void *ctx);

/* Before the number of a broadcast, in the ids of its messages. */
#define BROADCAST_ID "b-"

#endif
