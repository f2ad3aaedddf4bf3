/* What the store's files share. */
#ifndef POSTHOUSE_SM_STORE_INTERNAL_H
#define POSTHOUSE_SM_STORE_INTERNAL_H

#include "common/db/db.h"
#include "sm/store/store.h"

/* Joins a contact's groups in one column; XML cannot contain it. */
#define GROUP_SEPARATOR '\x1f'

struct store {
    struct db *db;
    struct sm *sm;
    void (*on_ready)(void *ctx, uint64_t epoch);
    void *ctx;
    bool is_ready;
    bool directory_loading; /* and what changed since then is to be read too */
    bool directory_stale;
    /* Who waits for what is read now, and for what is read next. */
    struct waiting_reader *reading, *reading_next;
};

/* Somebody who is told when the directory has been read. */
struct waiting_reader;

/* Runs a statement of sm.sql; `done` and `rows` are told as store.h says. */
struct operation;
/* One that changes something. */
struct operation *store_write(struct store *store, size_t statement,
                              const struct str *params, store_done *done,
                              void *ctx);
/* The same, refused when no row comes back. */
void store_write_row(struct store *store, size_t statement,
                     const struct str *params, store_done *done, void *ctx);
/* One that reads, on a connection of its own. */
void store_read(struct store *store, size_t statement,
                const struct str *params, unsigned columns, store_rows *rows,
                void *ctx);
/* The same when all that was written so far is there. */
void store_read_behind(struct store *store, size_t statement,
                       const struct str *params, unsigned columns,
                       store_rows *rows, void *ctx);
/* The same, and tells how it ended. */
void store_find(struct store *store, size_t statement, const struct str *params,
                unsigned columns, store_found *found, void *ctx);
/* Makes the partitions of the months ahead. */
void store_partitions(struct store *store, db_callback *callback);

/* Reads the offers that wait for our users; then store_offers_loaded. */
void store_load_offers(struct store *store, uint64_t epoch);
/* sm.c's part of it. */
void store_offers_loaded(struct store *store, uint64_t epoch);
/* Reads the rules of file transfer (again); then store_rules_loaded. */
void store_load_rules(struct store *store);
/* They are known as far as the database tells them. */
void store_rules_loaded(struct store *store);
/* Reads the directory (again); one reading at a time. */
void store_load_directory(struct store *store);
/* Forgets who waits for it; nobody is told. */
void store_directory_clear(struct store *store);
/* Reads the notices (again); then store_notices_loaded. */
void store_load_notices(struct store *store);
/* They are known, or the database refused to tell. */
void store_notices_loaded(struct store *store);
/* Reads which tokens of the REST door there are (again). */
void store_load_tokens(struct store *store);
/* It is known, or the database refused to tell. */
void store_directory_loaded(struct store *store);

#endif
