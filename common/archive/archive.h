/* What every archive of messages answers (XEP-0313) in pages (XEP-0059): ids,
 * the question that a client asks, and the forms of the answer. Where the
 * messages lie is the daemon's own affair. */
#ifndef POSTHOUSE_ARCHIVE_H
#define POSTHOUSE_ARCHIVE_H

#include "../jid/jid.h"
#include "../stanza/stanza.h"

/* --- ids of the store of users' messages -----------------------------------
 * Unix milliseconds and 20 bits below: an id tells when, grows with time, and
 * is known before anything is written. */

/* The least id of a millisecond; INT64_MAX for times that no id can have, 0 for
 * those before 1970. */
int64_t archive_id_at(int64_t unix_ms);
/* The millisecond of an id, in Unix time. */
int64_t archive_ms_of(int64_t id);
/* Whether it is the first day of a month (UTC): the store has a part of its own
 * for each. */
bool archive_month_is_young(int64_t unix_ms);
/* What the store finds a conversation by: a hash of the other's bare JID. */
int64_t archive_peer(struct str bare_jid);
/* Reads an id as clients know it; false when it can be none. */
MUST_CHECK bool archive_read_id(struct str text, int64_t *id);
/* The reverse. In the arena. */
struct str archive_id_text(struct arena *arena, int64_t id);

/* --- the question --------------------------------------------------------- */

struct archive_query {
    struct str query_id;            /* absent: none */
    struct jid with;                /* its full is absent: anybody */
    int64_t start_ms;               /* 0: from the beginning */
    int64_t end_ms;                 /* INT64_MAX: no end */
    struct str after, before;       /* of the page; absent: none */
    struct str after_id, before_id; /* of the form */
    struct str *ids;
    size_t id_count;
    struct str text;  /* to be found in bodies (XEP-0431); absent: any */
    unsigned max;     /* messages of a page, at most what was allowed */
    bool is_backward; /* the last page, or the one before `before` */
    bool is_flipped;  /* newest first */
    bool wants_count; /* only how many (XEP-0059 §2.7) */
};

enum archive_reading {
    ARCHIVE_READ,
    ARCHIVE_MALFORMED, /* bad-request: an address, a time, a number that is
                        * none, a field that is there twice */
    ARCHIVE_UNKNOWN,   /* feature-not-implemented: a field that nobody knows, a
                        * place by number, an archive of a node */
    ARCHIVE_TOO_MANY,  /* resource-constraint: more ids than a page has */
};
/* Reads <query/>. What is found is borrowed from it or lies in the arena.
 * allows_text: whether this archive can be searched. max_page: the most that a
 * page may have, and what it has when the client does not say. */
MUST_CHECK enum archive_reading archive_read_query(struct archive_query *query,
                                                   struct arena *arena,
                                                   const struct xml *element,
                                                   unsigned max_page,
                                                   bool allows_text);
/* All ids in the question that the archive must have, or item-not-found is its
 * answer (§4.1.3, §4.3.2); each once. Into an array of 4 + id_count. */
size_t archive_named_ids(const struct archive_query *query, struct str *into);
/* Whether it is one of those that are asked for by their ids. */
bool archive_lists(const struct archive_query *query, struct str id);

/* --- what was found ------------------------------------------------------- */

struct archive_found {
    struct str id;
    int64_t sent_ms;
    struct str stanza; /* as it was kept */
    struct str sender; /* for who may know it; absent: nothing is told */
};

/* The messages of a page, as they come out of a store. */
struct archive_page {
    struct archive_found *found;
    size_t count;
    size_t max;               /* so many, and no more */
    size_t bytes, most_bytes; /* nor any behind so much */
    bool is_cut;              /* there was more than the page has room for */
};
/* An empty page with room for `max` in the arena. */
void archive_page_init(struct archive_page *page, struct arena *arena,
                       size_t max, size_t most_bytes);
/* The next message, copied into the arena; one too many cuts the page. */
void archive_page_add(struct archive_page *page, struct arena *arena,
                      const struct archive_found *found);
/* Of a page that came newest first: into the order of time. */
void archive_page_turn(struct archive_page *page);
/* The message to be sent as number `i`. */
const struct archive_found *archive_page_at(const struct archive_page *page,
                                            const struct archive_query *query,
                                            size_t i);

/* --- the answer ----------------------------------------------------------- */

/* Adds the form of all fields to the result of a get. */
void archive_add_form(struct xml *result, bool allows_text);
/* One message of the answer, without addresses: <result/> around `message`,
 * which lives at least as long as the arena. */
struct xml *archive_result(struct arena *arena,
                           const struct archive_query *query, struct str id,
                           int64_t sent_ms, struct xml *message);
/* Adds <fin/> for a page in the order of time. count: of all that match;
 * absent: not told. */
void archive_add_fin(struct xml *result, const struct archive_page *page,
                     struct str count);
/* Adds <metadata/> with the ends of an archive; nothing in it when first is
 * absent. */
void archive_add_metadata(struct xml *result, struct str first,
                          int64_t first_ms, struct str last, int64_t last_ms);
/* Whether a message is part of an answer: it is for the one who asked alone. */
bool archive_is_result(const struct xml *message);

#endif
