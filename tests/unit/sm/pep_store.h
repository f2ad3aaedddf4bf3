/* The tables of personal eventing, as the fixture's store has them: written
 * when they are told, read when the answer is due. Included by fixture.h. */
#ifndef POSTHOUSE_TEST_SM_PEP_STORE_H
#define POSTHOUSE_TEST_SM_PEP_STORE_H

#include "sm/pep/settings.h"
#include "sm/store/store_pep.h"

struct pep_row {
    char user[32], node[256], id[520], payload[4096], affiliations[1024];
    int64_t published_ms;
    bool is_item; /* else a node, with its settings as payload */
};

struct pep_store {
    struct pep_row rows[64]; /* in the order of publication */
    size_t count;
};

/* What a read is for, kept until it is answered. */
struct pep_read {
    enum { NO_PEP_READ, PEP_READ_NODES, PEP_READ_ITEMS, PEP_READ_LAST } kind;
    char user[32], node[256], ids[2048];
    bool has_ids;
    int64_t most;
};

static struct pep_store pep_store;

static inline bool pep_row_is(const struct pep_row *row, struct str user,
                              struct str node, bool is_item)
{
    return str_eq(str_of(row->user), user) &&
           (!node.p || str_eq(str_of(row->node), node)) &&
           row->is_item == is_item;
}

static inline bool pep_has_rows(struct str user)
{
    for (size_t i = 0; i < pep_store.count; i++)
        if (pep_row_is(&pep_store.rows[i], user, STR_NONE, false))
            return true;
    return false;
}

static inline void pep_row_take(size_t place)
{
    memmove(&pep_store.rows[place], &pep_store.rows[place + 1],
            (--pep_store.count - place) * sizeof(struct pep_row));
}

static inline struct pep_row *pep_row_add(struct str user, struct str node,
                                          bool is_item)
{
    struct pep_row *row = &pep_store.rows[pep_store.count++];

    assert_true(pep_store.count <= COUNT_OF(pep_store.rows));
    memset(row, 0, sizeof(*row));
    row->is_item = is_item;
    snprintf(row->user, sizeof(row->user), "%.*s", STR_ARG(user));
    snprintf(row->node, sizeof(row->node), "%.*s", STR_ARG(node));
    return row;
}

static inline void pep_drop_item(struct str user, struct str node,
                                 struct str id)
{
    for (size_t i = pep_store.count; i-- > 0;)
        if (pep_row_is(&pep_store.rows[i], user, node, true) &&
            str_eq(str_of(pep_store.rows[i].id), id))
            pep_row_take(i);
}

/* All but the newest. */
static inline void pep_trim_items(struct str user, struct str node,
                                  int64_t most)
{
    for (size_t i = pep_store.count; i-- > 0;)
        if (pep_row_is(&pep_store.rows[i], user, node, true) && most-- <= 0)
            pep_row_take(i);
}

static inline void pep_hand_out(const struct pep_read *read, store_rows *rows,
                                void *ctx)
{
    int64_t most = read->most;

    for (size_t i = pep_store.count; i-- > 0;) {
        const struct pep_row *row = &pep_store.rows[i], *node = NULL;
        char published[24];
        struct str columns[6];

        if (!str_eq(str_of(row->user), str_of(read->user)) ||
            row->is_item == (read->kind == PEP_READ_NODES))
            continue;
        snprintf(published, sizeof(published), "%lld",
                 (long long)row->published_ms);
        for (size_t k = 0; k < pep_store.count; k++)
            if (!pep_store.rows[k].is_item &&
                !strcmp(pep_store.rows[k].user, row->user) &&
                !strcmp(pep_store.rows[k].node, row->node))
                node = &pep_store.rows[k];
        if (read->kind == PEP_READ_NODES) {
            columns[0] = str_of(row->node);
            columns[1] = str_of(row->payload);
            columns[2] = str_of(row->affiliations);
            rows(ctx, &(struct store_row){columns, 3}, true);
        } else if (read->kind == PEP_READ_ITEMS) {
            if (strcmp(row->node, read->node) || most <= 0 ||
                (read->has_ids &&
                 !pep_list_has(str_of(read->ids), str_of(row->id))))
                continue;
            most--;
            columns[0] = str_of(row->id);
            columns[1] = str_of(published);
            columns[2] = str_of(row->payload);
            rows(ctx, &(struct store_row){columns, 3}, true);
        } else {
            bool is_last = pep_list_has(str_of(read->ids), str_of(row->node));

            for (size_t k = i + 1; k < pep_store.count; k++)
                if (pep_store.rows[k].is_item &&
                    !strcmp(pep_store.rows[k].user, row->user) &&
                    !strcmp(pep_store.rows[k].node, row->node))
                    is_last = false;
            if (!is_last)
                continue;
            columns[0] = str_of(row->node);
            columns[1] = str_of(node->payload);
            columns[2] = str_of(node->affiliations);
            columns[3] = str_of(row->id);
            columns[4] = str_of(published);
            columns[5] = str_of(row->payload);
            rows(ctx, &(struct store_row){columns, 6}, true);
        }
    }
    rows(ctx, NULL, true);
}

#endif
