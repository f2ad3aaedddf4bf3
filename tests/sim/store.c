/* A database that commits late, and at a crash only some of what it was told.
 */
#include "sim.h"

#include "sm/store/store_pep.h"

#include <stdio.h>
#include <string.h>

static struct call *add(struct store *store, struct store_user user)
{
    struct call *call =
        &store->calls[(store->first + store->count++) % MAX_CALLS];

    if (store->count >= MAX_CALLS)
        abort();
    memset(call, 0, sizeof(*call));
    snprintf(call->user, sizeof(call->user), "%.*s", STR_ARG(user.username));
    return call;
}

static struct call *add_write(struct store *store, struct store_user user,
                              enum call_kind kind, store_done *done, void *ctx)
{
    struct call *call = add(store, user);

    call->kind = kind;
    call->done = done;
    call->ctx = ctx;
    return call;
}

static void add_read(struct store *store, struct store_user user,
                     enum call_kind kind, store_rows *rows, void *ctx)
{
    struct call *call = add(store, user);

    call->kind = kind;
    call->rows = rows;
    call->ctx = ctx;
}

void store_load_account(struct store *store, struct account *account)
{
    struct store_user user = {account->jid.domain, account->jid.local};
    struct call *call = add(store, user);

    call->kind = CALL_LOAD;
    call->account = account;
}
/* Rows are known by the numbers of accounts: those of people are 1, 2, … */
static struct call *add_message(struct store *store, enum call_kind kind,
                                const struct store_message *message,
                                store_done *done, void *ctx)
{
    const struct store_user nobody = {STR(""), STR("")};
    struct call *call = add_write(store, nobody, kind, done, ctx);

    snprintf(call->origin, sizeof(call->origin), "%.*s",
             STR_ARG(message->origin));
    snprintf(call->stanza, sizeof(call->stanza), "%.*s",
             STR_ARG(message->stanza));
    snprintf(call->user, sizeof(call->user), "u%d",
             (int)message->recipient - 1);
    call->ordinal = message->ordinal;
    call->id = message->id;
    call->sender = message->sender;
    call->recipient = message->recipient;
    call->is_passing = message->is_passing;
    return call;
}
void store_message_add(struct store *store, const struct store_message *message,
                       store_done *done, void *ctx)
{
    add_message(store, CALL_KEEP, message, done, ctx);
}
void store_offline_add(struct store *store, const struct store_message *message,
                       int64_t created_ms, struct str holder, store_done *done,
                       void *ctx)
{
    struct call *call = add_message(store, CALL_ADD, message, done, ctx);

    call->created_ms = created_ms;
    call->has_holder = holder.p != NULL;
    snprintf(call->holder, sizeof(call->holder), "%.*s", STR_ARG(holder));
}
void store_offline_refer(struct store *store, struct store_user user,
                         int64_t id, struct str origin, int64_t created_ms,
                         struct str holder,
                         store_done *done, void *ctx)
{
    struct call *call = add_write(store, user, CALL_REFER, done, ctx);

    call->id = id;
    snprintf(call->origin, sizeof(call->origin), "%.*s", STR_ARG(origin));
    call->created_ms = created_ms;
    call->has_holder = holder.p != NULL;
    snprintf(call->holder, sizeof(call->holder), "%.*s", STR_ARG(holder));
}
static void add_holder(struct store *store, struct store_user user,
                       enum call_kind kind, struct str holder, store_done *done,
                       void *ctx)
{
    struct call *call = add_write(store, user, kind, done, ctx);

    call->has_holder = holder.p != NULL;
    snprintf(call->holder, sizeof(call->holder), "%.*s", STR_ARG(holder));
}
void store_offline_taken(struct store *store, struct store_user user,
                         struct str holder, store_done *done, void *ctx)
{
    add_holder(store, user, CALL_TAKEN, holder, done, ctx);
}
void store_offline_release(struct store *store, struct store_user user,
                           struct str holder, store_done *done, void *ctx)
{
    add_holder(store, user, CALL_RELEASE, holder, done, ctx);
}
void store_offline_fetched(struct store *store, struct store_user user,
                           int64_t last_id, store_done *done, void *ctx)
{
    add_write(store, user, CALL_FETCHED, done, ctx)->id = last_id;
}
void store_offline_remove(struct store *store, struct store_user user,
                          int64_t id, store_done *done, void *ctx)
{
    add_write(store, user, CALL_REMOVE, done, ctx)->id = id;
}
void store_offline_load(struct store *store, struct store_user user,
                        store_rows *rows, void *ctx)
{
    add_read(store, user, CALL_OFFLINE, rows, ctx);
}

/* What no schedule looks into: writes are taken, reads find nothing. */
#define WRITES(name, ...)                                                      \
    void name(struct store *store, struct store_user user, __VA_ARGS__,        \
              store_done *done, void *ctx)                                     \
    {                                                                          \
        add_write(store, user, CALL_WRITE, done, ctx);                         \
    }
#define READS(name, ...)                                                       \
    void name(struct store *store, struct store_user user, ##__VA_ARGS__)      \
    {                                                                          \
        add_read(store, user, CALL_READ, rows, ctx);                           \
    }
#pragma GCC diagnostic ignored "-Wunused-parameter"
WRITES(store_roster_put, const struct roster_item *item)
WRITES(store_roster_remove, struct str jid)
WRITES(store_request_put, struct str jid, struct str stanza)
WRITES(store_request_remove, struct str jid)
WRITES(store_vcard_set, struct str content, struct str name, struct str email,
       struct str photo)
WRITES(store_private_set, struct str ns, struct str element, struct str content,
       int64_t max_items)
WRITES(store_privacy_put, struct str name, struct str items)
WRITES(store_privacy_remove, struct str name)
WRITES(store_privacy_set_default, struct str name)
WRITES(store_offline_archived, int64_t first_id, int64_t last_id)
WRITES(store_archive_prefer, struct str standard, struct str always,
       struct str never)
WRITES(store_last_set, int64_t left_ms, struct str status)
WRITES(store_offer_add, const struct store_offer *offer)
WRITES(store_pep_node_set, struct str node, struct str settings,
       struct str affiliations)
WRITES(store_pep_node_remove, struct str node)
WRITES(store_pep_publish, const struct store_pep_item *item)
WRITES(store_pep_trim, struct str node, int64_t most)
WRITES(store_pep_retract, struct str node, struct str id)
READS(store_pep_nodes, store_rows *rows, void *ctx)
READS(store_pep_items, struct str node, struct str ids, int64_t most,
      store_rows *rows, void *ctx)
READS(store_pep_last, struct str nodes, store_rows *rows, void *ctx)
void store_offer_remove(struct store *store, struct str origin,
                        store_done *done, void *ctx)
{
    add_write(store, (struct store_user){STR(""), STR("")}, CALL_WRITE, done,
              ctx);
}
READS(store_offline_count, store_rows *rows, void *ctx)
READS(store_account_get, store_rows *rows, void *ctx)
READS(store_vcard_get, store_rows *rows, void *ctx)
READS(store_last_get, store_rows *rows, void *ctx)
READS(store_private_get, struct str ns, struct str element, store_rows *rows,
      void *ctx)
static const struct store_user anybody = {STR(""), STR("")};
void store_archive_page(struct store *store, const struct store_page *page,
                        store_found *found, void *ctx)
{
    struct call *call = add(store, anybody);

    call->kind = CALL_READ;
    call->found = found;
    call->ctx = ctx;
}
void store_archive_count(struct store *store, const struct store_page *page,
                         store_found *found, void *ctx)
{
    store_archive_page(store, page, found, ctx);
}
void store_audit_add(struct store *store, const struct audit_line *line,
                     struct str line_hash, struct str origin, int64_t part,
                     store_done *done, void *ctx)
{
    add_write(store, anybody, CALL_WRITE, done, ctx);
}
void store_archive_by_id(struct store *store, int64_t account, struct str ids,
                         int64_t above, store_rows *rows, void *ctx)
{
    add_read(store, anybody, CALL_READ, rows, ctx);
}
void store_archive_ends(struct store *store, int64_t account, int64_t above,
                        store_rows *rows, void *ctx)
{
    add_read(store, anybody, CALL_READ, rows, ctx);
}
void store_search(struct store *store, const struct store_search *search,
                  store_rows *rows, void *ctx)
{
    add_read(store, (struct store_user){search->domain, STR("")}, CALL_READ, rows, ctx);
}

/* The message of a call in the store, added unless it is there. */
static const struct stored *keep(struct world *world, const struct call *call)
{
    struct stored *stored;

    for (size_t i = 0; i < world->stored_count; i++) {
        stored = &world->stored[i];
        if (stored->recipient == call->recipient &&
            stored->ordinal == call->ordinal &&
            !strcmp(stored->origin, call->origin))
            return stored;
    }
    if (world->stored_count == MAX_ROWS)
        abort();
    stored = &world->stored[world->stored_count++];
    stored->id = call->id;
    stored->sender = call->sender;
    stored->recipient = call->recipient;
    stored->ordinal = call->ordinal;
    stored->is_passing = call->is_passing;
    memcpy(stored->origin, call->origin, sizeof(stored->origin));
    memcpy(stored->stanza, call->stanza, sizeof(stored->stanza));
    return stored;
}

static const struct stored *find(struct world *world, const struct call *call)
{
    for (size_t i = 0; i < world->stored_count; i++) {
        char user[16];

        snprintf(user, sizeof(user), "u%d",
                 (int)world->stored[i].recipient - 1);
        if (!strcmp(user, call->user) &&
            (world->stored[i].id == call->id ||
             (call->origin[0] && world->stored[i].ordinal == 0 &&
              !strcmp(world->stored[i].origin, call->origin))))
            return &world->stored[i];
    }
    return NULL;
}

/* No group is written to in a simulation: there is nothing to hand out. */
void store_broadcast_open(struct store *store, unsigned instance, unsigned of,
                          unsigned most, int64_t last_id, struct str last_user,
                          store_rows *rows, void *ctx)
{
    (void)instance, (void)of, (void)most, (void)last_id, (void)last_user;
    add_read(store, (struct store_user){STR(""), STR("")}, CALL_READ, rows,
             ctx);
}
void store_broadcast_add(struct store *store,
                         const struct store_broadcast *broadcast,
                         store_done *done, void *ctx)
{
    add_write(store, broadcast->sender, CALL_WRITE, done, ctx);
}
void store_broadcast_handed(struct store *store, int64_t id,
                            struct store_user user, store_done *done, void *ctx)
{
    (void)id;
    add_write(store, user, CALL_WRITE, done, ctx);
}
void store_account_list(struct store *store, struct str domain,
                        bool is_disabled, struct str departments,
                        unsigned most, store_rows *rows, void *ctx)
{
    (void)domain, (void)is_disabled, (void)departments, (void)most;
    add_read(store, anybody, CALL_READ, rows, ctx);
}
void store_account_find(struct store *store, const struct store_finding *wanted,
                        store_rows *rows, void *ctx)
{
    (void)wanted;
    add_read(store, anybody, CALL_READ, rows, ctx);
}
void store_department_list(struct store *store, struct str domain,
                           struct str numbers, struct str after, unsigned most,
                           store_rows *rows, void *ctx)
{
    (void)domain, (void)numbers, (void)after, (void)most;
    add_read(store, anybody, CALL_READ, rows, ctx);
}
void store_member_list(struct store *store, struct str domain,
                       int64_t department, struct str after, unsigned most,
                       store_rows *rows, void *ctx)
{
    (void)domain, (void)department, (void)after, (void)most;
    add_read(store, anybody, CALL_READ, rows, ctx);
}
void store_department_add(struct store *store, struct str domain,
                          const struct store_department *department,
                          store_done *done, void *ctx)
{
    (void)domain, (void)department;
    add_write(store, anybody, CALL_WRITE, done, ctx);
}
void store_department_change(struct store *store, struct str domain,
                             struct str path,
                             const struct store_department *department,
                             store_done *done, void *ctx)
{
    (void)domain, (void)path, (void)department;
    add_write(store, anybody, CALL_WRITE, done, ctx);
}
void store_department_remove(struct store *store, struct str domain,
                             struct str path, store_done *done, void *ctx)
{
    (void)domain, (void)path;
    add_write(store, anybody, CALL_WRITE, done, ctx);
}
void store_member_add(struct store *store, struct store_user user,
                      struct str path, bool is_admin, bool is_main,
                      store_done *done, void *ctx)
{
    (void)user, (void)path, (void)is_admin, (void)is_main;
    add_write(store, anybody, CALL_WRITE, done, ctx);
}
void store_member_remove(struct store *store, struct store_user user,
                         struct str path, store_done *done, void *ctx)
{
    (void)user, (void)path;
    add_write(store, anybody, CALL_WRITE, done, ctx);
}
void store_property_set(struct store *store, const struct store_owner *owner,
                        struct str name, struct str value, store_done *done,
                        void *ctx)
{
    (void)owner, (void)name, (void)value;
    add_write(store, anybody, CALL_WRITE, done, ctx);
}
void store_property_unset(struct store *store, const struct store_owner *owner,
                          struct str name, store_done *done, void *ctx)
{
    (void)owner, (void)name;
    add_write(store, anybody, CALL_WRITE, done, ctx);
}
void store_directory_reload(struct store *store, store_done *done, void *ctx)
{
    add_write(store, anybody, CALL_WRITE, done, ctx);
}
void store_token_use(struct store *store, struct str hash, store_rows *rows,
                     void *ctx)
{
    (void)hash;
    add_read(store, anybody, CALL_READ, rows, ctx);
}
void store_quiet_set(struct store *store, struct store_user user,
                     struct str hours, struct str exceptions, store_done *done,
                     void *ctx)
{
    (void)user, (void)hours, (void)exceptions;
    add_write(store, anybody, CALL_WRITE, done, ctx);
}
void store_notice_set(struct store *store, struct str domain, struct str kind,
                      struct str text, store_done *done, void *ctx)
{
    (void)domain, (void)kind, (void)text;
    add_write(store, anybody, CALL_WRITE, done, ctx);
}
void store_notice_edit(struct store *store, struct str domain, struct str kind,
                       struct str text, store_done *done, void *ctx)
{
    (void)domain, (void)kind, (void)text;
    add_write(store, anybody, CALL_WRITE, done, ctx);
}
void store_notice_remove(struct store *store, struct str domain,
                         struct str kind, store_done *done, void *ctx)
{
    (void)domain, (void)kind;
    add_write(store, anybody, CALL_WRITE, done, ctx);
}
void store_notices_due(struct store *store, struct store_user user,
                       store_rows *rows, void *ctx)
{
    (void)user;
    add_read(store, anybody, CALL_READ, rows, ctx);
}
void store_notice_seen(struct store *store, struct store_user user,
                       struct str kind, int64_t number, store_done *done,
                       void *ctx)
{
    (void)user, (void)kind, (void)number;
    add_write(store, anybody, CALL_WRITE, done, ctx);
}
void store_broadcast_acknowledged(struct store *store, int64_t id,
                                  struct store_user user, bool is_displayed,
                                  store_done *done, void *ctx)
{
    (void)id, (void)is_displayed;
    add_write(store, user, CALL_WRITE, done, ctx);
}

/* It waits once. */
static void wait_for(struct world *world, const struct call *call,
                     const struct stored *stored)
{
    for (size_t i = 0; i < world->row_count; i++) {
        struct row *row = &world->rows[i];

        if (strcmp(row->as.user, call->user) || row->message != stored->id ||
            row->as.has_holder != call->has_holder ||
            strcmp(row->as.holder, call->holder))
            continue;
        if (call->kind == CALL_REFER &&
            (row->fetched || row->as.created_ms != call->created_ms)) {
            row->as.created_ms = call->created_ms;
            row->fetched = false; /* it did not reach its client */
            row->as.id = ++world->last_row;
        }
        return;
    }
    if (world->row_count == MAX_ROWS)
        abort();
    world->rows[world->row_count] =
        (struct row){.as = *call, .message = stored->id};
    memcpy(world->rows[world->row_count].as.stanza, stored->stanza,
           sizeof(stored->stanza));
    memcpy(world->rows[world->row_count].as.origin, stored->origin,
           sizeof(stored->origin));
    world->rows[world->row_count].as.is_passing = stored->is_passing;
    world->rows[world->row_count++].as.id = ++world->last_row;
}

static void insert(struct world *world, const struct call *call)
{
    const struct stored *stored =
        call->kind == CALL_REFER ? find(world, call) : keep(world, call);

    if (stored && call->kind != CALL_KEEP)
        wait_for(world, call, stored);
}

/* A row that is released while its message waits already is no second one; nor is
 * it when the message had been fetched, which then waits again. */
static bool waits_already(struct world *world, const struct row *row)
{
    for (size_t i = 0; i < world->row_count; i++) {
        struct row *other = &world->rows[i];

        if (other == row || other->as.has_holder ||
            other->message != row->message ||
            strcmp(other->as.user, row->as.user))
            continue;
        if (other->fetched)
            other->as.id = ++world->last_row;
        other->fetched = false;
        return true;
    }
    return false;
}

static void update(struct world *world, const struct call *call)
{
    for (size_t i = 0; i < world->row_count; i++) {
        struct row *row = &world->rows[i];
        bool is_held =
            row->as.has_holder &&
            (!call->has_holder || !strcmp(row->as.holder, call->holder));

        if (strcmp(row->as.user, call->user))
            continue;
        if (call->kind == CALL_TAKEN && is_held && call->has_holder) {
            row->fetched = true;
            row->as.has_holder = false;
        } else if (call->kind == CALL_RELEASE && is_held) {
            row->fetched |= waits_already(world, row);
            row->as.has_holder = row->fetched;
            row->as.id = ++world->last_row;
        } else if ((call->kind == CALL_FETCHED && row->as.id <= call->id &&
                    !row->as.has_holder) ||
                   (call->kind == CALL_REMOVE && row->as.id == call->id)) {
            row->fetched = true;
        }
    }
}

static void commit(struct world *world, const struct call *call)
{
    if (call->kind == CALL_ADD || call->kind == CALL_REFER ||
        call->kind == CALL_KEEP)
        insert(world, call);
    else if (call->done)
        update(world, call);
}

static void hand_out(struct world *world, const struct call *call)
{
    int64_t last = 0;

    for (;;) {
        const struct row *next = NULL;
        char id[24], created[24], archived[24];

        for (size_t i = 0; i < world->row_count; i++) {
            const struct row *row = &world->rows[i];

            if (!row->fetched && !row->as.has_holder && row->as.id > last &&
                !strcmp(row->as.user, call->user) &&
                (!next || row->as.id < next->as.id))
                next = row;
        }
        if (!next)
            return;
        last = next->as.id;
        trace(world, "store hands out %lld %s", (long long)last,
              next->as.stanza);
        snprintf(id, sizeof(id), "%lld", (long long)last);
        snprintf(created, sizeof(created), "%lld",
                 (long long)next->as.created_ms);
        snprintf(archived, sizeof(archived), "%lld",
                 (long long)next->message);
        call->rows(
            call->ctx,
            &(struct store_row){
                (struct str[]){str_of(id), str_of(next->as.stanza),
                               str_of(created), str_of(next->as.origin),
                               next->as.is_passing ? STR_NONE
                                                   : str_of(archived)},
                5},
            true);
    }
}

/* The connection breaks in COMMIT: what was committed is written once more. */
static void commit_unheard(struct store *store)
{
    size_t count = 1 + pick(store->world, (unsigned)store->count);

    trace(store->world, "store commits %zu calls unheard", count);
    for (size_t i = 0; i < count; i++)
        commit(store->world, &store->calls[(store->first + i) % MAX_CALLS]);
}

void store_step(struct store *store)
{
    struct world *world = store->world;
    struct call call;

    if (store->count == 0)
        return;
    if (pick(world, 40) == 0) {
        commit_unheard(store);
        return;
    }
    call = store->calls[store->first];
    store->first = (store->first + 1) % MAX_CALLS;
    store->count--;
    if (call.kind == CALL_ADD && !call.has_holder && pick(world, 200) == 0) {
        trace(world, "store refuses a row of %s %s", call.user, call.origin);
        call.done(call.ctx, false);
        return;
    }
    commit(world, &call);
    trace(world, "store commits kind %d of %s %s %lld %s %s", (int)call.kind,
          call.user, call.origin, (long long)call.id, call.holder,
          call.stanza);
    if (call.kind == CALL_LOAD) {
        call.account->offline_empty = true;
        for (size_t i = 0; i < world->row_count; i++) {
            if (strcmp(world->rows[i].as.user, call.user) != 0)
                continue;
            call.account->offline_empty = false;
            call.account->has_held |= world->rows[i].as.has_holder;
        }
        call.account->number = atoi(call.user + 1) + 1;
        account_loaded(call.account, true, true, true);
    } else if (call.done) {
        call.done(call.ctx, true);
    } else {
        if (call.kind == CALL_OFFLINE)
            hand_out(world, &call);
        if (call.found)
            call.found(call.ctx, NULL, STORE_ALL);
        else
            call.rows(call.ctx, NULL, true);
    }
}

/* Some of what was under way is committed; nobody is told. */
void store_crash(struct store *store)
{
    size_t kept =
        store->count ? pick(store->world, (unsigned)store->count + 1) : 0;

    for (size_t i = 0; i < kept; i++)
        commit(store->world, &store->calls[(store->first + i) % MAX_CALLS]);
    store->first = store->count = 0;
}
