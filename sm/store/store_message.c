/* The store of messages: archives and what waits. */
#include "common/archive/archive.h"
#include "sm/session/session.h"
#include "sm/store/shell_store.h"
#include "sm_statements.h"
#include "sm/store/store_internal.h"

/* Columns of message_add; offline_add has some more. */
enum { COLUMNS = 9, MORE_COLUMNS = 11 };

/* The texts of a row's numbers. */
struct numbers {
    char text[6][24];
};

static void fill(struct str params[COLUMNS], struct numbers *numbers,
                 const struct store_message *message)
{
    params[0] = db_number(numbers->text[0], message->id);
    params[1] = db_number(numbers->text[1], message->sender);
    params[2] = db_number(numbers->text[2], message->recipient);
    params[3] = db_number(numbers->text[3], message->sender_peer);
    params[4] = db_number(numbers->text[4], message->recipient_peer);
    params[5] = db_number(numbers->text[5], message->ordinal);
    params[6] = message->origin;
    params[7] = message->stanza;
    params[8] = db_boolean(message->is_passing);
}

/* Whether a row may have been written into the partition of last month. */
static bool is_early(const struct store *store)
{
    return archive_month_is_young(store->sm->now_ms);
}

void store_message_add(struct store *store, const struct store_message *message,
                       store_done *done, void *ctx)
{
    struct str params[COLUMNS];
    struct numbers numbers;

    fill(params, &numbers, message);
    store_write(store, is_early(store) ? SM_MESSAGE_ADD_EARLY : SM_MESSAGE_ADD,
                params, done, ctx);
}

void store_offline_add(struct store *store, const struct store_message *message,
                       int64_t created_ms, struct str holder, store_done *done,
                       void *ctx)
{
    struct str params[MORE_COLUMNS];
    struct numbers numbers;
    char created[24];

    fill(params, &numbers, message);
    params[9] = db_number(created, created_ms);
    params[10] = holder;
    store_write(store, is_early(store) ? SM_OFFLINE_ADD_EARLY : SM_OFFLINE_ADD,
                params, done, ctx);
}

void store_offline_refer(struct store *store, struct store_user user,
                         int64_t id, struct str origin, int64_t created_ms,
                         struct str holder,
                         store_done *done, void *ctx)
{
    char id_text[24], created[24];

    store_write(store, SM_OFFLINE_REFER,
                (struct str[]){user.domain, user.username,
                               db_number(id_text, id),
                               db_number(created, created_ms), holder,
                               origin},
                done, ctx);
}

void store_offline_taken(struct store *store, struct store_user user,
                         struct str holder, store_done *done, void *ctx)
{
    store_write(store, SM_OFFLINE_TAKEN,
                (struct str[]){user.domain, user.username, holder}, done, ctx);
}

void store_offline_release(struct store *store, struct store_user user,
                           struct str holder, store_done *done, void *ctx)
{
    store_write(store, SM_OFFLINE_RELEASE,
                (struct str[]){user.domain, user.username, holder}, done, ctx);
}

static void write_numbered(struct store *store, size_t statement,
                           struct store_user user, int64_t number,
                           store_done *done, void *ctx)
{
    char text[24];

    store_write(
        store, statement,
        (struct str[]){user.domain, user.username, db_number(text, number)},
        done, ctx);
}

void store_offline_fetched(struct store *store, struct store_user user,
                           int64_t last_place, store_done *done, void *ctx)
{
    write_numbered(store, SM_OFFLINE_FETCHED, user, last_place, done, ctx);
}

void store_offline_remove(struct store *store, struct store_user user,
                          int64_t place, store_done *done, void *ctx)
{
    write_numbered(store, SM_OFFLINE_REMOVE, user, place, done, ctx);
}

void store_offline_archived(struct store *store, struct store_user user,
                            int64_t first_id, int64_t last_id, store_done *done,
                            void *ctx)
{
    char first[24], last[24];

    store_write(store, SM_OFFLINE_ARCHIVED,
                (struct str[]){user.domain, user.username,
                               db_number(first, first_id),
                               db_number(last, last_id)},
                done, ctx);
}

void store_offline_load(struct store *store, struct store_user user,
                        store_rows *rows, void *ctx)
{
    store_read(store, SM_OFFLINE_LOAD,
               (struct str[]){user.domain, user.username}, 5, rows, ctx);
}

void store_offline_count(struct store *store, struct store_user user,
                         store_rows *rows, void *ctx)
{
    store_read(store, SM_OFFLINE_COUNT,
               (struct str[]){user.domain, user.username}, 2, rows, ctx);
}

/* --- archives: whoever has heard a message finds it there ----------------- */

static void find(struct store *store, size_t statement,
                 const struct store_page *page, unsigned columns,
                 store_found *found, void *ctx)
{
    char account[24], above[24], below[24], max[24], peer[24];

    store_find(
        store, statement,
        (struct str[]){
            db_number(account, page->account), db_number(above, page->above),
            db_number(below, page->below), db_number(max, page->max),
            page->start_tag, db_number(peer, page->peer), page->text},
        columns, found, ctx);
}

void store_archive_page(struct store *store, const struct store_page *page,
                        store_found *found, void *ctx)
{
    enum { ANYBODY, WITH, SEARCH };
    static const size_t statements[][2] = {
        [ANYBODY] = {SM_ARCHIVE_PAGE, SM_ARCHIVE_PAGE_BACK},
        [WITH] = {SM_ARCHIVE_PAGE_WITH, SM_ARCHIVE_PAGE_WITH_BACK},
        [SEARCH] = {SM_ARCHIVE_SEARCH, SM_ARCHIVE_SEARCH_BACK},
    };

    find(store,
         statements[page->is_search ? SEARCH : (page->peer ? WITH : ANYBODY)]
                   [page->is_backward],
         page, 2, found, ctx);
}

void store_archive_count(struct store *store, const struct store_page *page,
                         store_found *found, void *ctx)
{
    find(store, SM_ARCHIVE_COUNT, page, 1, found, ctx);
}

void store_archive_by_id(struct store *store, int64_t account, struct str ids,
                         int64_t above, store_rows *rows, void *ctx)
{
    char account_text[24], above_text[24];

    store_read_behind(store, SM_ARCHIVE_BY_ID,
                      (struct str[]){db_number(account_text, account), ids,
                                     db_number(above_text, above)},
                      2, rows, ctx);
}

void store_archive_ends(struct store *store, int64_t account, int64_t above,
                        store_rows *rows, void *ctx)
{
    char account_text[24], above_text[24];

    store_read_behind(store, SM_ARCHIVE_ENDS,
                      (struct str[]){db_number(account_text, account),
                                     db_number(above_text, above)},
                      2, rows, ctx);
}

void store_archive_prefer(struct store *store, struct store_user user,
                          struct str standard, struct str always,
                          struct str never, store_done *done, void *ctx)
{
    store_write(
        store, SM_ARCHIVE_PREFER,
        (struct str[]){user.domain, user.username, standard, always, never},
        done, ctx);
}

static void on_made(void *ctx, enum db_status status,
                    const struct db_result *result)
{
    (void)ctx, (void)status, (void)result; /* in an hour again */
}

void store_make_partitions(struct store *store)
{
    store_partitions(store, on_made);
}

void store_partitions(struct store *store, db_callback *callback)
{
    db_read(store->db, SM_ARCHIVE_PARTITIONS, NULL, callback, store);
}
