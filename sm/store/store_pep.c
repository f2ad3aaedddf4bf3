/* Nodes and items of personal eventing. What was written is read: every read
 * goes behind the writes so far. */
#include "sm/store/store_pep.h"

#include "sm_statements.h"
#include "sm/store/store_internal.h"

void store_pep_nodes(struct store *store, struct store_user user,
                     store_rows *rows, void *ctx)
{
    store_read_behind(store, SM_PEP_NODES,
                      (struct str[]){user.domain, user.username}, 3, rows, ctx);
}

void store_pep_node_set(struct store *store, struct store_user user,
                        struct str node, struct str settings,
                        struct str affiliations, store_done *done, void *ctx)
{
    store_write(store, SM_PEP_NODE_SET,
                (struct str[]){user.domain, user.username, node, settings,
                               affiliations.p ? affiliations : STR("")},
                done, ctx);
}

void store_pep_node_remove(struct store *store, struct store_user user,
                           struct str node, store_done *done, void *ctx)
{
    store_write(store, SM_PEP_NODE_REMOVE,
                (struct str[]){user.domain, user.username, node}, done, ctx);
}

void store_pep_publish(struct store *store, struct store_user user,
                       const struct store_pep_item *item, store_done *done,
                       void *ctx)
{
    char published[24], most[24];

    store_write(store, SM_PEP_PUBLISH,
                (struct str[]){user.domain, user.username, item->node, item->id,
                               db_number(published, item->published_ms),
                               item->payload, db_number(most, item->max_items)},
                done, ctx);
}

void store_pep_trim(struct store *store, struct store_user user,
                    struct str node, int64_t most, store_done *done, void *ctx)
{
    char text[24];

    store_write(
        store, SM_PEP_TRIM,
        (struct str[]){user.domain, user.username, node, db_number(text, most)},
        done, ctx);
}

void store_pep_retract(struct store *store, struct store_user user,
                       struct str node, struct str id, store_done *done,
                       void *ctx)
{
    store_write(store, SM_PEP_RETRACT,
                (struct str[]){user.domain, user.username, node, id}, done,
                ctx);
}

void store_pep_items(struct store *store, struct store_user user,
                     struct str node, struct str ids, int64_t most,
                     store_rows *rows, void *ctx)
{
    char text[24];

    store_read_behind(store, SM_PEP_ITEMS,
                      (struct str[]){user.domain, user.username, node, ids,
                                     db_number(text, most)},
                      3, rows, ctx);
}

void store_pep_last(struct store *store, struct store_user user,
                    struct str nodes, store_rows *rows, void *ctx)
{
    store_read_behind(store, SM_PEP_LAST,
                      (struct str[]){user.domain, user.username, nodes}, 6,
                      rows, ctx);
}
