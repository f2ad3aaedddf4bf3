/* What administrators ask for: lists of accounts, and notices. */
#include "sm/admin/notice.h"
#include "sm_statements.h"
#include "sm/store/store_internal.h"

void store_account_list(struct store *store, struct str domain,
                        bool is_disabled, struct str departments, unsigned most,
                        store_rows *rows, void *ctx)
{
    char number[24];

    store_read(store, SM_ACCOUNT_LIST,
               (struct str[]){domain, db_boolean(is_disabled), departments,
                              db_number(number, most)},
               2, rows, ctx);
}

void store_quiet_set(struct store *store, struct store_user user,
                     struct str hours, struct str exceptions, store_done *done,
                     void *ctx)
{
    store_write(store, SM_QUIET_SET,
                (struct str[]){user.domain, user.username, hours, exceptions},
                done, ctx);
}

void store_notice_set(struct store *store, struct str domain, struct str kind,
                      struct str text, store_done *done, void *ctx)
{
    store_write_row(store, SM_NOTICE_SET, (struct str[]){domain, kind, text},
                    done, ctx);
}

void store_notice_edit(struct store *store, struct str domain, struct str kind,
                       struct str text, store_done *done, void *ctx)
{
    store_write_row(store, SM_NOTICE_EDIT, (struct str[]){domain, kind, text},
                    done, ctx);
}

void store_notice_remove(struct store *store, struct str domain,
                         struct str kind, store_done *done, void *ctx)
{
    store_write_row(store, SM_NOTICE_REMOVE, (struct str[]){domain, kind}, done,
                    ctx);
}

void store_notices_due(struct store *store, struct store_user user,
                       store_rows *rows, void *ctx)
{
    store_read_behind(store, SM_NOTICES_DUE,
                      (struct str[]){user.domain, user.username}, 1, rows, ctx);
}

void store_notice_seen(struct store *store, struct store_user user,
                       struct str kind, int64_t number, store_done *done,
                       void *ctx)
{
    char text[24];

    store_write(store, SM_NOTICE_SEEN,
                (struct str[]){user.domain, user.username, kind,
                               db_number(text, number)},
                done, ctx);
}

static void on_notice(void *ctx, const struct store_row *row, bool ok)
{
    struct store *store = ctx;

    notices_take(store->sm, row, ok);
    if (!row)
        store_notices_loaded(store);
}

void store_load_notices(struct store *store)
{
    store_read(store, SM_NOTICES, NULL, 4, on_notice, store);
}
