/* What the store's files share. */
#ifndef POSTHOUSE_MUCD_STORE_INTERNAL_H
#define POSTHOUSE_MUCD_STORE_INTERNAL_H

#include "common/db/db.h"
#include "store.h"

struct store {
    struct db *db;
    struct mucd *mucd;
    void (*on_ready)(void *ctx, uint64_t epoch);
    void *ctx;
    uint64_t epoch;
    unsigned waiting_writes; /* not committed yet */
    bool is_loading, is_ready;
    bool directory_loading; /* and what changed since then is to be read too */
    bool directory_stale;
};

/* Brings every room of this process into memory, then reads the directory. */
void store_load(struct store *store);
/* Everything has been read that is needed to begin; the first time it calls
 * on_ready. */
void store_is_loaded(struct store *store);
/* Reads the directory (again), one reading at a time, and applies it. */
void store_load_directory(struct store *store);

#endif
