/* Broadcasts and their recipients. */
#include "sm_statements.h"
#include "sm/store/store_internal.h"

void store_broadcast_add(struct store *store,
                         const struct store_broadcast *broadcast,
                         store_done *done, void *ctx)
{
    char shard[24];

    store_write(store, SM_BROADCAST_ADD,
                (struct str[]){broadcast->sender.domain,
                               broadcast->sender.username, broadcast->target,
                               broadcast->department,
                               db_number(shard, broadcast->shard),
                               broadcast->origin, broadcast->stanza},
                done, ctx);
}

void store_broadcast_open(struct store *store, unsigned instance, unsigned of,
                          unsigned most, int64_t last_id, struct str last_user,
                          store_rows *rows, void *ctx)
{
    char numbers[4][24];

    store_read(store, SM_BROADCAST_OPEN,
               (struct str[]){db_number(numbers[0], instance),
                              db_number(numbers[1], of),
                              db_number(numbers[2], most),
                              db_number(numbers[3], last_id), last_user},
               6, rows, ctx);
}

void store_broadcast_handed(struct store *store, int64_t id,
                            struct store_user user, store_done *done, void *ctx)
{
    char number[24];

    store_write(
        store, SM_BROADCAST_HANDED,
        (struct str[]){db_number(number, id), user.domain, user.username}, done,
        ctx);
}

void store_broadcast_acknowledged(struct store *store, int64_t id,
                                  struct store_user user, bool is_displayed,
                                  store_done *done, void *ctx)
{
    char number[24];

    store_write(store, SM_BROADCAST_ACKNOWLEDGED,
                (struct str[]){db_number(number, id), user.domain,
                               user.username,
                               is_displayed ? STR("t") : STR("f")},
                done, ctx);
}
