/* An account's rows, brought into memory. */
#include <stdlib.h>

#include "common/daemon/daemon.h"
#include "common/log/log.h"
#include "sm/archive/archive.h"
#include "sm_statements.h"
#include "sm/store/store_internal.h"

/* Four reads at once, told when the last has come. */
struct loading {
    struct store *store;
    struct account *account;
    unsigned waiting;
    bool failed, closed, exists, enabled;
};

static void keep_groups(struct roster *roster, struct roster_item *item,
                        struct str name, struct str joined)
{
    struct str groups[256];
    size_t count = 0;

    while (joined.len && count < COUNT_OF(groups))
        groups[count++] = str_cut(&joined, GROUP_SEPARATOR);
    roster_set(roster, item, name, groups, count);
}

static void keep_contacts(struct account *account,
                          const struct db_result *result)
{
    for (size_t row = 0; row < db_rows(result); row++) {
        struct roster_item *item =
            roster_get(&account->roster, db_text(result, row, 0));

        item->state =
            roster_state(db_text(result, row, 2), db_bool(result, row, 3),
                         item->request.p != NULL);
        item->approved = db_bool(result, row, 4);
        keep_groups(&account->roster, item, db_text(result, row, 1),
                    db_text(result, row, 5));
    }
}

static void keep_requests(struct account *account,
                          const struct db_result *result)
{
    for (size_t row = 0; row < db_rows(result); row++) {
        struct roster_item *item =
            roster_get(&account->roster, db_text(result, row, 0));

        item->request = str_dup(db_text(result, row, 1));
        item->state = roster_state(str_of(roster_item_subscription(item)),
                                   roster_item_asks(item), true);
    }
}

static void keep_lists(struct account *account, const struct db_result *result)
{
    for (size_t row = 0; row < db_rows(result); row++)
        if (!privacy_load(&account->privacy, &account->sm->arena,
                          db_text(result, row, 0), db_bool(result, row, 1),
                          db_text(result, row, 2)))
            log_event(LOG_LEVEL_ERROR, "bad-privacy-list",
                      LOG_STR("jid", account->jid.bare),
                      LOG_STR("name", db_text(result, row, 0)));
}

/* Takes one of the four; the last one tells the account. */
static void one_loaded(struct loading *loading, enum db_status status)
{
    loading->failed |= status != DB_OK;
    loading->closed |= status == DB_CLOSED;
    if (--loading->waiting > 0)
        return;
    if (!loading->closed) {
        loading->store->sm->now_ms = clock_unix_ms();
        loading->store->sm->steady_ms = (int64_t)clock_monotonic_ms();
        account_loaded(loading->account, !loading->failed, loading->exists,
                       loading->enabled);
    }
    free(loading);
}

/* An account is loaded once, so nothing is there that these would replace. */
static void keep_archive(struct account *account,
                         const struct db_result *result)
{
    enum archive_standard standard = ARCHIVE_ALWAYS;

    account->number = db_int(result, 0, 3);
    (void)!archive_standard_of(db_text(result, 0, 4), &standard);
    account->archive_standard = standard;
    account->archive_always = str_dup(db_text(result, 0, 5));
    account->archive_never = str_dup(db_text(result, 0, 6));
}

static void on_account(void *ctx, enum db_status status,
                       const struct db_result *result)
{
    struct loading *loading = ctx;

    if (status == DB_OK && db_rows(result) > 0) {
        loading->exists = true;
        loading->enabled = db_bool(result, 0, 0);
        loading->account->offline_empty = !db_bool(result, 0, 1);
        loading->account->has_held = db_bool(result, 0, 2);
        keep_archive(loading->account, result);
        loading->account->photo = str_dup(db_text(result, 0, 7));
    }
    one_loaded(loading, status);
}

static void on_roster(void *ctx, enum db_status status,
                      const struct db_result *result)
{
    struct loading *loading = ctx;

    if (status == DB_OK)
        keep_contacts(loading->account, result);
    one_loaded(loading, status);
}

static void on_requests(void *ctx, enum db_status status,
                        const struct db_result *result)
{
    struct loading *loading = ctx;

    if (status == DB_OK)
        keep_requests(loading->account, result);
    one_loaded(loading, status);
}

static void on_lists(void *ctx, enum db_status status,
                     const struct db_result *result)
{
    struct loading *loading = ctx;

    arena_reset(&loading->store->sm->arena);
    if (status == DB_OK)
        keep_lists(loading->account, result);
    one_loaded(loading, status);
}

void store_load_account(struct store *store, struct account *account)
{
    const struct str params[] = {account->jid.domain, account->jid.local};
    struct loading *loading = NEW(struct loading);

    *loading =
        (struct loading){.store = store, .account = account, .waiting = 4};
    db_read(store->db, SM_ACCOUNT_LOAD, params, on_account, loading);
    db_read(store->db, SM_ROSTER_LOAD, params, on_roster, loading);
    db_read(store->db, SM_REQUEST_LOAD, params, on_requests, loading);
    db_read(store->db, SM_PRIVACY_LOAD, params, on_lists, loading);
}
