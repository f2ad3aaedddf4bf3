/* An account's rows, brought into memory. */
#include <stdlib.h>

#include "common/daemon/daemon.h"
#include "common/log/log.h"
#include "sm/archive/archive.h"
#include "sm_statements.h"
#include "sm/store/store_internal.h"

/* Columns of account_load that have a meaning in every part. */
enum { PART, FLAG, SECOND_FLAG, THIRD_FLAG, FOURTH_FLAG, NUMBER, TEXT };

struct loading {
    struct store *store;
    struct account *account;
    bool exists, enabled;
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

/* An account is loaded once, so nothing is there that these would replace. */
static void keep_account(struct loading *loading,
                         const struct db_result *result, size_t row)
{
    struct account *account = loading->account;
    enum archive_standard standard = ARCHIVE_ALWAYS;

    loading->exists = true;
    loading->enabled = db_bool(result, row, FLAG);
    account->offline_empty = !db_bool(result, row, SECOND_FLAG);
    account->has_held = db_bool(result, row, THIRD_FLAG);
    account->pep_empty = !db_bool(result, row, FOURTH_FLAG);
    account->number = db_int(result, row, NUMBER);
    (void)!archive_standard_of(db_text(result, row, TEXT), &standard);
    account->archive_standard = standard;
    account->archive_always = str_dup(db_text(result, row, TEXT + 1));
    account->archive_never = str_dup(db_text(result, row, TEXT + 2));
    account->photo = str_dup(db_text(result, row, TEXT + 3));
}

static void keep_contact(struct loading *loading,
                         const struct db_result *result, size_t row)
{
    struct roster *roster = &loading->account->roster;
    struct roster_item *item = roster_get(roster, db_text(result, row, TEXT));

    item->state =
        roster_state(db_text(result, row, TEXT + 2), db_bool(result, row, FLAG),
                     item->request.p != NULL);
    item->approved = db_bool(result, row, SECOND_FLAG);
    keep_groups(roster, item, db_text(result, row, TEXT + 1),
                db_text(result, row, TEXT + 3));
}

static void keep_request(struct loading *loading,
                         const struct db_result *result, size_t row)
{
    struct roster_item *item =
        roster_get(&loading->account->roster, db_text(result, row, TEXT));

    item->request = str_dup(db_text(result, row, TEXT + 1));
    item->state = roster_state(str_of(roster_item_subscription(item)),
                               roster_item_asks(item), true);
}

static void keep_list(struct loading *loading, const struct db_result *result,
                      size_t row)
{
    struct account *account = loading->account;
    struct str name = db_text(result, row, TEXT);

    if (!privacy_load(&account->privacy, &account->sm->arena, name,
                      db_bool(result, row, FLAG),
                      db_text(result, row, TEXT + 1)))
        log_event(LOG_LEVEL_ERROR, "bad-privacy-list",
                  LOG_STR("jid", account->jid.bare), LOG_STR("name", name));
}

static const struct part {
    const char *name; /* as account_load writes it */
    void (*keep)(struct loading *loading, const struct db_result *result,
                 size_t row);
} parts[] = {
    {"a", keep_account},
    {"c", keep_contact},
    {"r", keep_request},
    {"p", keep_list},
};

static void keep_row(struct loading *loading, const struct db_result *result,
                     size_t row)
{
    for (size_t i = 0; i < COUNT_OF(parts); i++)
        if (str_is(db_text(result, row, PART), parts[i].name))
            parts[i].keep(loading, result, row);
}

static void on_account(void *ctx, enum db_status status,
                       const struct db_result *result)
{
    struct loading *loading = ctx;
    struct sm *sm = loading->store->sm;

    if (status != DB_CLOSED) {
        arena_reset(&sm->arena);
        for (size_t row = 0; status == DB_OK && row < db_rows(result); row++)
            keep_row(loading, result, row);
        sm->now_ms = clock_unix_ms();
        sm->steady_ms = (int64_t)clock_monotonic_ms();
        account_loaded(loading->account, status == DB_OK, loading->exists,
                       loading->enabled);
    }
    free(loading);
}

void store_load_account(struct store *store, struct account *account)
{
    const struct str params[] = {account->jid.domain, account->jid.local};
    struct loading *loading = NEW(struct loading);

    *loading = (struct loading){.store = store, .account = account};
    db_read(store->db, SM_ACCOUNT_LOAD, params, on_account, loading);
}
