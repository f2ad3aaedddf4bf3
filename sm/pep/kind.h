/* Kinds of clients: what a hash of capabilities stands for. Shared by all who
 * tell the hash, at most sm.pep-caps-cache of them; one that falls out of the
 * cache stays with those who hold it. */
#ifndef POSTHOUSE_SM_PEP_KIND_H
#define POSTHOUSE_SM_PEP_KIND_H

#include "common/config/config.h"
#include "common/mem/hash.h"
#include "common/xml/xml.h"

struct kind {
    UT_hash_handle hh;        /* by key, when it is shared */
    struct kind *prev, *next; /* of the cache, the latest used last */
    bool is_shared;
    unsigned holders;
    struct str key;   /* heap */
    struct str nodes; /* that it wants events of, joined; heap */
};

struct kinds {
    struct kind *by_key;
    struct kind *oldest; /* utlist */
};

/* One with the features of an answer to disco#info; without holders, and not
 * shared. */
struct kind *kind_new(struct str key, const struct xml *query);
/* NULL: it is not known. */
struct kind *kind_find(const struct kinds *kinds, struct str key);
/* Puts it into the cache; the one that was used longest ago makes room. */
void kind_share(struct kinds *kinds, const struct config *config,
                struct kind *kind);
/* One more holder; returns it. */
struct kind *kind_hold(struct kinds *kinds, struct kind *kind);
/* One less: who is neither held nor shared is freed. NULL is allowed. */
void kind_drop(struct kind *kind);
/* Empties the cache. */
void kinds_clear(struct kinds *kinds);

#endif
