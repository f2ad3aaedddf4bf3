/* The departments, read anew whenever the directory changes. However many
 * changes come meanwhile, one reading follows. */
#include "common/daemon/daemon.h"
#include "department.h"
#include "mucd_statements.h"
#include "store_internal.h"

static void take_directory(struct store *store, const struct db_result *result)
{
    struct mucd *mucd = store->mucd;
    struct directory *directory = directory_new();

    for (size_t row = 0; row < db_rows(result); row++)
        directory_add(directory, &(struct directory_row){
                                     .kind = db_text(result, row, 0),
                                     .domain = db_text(result, row, 1),
                                     .name = db_text(result, row, 2),
                                     .key = db_text(result, row, 3),
                                     .value = db_text(result, row, 4),
                                     .flags = db_text(result, row, 5)});
    directory_finish(directory, mucd->config);
    mucd->now_ms = clock_unix_ms();
    mucd->steady_ms = (int64_t)clock_monotonic_ms();
    /* Nobody makes a room before it is known where departments have theirs. */
    departments_reserve(mucd, directory);
    store_is_loaded(store);
    departments_apply(mucd, directory);
    directory_free(directory);
}

static void on_directory(void *ctx, enum db_status status,
                         const struct db_result *result)
{
    struct store *store = ctx;

    store->directory_loading = false;
    if (status == DB_CLOSED)
        return;
    if (status == DB_OK)
        take_directory(store, result);
    store_is_loaded(store);
    if (store->directory_stale)
        store_load_directory(store);
}

void store_load_directory(struct store *store)
{
    store->directory_stale = store->directory_loading;
    if (store->directory_loading)
        return;
    store->directory_loading = true;
    db_read(store->db, MUCD_DIRECTORY_LOAD, NULL, on_directory, store);
}
