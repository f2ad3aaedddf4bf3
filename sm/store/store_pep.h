/* The tables of personal eventing, in store.h's terms. */
#ifndef POSTHOUSE_SM_STORE_PEP_H
#define POSTHOUSE_SM_STORE_PEP_H

#include "sm/store/store.h"

/* Columns: node, settings, affiliations. */
void store_pep_nodes(struct store *store, struct store_user user,
                     store_rows *rows, void *ctx);
/* Writes a node, new or changed. */
void store_pep_node_set(struct store *store, struct store_user user,
                        struct str node, struct str settings,
                        struct str affiliations, store_done *done, void *ctx);
/* With its items; done also when there was none. */
void store_pep_node_remove(struct store *store, struct store_user user,
                           struct str node, store_done *done, void *ctx);

struct store_pep_item {
    struct str node, id, payload;
    int64_t published_ms; /* Unix */
    int64_t max_items;    /* of the node, with this one */
};
/* The node's newest item, in the place of one with its id. */
void store_pep_publish(struct store *store, struct store_user user,
                       const struct store_pep_item *item, store_done *done,
                       void *ctx);
/* Leaves the newest `most` items; 0: none. */
void store_pep_trim(struct store *store, struct store_user user,
                    struct str node, int64_t most, store_done *done, void *ctx);
/* Done also when there was none. */
void store_pep_retract(struct store *store, struct store_user user,
                       struct str node, struct str id, store_done *done,
                       void *ctx);
/* Columns: id, published_ms, payload; the newest first. ids: joined by
 * PEP_SEPARATOR; absent: all. */
void store_pep_items(struct store *store, struct store_user user,
                     struct str node, struct str ids, int64_t most,
                     store_rows *rows, void *ctx);
/* Columns: node, settings, affiliations, id, published_ms, payload of the last
 * item of each of these nodes, joined by PEP_SEPARATOR. */
void store_pep_last(struct store *store, struct store_user user,
                    struct str nodes, store_rows *rows, void *ctx);

#endif
