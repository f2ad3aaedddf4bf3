/* The directory, read anew whenever it changes. However many changes come
 * meanwhile, one reading follows. */
#include <stdlib.h>
#include <utlist.h>

#include "common/daemon/daemon.h"
#include "common/log/log.h"
#include "sm/presence/contact.h"
#include "sm/session/session.h"
#include "sm_statements.h"
#include "sm/store/store_internal.h"

struct waiting_reader {
    struct waiting_reader *next;
    store_done *done;
    void *ctx;
};

static struct directory_row row_of(const struct db_result *result, size_t row)
{
    return (struct directory_row){.kind = db_text(result, row, 0),
                                  .domain = db_text(result, row, 1),
                                  .name = db_text(result, row, 2),
                                  .key = db_text(result, row, 3),
                                  .value = db_text(result, row, 4),
                                  .flags = db_text(result, row, 5)};
}

static void take_directory(struct sm *sm, const struct db_result *result)
{
    struct directory *directory = directory_new();

    for (size_t row = 0; row < db_rows(result); row++) {
        struct directory_row found = row_of(result, row);

        directory_add(directory, &found);
    }
    directory_finish(directory, sm->config);
    sm->now_ms = clock_unix_ms();
    sm->steady_ms = (int64_t)clock_monotonic_ms();
    contacts_take_directory(sm, directory);
}

static void tell_readers(struct store *store, bool ok)
{
    struct waiting_reader *one;

    while ((one = store->reading)) {
        LL_DELETE(store->reading, one);
        arena_reset(&store->sm->arena);
        one->done(one->ctx, ok);
        free(one);
    }
    sessions_settle(store->sm);
}

static void on_directory(void *ctx, enum db_status status,
                         const struct db_result *result)
{
    struct store *store = ctx;

    store->directory_loading = false;
    if (status == DB_CLOSED)
        return;
    if (status == DB_OK)
        take_directory(store->sm, result);
    tell_readers(store, status == DB_OK);
    if (store->directory_stale)
        store_load_directory(store);
    store_directory_loaded(store);
}

void store_load_directory(struct store *store)
{
    store->directory_stale = store->directory_loading;
    if (store->directory_loading)
        return;
    store->directory_loading = true;
    store->reading = store->reading_next;
    store->reading_next = NULL;
    db_read(store->db, SM_DIRECTORY_LOAD, NULL, on_directory, store);
}

void store_directory_reload(struct store *store, store_done *done, void *ctx)
{
    struct waiting_reader *one = NEW(struct waiting_reader);

    *one = (struct waiting_reader){.done = done, .ctx = ctx};
    LL_APPEND(store->reading_next, one);
    store_load_directory(store);
}

void store_directory_clear(struct store *store)
{
    struct waiting_reader *one, *next;

    LL_CONCAT(store->reading, store->reading_next);
    LL_FOREACH_SAFE(store->reading, one, next)
    free(one);
}
