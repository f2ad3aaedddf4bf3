/* The nodes of one account, in memory since somebody first asked for one: who
 * may read them and how. Their items are in the database alone. */
#ifndef POSTHOUSE_SM_PEP_NODE_H
#define POSTHOUSE_SM_PEP_NODE_H

#include "sm/account.h"
#include "sm/pep/settings.h"
#include "sm/store/store_pep.h"

/* What PostgreSQL takes into a key, with room for the account. */
#define PEP_MAX_NODE_BYTES 256
#define PEP_MAX_ID_BYTES   512

struct pep_node {
    UT_hash_handle hh;
    struct str name; /* heap */
    struct pep_settings settings;
    struct str affiliations; /* elements of XEP-0060 §8.9, as kept; heap */
};

struct pep_wait;

/* account->pep; NULL: nobody has asked. */
struct pep {
    struct pep_node *nodes; /* by name */
    bool is_read;
    struct pep_wait *waiting; /* until it is */
};

/* Runs with the account's nodes at hand; ok false: the database refused. */
typedef void pep_task(struct account *account, void *ctx, bool ok);
/* Calls `run`, now or when they have been read. Not at all when the account
 * leaves memory before. */
void pep_with(struct account *account, pep_task *run, void *ctx);
/* The account leaves memory, or what is in the database is not what was to be
 * written there: nodes are read anew when they are asked for. */
void pep_forget(struct account *account);

/* Of nodes that were read; NULL: there is none. */
struct pep_node *pep_find(const struct account *account, struct str name);
/* Adds a node, or changes it: memory at once, the row behind `done` (may be
 * NULL, as below). */
struct pep_node *pep_set(struct account *account, struct str name,
                         const struct pep_settings *settings,
                         struct str affiliations, store_done *done, void *ctx);
/* Takes a node out, with its row and items. */
void pep_remove(struct account *account, struct pep_node *node,
                store_done *done, void *ctx);
/* A node as it is now, for what follows its commit; in the arena. */
struct pep_node *pep_node_dup(struct arena *arena, const struct pep_node *node);
/* How many items it keeps. */
int64_t pep_most_items(const struct sm *sm,
                       const struct pep_settings *settings);

/* Why somebody may not read; PEP_MAY when he may. */
enum pep_verdict {
    PEP_MAY,
    PEP_UNSUBSCRIBED, /* to the owner's presence */
    PEP_OUTSIDE,      /* of the groups of the roster */
    PEP_UNLISTED,     /* in the white list */
    PEP_OUTCAST
};
MUST_CHECK enum pep_verdict pep_access(const struct account *account,
                                       const struct pep_settings *settings,
                                       struct str affiliations,
                                       struct str bare_jid);
/* "owner", "member", "outcast" or "none" (§4.1). */
struct str pep_affiliation(const struct account *account,
                           struct str affiliations, struct str bare_jid);

#endif
