/* What the store's files share. */
#ifndef POSTHOUSE_SM_STORE_INTERNAL_H
#define POSTHOUSE_SM_STORE_INTERNAL_H

#include "common/db/db.h"
#include "store.h"

/* Joins a contact's groups in one column; XML cannot contain it. */
#define GROUP_SEPARATOR '\x1f'

struct store {
    struct db *db;
    struct sm *sm;
    void (*on_ready)(void *ctx, uint64_t epoch);
    void *ctx;
    bool is_ready;
};

/* Reads the offers that wait for our users; then store_offers_loaded. */
void store_load_offers(struct store *store, uint64_t epoch);
void store_offers_loaded(struct store *store, uint64_t epoch);
/* Reads the rules of file transfer (again); then store_rules_loaded. */
void store_load_rules(struct store *store);
/* They are known as far as the database tells them. */
void store_rules_loaded(struct store *store);

#endif
