/* What administrators do to accounts; who has them in memory is notified. */
#include "sm_statements.h"
#include "store_internal.h"

void store_account_enable(struct store *store, struct store_user user,
                          bool is_enabled, store_done *done, void *ctx)
{
    store_write_row(store, SM_ACCOUNT_ENABLE,
                    (struct str[]){user.domain, user.username,
                                   db_boolean(is_enabled)},
                    done, ctx);
}
