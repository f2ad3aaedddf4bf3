#include "sm/store/store.h"

#include <stdlib.h>
#include <string.h>

#include "sm/groups/broadcast.h"
#include "common/daemon/daemon.h"
#include "sm/session/session.h"
#include "sm/store/shell_store.h"
#include "sm/store/store_internal.h"
#include "sm_statements.h"

#define READERS     2
#define SEARCHERS   2
#define MAX_COLUMNS 7

/* A statement under way, with whom to tell. */
struct operation {
    struct store *store;
    store_done *done;
    store_rows *rows;
    store_found *found; /* in place of rows */
    void *ctx;
    unsigned columns;
    bool needs_row; /* refused when no row comes back */
};

static struct operation *operation_new(struct store *store, void *ctx)
{
    struct operation *operation = NEW(struct operation);

    operation->store = store;
    operation->ctx = ctx;
    return operation;
}

/* Every callback into the core is an event of its own. */
static void begin_event(struct store *store)
{
    store->sm->now_ms = clock_unix_ms();
    store->sm->steady_ms = (int64_t)clock_monotonic_ms();
    arena_reset(&store->sm->arena);
}

/* --- writes --------------------------------------------------------------- */

static void on_written(void *ctx, enum db_status status,
                       const struct db_result *result)
{
    struct operation *operation = ctx;
    struct store *store = operation->store;
    bool ok = status == DB_OK &&
              (!operation->needs_row || (result && db_rows(result) > 0));

    /* At the end nothing is told: frames stay undischarged and come again. */
    if (status != DB_CLOSED) {
        begin_event(store);
        operation->done(operation->ctx, ok);
        sessions_settle(store->sm);
    }
    free(operation);
}

struct operation *store_write(struct store *store, size_t statement,
                              const struct str *params, store_done *done,
                              void *ctx)
{
    struct operation *operation = operation_new(store, ctx);

    operation->done = done;
    db_write(store->db, statement, params, on_written, operation);
    return operation;
}

void store_write_row(struct store *store, size_t statement,
                     const struct str *params, store_done *done, void *ctx)
{
    store_write(store, statement, params, done, ctx)->needs_row = true;
}

void store_roster_put(struct store *store, struct store_user user,
                      const struct roster_item *item, store_done *done,
                      void *ctx)
{
    struct buf groups = {0};

    for (size_t i = 0; i < item->group_count; i++) {
        if (i > 0)
            buf_add_char(&groups, GROUP_SEPARATOR);
        buf_add(&groups, item->groups[i]);
    }
    store_write(store, SM_ROSTER_UPSERT,
                (struct str[]){user.domain, user.username, item->jid,
                               item->name.p ? item->name : STR(""),
                               str_of(roster_item_subscription(item)),
                               db_boolean(roster_item_asks(item)),
                               db_boolean(item->approved),
                               groups.data ? buf_view(&groups) : STR("")},
                done, ctx);
    buf_clear(&groups);
}

void store_roster_remove(struct store *store, struct store_user user,
                         struct str jid, store_done *done, void *ctx)
{
    store_write(store, SM_ROSTER_REMOVE,
                (struct str[]){user.domain, user.username, jid}, done, ctx);
}

void store_request_put(struct store *store, struct store_user user,
                       struct str jid, struct str stanza, store_done *done,
                       void *ctx)
{
    store_write(store, SM_REQUEST_UPSERT,
                (struct str[]){user.domain, user.username, jid, stanza}, done,
                ctx);
}

void store_request_remove(struct store *store, struct store_user user,
                          struct str jid, store_done *done, void *ctx)
{
    store_write(store, SM_REQUEST_REMOVE,
                (struct str[]){user.domain, user.username, jid}, done, ctx);
}

void store_offer_add(struct store *store, struct store_user user,
                     const struct store_offer *offer, store_done *done,
                     void *ctx)
{
    char created[24];

    store_write(store, SM_OFFER_ADD,
                (struct str[]){offer->origin, offer->from, user.domain,
                               user.username, offer->name, offer->iq,
                               db_number(created, offer->created_ms)},
                done, ctx);
}

void store_offer_remove(struct store *store, struct str origin,
                        store_done *done, void *ctx)
{
    store_write(store, SM_OFFER_REMOVE, &origin, done, ctx);
}

void store_vcard_set(struct store *store, struct store_user user,
                     struct str content, struct str fullname, struct str email,
                     struct str photo, store_done *done, void *ctx)
{
    store_write(store, SM_VCARD_SET,
                (struct str[]){user.domain, user.username, content,
                               fullname.p ? fullname : STR(""),
                               email.p ? email : STR(""),
                               photo.p ? photo : STR("")},
                done, ctx);
}

void store_private_set(struct store *store, struct store_user user,
                       struct str ns, struct str element, struct str content,
                       int64_t max_items, store_done *done, void *ctx)
{
    char most[24];

    store_write(store, SM_PRIVATE_SET,
                (struct str[]){user.domain, user.username, ns, element, content,
                               db_number(most, max_items)},
                done, ctx)
        ->needs_row = true;
}

void store_privacy_put(struct store *store, struct store_user user,
                       struct str name, struct str items, store_done *done,
                       void *ctx)
{
    store_write(store, SM_PRIVACY_SET,
                (struct str[]){user.domain, user.username, name, items}, done,
                ctx);
}

void store_privacy_remove(struct store *store, struct store_user user,
                          struct str name, store_done *done, void *ctx)
{
    store_write(store, SM_PRIVACY_REMOVE,
                (struct str[]){user.domain, user.username, name}, done, ctx);
}

static void on_ignored(void *ctx, bool ok)
{
    (void)ctx, (void)ok; /* the write behind it tells */
}

void store_privacy_set_default(struct store *store, struct store_user user,
                               struct str name, store_done *done, void *ctx)
{
    const struct str params[] = {user.domain, user.username, name};

    if (!name.p) {
        store_write(store, SM_PRIVACY_CLEAR_DEFAULT, params, done, ctx);
        return;
    }
    store_write(store, SM_PRIVACY_CLEAR_DEFAULT, params, on_ignored, NULL);
    store_write(store, SM_PRIVACY_MAKE_DEFAULT, params, done, ctx);
}

void store_last_set(struct store *store, struct store_user user,
                    int64_t left_ms, struct str status, store_done *done,
                    void *ctx)
{
    char seconds[24];

    store_write(store, SM_LAST_SET,
                (struct str[]){user.domain, user.username,
                               db_number(seconds, left_ms / 1000),
                               status.p ? status : STR("")},
                done, ctx);
}

/* --- reads ---------------------------------------------------------------- */

static void tell_row(const struct operation *operation,
                     const struct store_row *row, enum db_status status)
{
    static const enum store_end ends[] = {
        [DB_OK] = STORE_ALL,          [DB_CONFLICT] = STORE_REFUSED,
        [DB_REFUSED] = STORE_REFUSED, [DB_TOO_LONG] = STORE_TOO_LONG,
        [DB_CLOSED] = STORE_REFUSED,
    };

    if (operation->found)
        operation->found(operation->ctx, row, ends[status]);
    else
        operation->rows(operation->ctx, row, status == DB_OK);
}

static void on_read(void *ctx, enum db_status status,
                    const struct db_result *result)
{
    struct operation *operation = ctx;
    struct store *store = operation->store;
    size_t count = status == DB_OK ? db_rows(result) : 0;

    if (status != DB_CLOSED) {
        begin_event(store);
        for (size_t row = 0; row < count; row++) {
            struct str columns[MAX_COLUMNS];

            for (unsigned i = 0; i < operation->columns; i++)
                columns[i] = db_text(result, row, i);
            tell_row(operation,
                     &(struct store_row){columns, operation->columns}, DB_OK);
        }
        tell_row(operation, NULL, status);
        sessions_settle(store->sm);
    }
    free(operation);
}

static struct operation *reading_new(struct store *store, unsigned columns,
                                     store_rows *rows, void *ctx)
{
    struct operation *operation = operation_new(store, ctx);

    operation->rows = rows;
    operation->columns = columns;
    return operation;
}

void store_read(struct store *store, size_t statement, const struct str *params,
                unsigned columns, store_rows *rows, void *ctx)
{
    db_read(store->db, statement, params, on_read,
            reading_new(store, columns, rows, ctx));
}

void store_read_behind(struct store *store, size_t statement,
                       const struct str *params, unsigned columns,
                       store_rows *rows, void *ctx)
{
    db_read_behind(store->db, statement, params, on_read,
                   reading_new(store, columns, rows, ctx));
}

void store_find(struct store *store, size_t statement, const struct str *params,
                unsigned columns, store_found *found, void *ctx)
{
    struct operation *operation = reading_new(store, columns, NULL, ctx);

    operation->found = found;
    db_read_behind(store->db, statement, params, on_read, operation);
}

void store_account_get(struct store *store, struct store_user user,
                       store_rows *rows, void *ctx)
{
    store_read(store, SM_ACCOUNT_ENABLED,
               (struct str[]){user.domain, user.username}, 1, rows, ctx);
}

void store_vcard_get(struct store *store, struct store_user user,
                     store_rows *rows, void *ctx)
{
    store_read_behind(store, SM_VCARD_GET,
                      (struct str[]){user.domain, user.username}, 1, rows, ctx);
}

void store_private_get(struct store *store, struct store_user user,
                       struct str ns, struct str element, store_rows *rows,
                       void *ctx)
{
    store_read(store, SM_PRIVATE_GET,
               (struct str[]){user.domain, user.username, ns, element}, 1, rows,
               ctx);
}

void store_last_get(struct store *store, struct store_user user,
                    store_rows *rows, void *ctx)
{
    store_read(store, SM_LAST_GET, (struct str[]){user.domain, user.username},
               2, rows, ctx);
}

void store_search(struct store *store, const struct store_search *search,
                  store_rows *rows, void *ctx)
{
    char most[24];

    store_read(store, SM_USER_SEARCH,
               (struct str[]){search->domain, search->username,
                              search->realname, search->email,
                              db_number(most, search->max), search->department,
                              search->known, search->seeker, search->names,
                              search->patterns},
               3, rows, ctx);
}

/* --- opening and closing -------------------------------------------------- */

/* After this no commit of a predecessor comes; what it left is then read. */
static void on_epoch(void *ctx, enum db_status status,
                     const struct db_result *result)
{
    struct store *store = ctx;

    if (status != DB_OK || db_rows(result) == 0 || store->is_ready)
        return;
    store->is_ready = true;
    store_load_offers(store, (uint64_t)db_int(result, 0, 0));
}

void store_offers_loaded(struct store *store, uint64_t epoch)
{
    store->on_ready(store->ctx, epoch);
}

/* Nothing is served before the rules hold. */
void store_rules_loaded(struct store *store)
{
    if (!store->is_ready)
        store_load_directory(store);
}

void store_directory_loaded(struct store *store)
{
    if (!store->is_ready)
        store_load_notices(store);
}

void store_notices_loaded(struct store *store)
{
    if (!store->is_ready)
        db_read(store->db, SM_EPOCH_NEXT, NULL, on_epoch, store);
}

/* What was notified meanwhile was not heard. */
static void on_partitions(void *ctx, enum db_status status,
                          const struct db_result *result)
{
    (void)result; /* without this month's there is that for all the rest */
    if (status != DB_CLOSED)
        store_load_rules(ctx);
}

static void on_connected(void *ctx)
{
    struct store *store = ctx;

    store_partitions(store, on_partitions);
    store_load_tokens(store);
    if (store->is_ready) {
        store_load_directory(store);
        store_load_notices(store);
    }
}

static void on_notify(void *ctx, struct str channel, struct str payload)
{
    struct store *store = ctx;

    if (str_is(channel, "posthouse_transfer")) {
        store_load_rules(store);
        return;
    }
    if (str_is(channel, "posthouse_directory")) {
        store_load_directory(store);
        return;
    }
    if (str_is(channel, "posthouse_notice")) {
        store_load_notices(store);
        return;
    }
    if (str_is(channel, "posthouse_api")) {
        store_load_tokens(store);
        return;
    }
    begin_event(store);
    if (str_is(channel, "posthouse_broadcast"))
        broadcasts_begin(store->sm);
    else
        sm_on_account_changed(store->sm, payload);
}

struct store *store_open(uv_loop_t *loop, const char *conninfo, struct sm *sm,
                         void (*on_ready)(void *ctx, uint64_t epoch), void *ctx)
{
    static const char *const channels[] = {
        "posthouse_account", "posthouse_transfer", "posthouse_directory",
        "posthouse_broadcast", "posthouse_notice", "posthouse_api", NULL};
    struct store *store = NEW(struct store);
    struct db_options options = {
        .conninfo = conninfo,
        .statements = sm_statements,
        .statement_count = SM_STATEMENT_COUNT,
        .readers = READERS,
        .searchers = SEARCHERS,
        .search_ms =
            (unsigned)config_int(sm->config, "sm.search-timeout") * 1000u,
        .on_connected = on_connected,
        .on_notify = on_notify,
        .listen = channels,
        .ctx = store,
    };

    store->sm = sm;
    store->on_ready = on_ready;
    store->ctx = ctx;
    store->db = db_open(loop, &options);
    return store;
}

void store_close(struct store *store)
{
    db_close(store->db);
    store_directory_clear(store);
    free(store);
}
