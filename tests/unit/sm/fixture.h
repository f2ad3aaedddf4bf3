/* A session manager between a c2sd and a store, both played by the test. One
 * process owns all shards; the domain is example.com, with the accounts romeo,
 * juliet and nurse. Included by each test program once. */
#ifndef POSTHOUSE_TEST_SM_FIXTURE_H
#define POSTHOUSE_TEST_SM_FIXTURE_H

#include "tests/unit/test.h"

#include <stdio.h>

#include "common/link/control.h"
#include "common/link/parcel.h"
#include "sm/query/iq.h"
#include "sm/presence/presence.h"
#include "common/audit/audit.h"
#include "sm/route.h"
#include "sm/store/store.h"
#include "tests/unit/link.h"
#include "tests/unit/sm/pep_store.h"

#define MAX_SENT   512
#define MAX_WRITES 256
#define START_MS   1700000000000
#define STEADY_MS  5000000
#define C2S        "c2s/0"

/* A call of the store that waits for its answer. */
struct store_call {
    struct account *loading;
    store_done *done;
    store_rows *rows;
    store_found *found; /* in place of rows */
    void *ctx;
    bool is_offline_load;
    struct pep_read *pep; /* what of these tables; heap */
};

struct store {
    struct store_call calls[MAX_WRITES];
    size_t first, count;
    bool is_stalled;        /* nothing is answered until the test says so */
    bool refuses;           /* writes fail */
    char offline[32][2048]; /* stanzas that wait */
    size_t offline_count, fetched;
    char offline_origin[128]; /* of all of them; "": stored:0, stored:1, … */
    unsigned offline_loads;
    char held[8][2048]; /* for sessions that may be resumed */
    size_t held_count;
    unsigned offers_kept, offers_removed;
    struct archived {
        int64_t id, sender, recipient;
        char stanza[2048];
    } archived[32]; /* rows that are in an archive, also while they wait */
    size_t archived_count;
    int64_t referred; /* the last id that waits without a row of its own */
    struct store_page page;  /* the last that was asked for */
    unsigned counts;         /* pages that were counted alone */
    enum store_end page_end; /* how such pages end */
    char journal[16][1024];  /* lines, without what is hashed */
    char journal_origin[16][128]; /* by what each is known when it comes again */
    size_t journal_count;
    char ids[256]; /* the last that were looked for */
    unsigned roster_puts, roster_removes, request_puts, request_removes;
    const char *(*rows)[3]; /* what the next read finds */
    size_t row_count;
    char written[4096];    /* the last vCard, private element or list */
    char patterns[3][256]; /* of the last search; "" is none */
    char token[128];       /* the hash that was looked for last */
    unsigned tokens;       /* how many were */
};

/* What the c2sd got. */
struct sent {
    uint64_t sid, n, seq;
    char origin[128];
    char body[4096];
    struct channel *channel;
};

struct fixture {
    struct sm sm;
    struct store store;
    struct channels *c2s;
    struct buf sm_out, c2s_out;
    struct sent sent[MAX_SENT];
    char question[256]; /* the last datagram to the c2sd */
    unsigned asked;
    size_t sent_when_asked; /* what had come before the last datagram */
    char keepsake[8192]; /* the last one */
    unsigned keepsakes;
    size_t sent_count, read;
    bool keeps; /* the c2sd discharges nothing by itself */
    unsigned discharged;
};

/* --- the store ------------------------------------------------------------ */

static inline void store_call(struct store *store, struct store_call call)
{
    assert_true(store->count < MAX_WRITES);
    store->calls[store->count++] = call;
}

static inline void fake_write(struct store *store, store_done *done, void *ctx)
{
    store_call(store, (struct store_call){.done = done, .ctx = ctx});
}

static inline void remember(char *into, size_t size, struct str content)
{
    snprintf(into, size, "%.*s", STR_ARG(content));
}

static inline void fake_read(struct store *store, store_rows *rows, void *ctx)
{
    store_call(store, (struct store_call){.rows = rows, .ctx = ctx});
}

void store_load_account(struct store *store, struct account *account)
{
    store_call(store, (struct store_call){.loading = account});
}
void store_account_get(struct store *store, struct store_user user,
                       store_rows *rows, void *ctx)
{
    (void)user;
    fake_read(store, rows, ctx);
}
void store_roster_put(struct store *store, struct store_user user,
                      const struct roster_item *item, store_done *done,
                      void *ctx)
{
    (void)user, (void)item;
    store->roster_puts++;
    fake_write(store, done, ctx);
}
void store_roster_remove(struct store *store, struct store_user user,
                         struct str jid, store_done *done, void *ctx)
{
    (void)user, (void)jid;
    store->roster_removes++;
    fake_write(store, done, ctx);
}
void store_request_put(struct store *store, struct store_user user,
                       struct str jid, struct str stanza, store_done *done,
                       void *ctx)
{
    (void)user, (void)jid, (void)stanza;
    store->request_puts++;
    fake_write(store, done, ctx);
}
void store_request_remove(struct store *store, struct store_user user,
                          struct str jid, store_done *done, void *ctx)
{
    (void)user, (void)jid;
    store->request_removes++;
    fake_write(store, done, ctx);
}
static inline void keep_archived(struct store *store,
                                 const struct store_message *message)
{
    struct archived *row = &store->archived[store->archived_count++];

    assert_true(store->archived_count <= COUNT_OF(store->archived));
    assert_true(message->origin.len > 0);
    row->id = message->id;
    row->sender = message->sender;
    row->recipient = message->recipient;
    remember(row->stanza, sizeof(row->stanza), message->stanza);
}
void store_message_add(struct store *store, const struct store_message *message,
                       store_done *done, void *ctx)
{
    if (!store->refuses)
        keep_archived(store, message);
    fake_write(store, done, ctx);
}
void store_offline_add(struct store *store, const struct store_message *message,
                       int64_t created_ms, struct str holder, store_done *done,
                       void *ctx)
{
    char(*rows)[2048] = holder.p ? store->held : store->offline;
    size_t *count = holder.p ? &store->held_count : &store->offline_count;

    (void)created_ms;
    assert_true(message->origin.len > 0);
    if (!store->refuses)
        snprintf(rows[(*count)++], sizeof(rows[0]), "%.*s",
                 STR_ARG(message->stanza));
    if (!store->refuses && (message->sender || !message->is_passing))
        keep_archived(store, message);
    fake_write(store, done, ctx);
}
/* The fixture knows of a row what its archive does. */
void store_offline_refer(struct store *store, struct store_user user,
                         int64_t id, struct str origin, int64_t created_ms,
                         struct str holder,
                         store_done *done, void *ctx)
{
    char(*rows)[2048] = holder.p ? store->held : store->offline;
    size_t *count = holder.p ? &store->held_count : &store->offline_count;

    (void)user, (void)created_ms, (void)origin;
    store->referred = id;
    for (size_t i = 0; !store->refuses && i < store->archived_count; i++)
        if (store->archived[i].id == id)
            memcpy(rows[(*count)++], store->archived[i].stanza,
                   sizeof(rows[0]));
    fake_write(store, done, ctx);
}
void store_offline_archived(struct store *store, struct store_user user,
                            int64_t first_id, int64_t last_id, store_done *done,
                            void *ctx)
{
    (void)user, (void)first_id, (void)last_id;
    fake_write(store, done, ctx);
}
void store_archive_page(struct store *store, const struct store_page *page,
                        store_found *found, void *ctx)
{
    store->page = *page;
    store_call(store, (struct store_call){.found = found, .ctx = ctx});
}
void store_archive_count(struct store *store, const struct store_page *page,
                         store_found *found, void *ctx)
{
    store->counts++;
    store_archive_page(store, page, found, ctx);
}
void store_audit_add(struct store *store, const struct audit_line *line,
                     struct str line_hash, struct str origin, int64_t part,
                     store_done *done, void *ctx)
{
    snprintf(store->journal_origin[store->journal_count %
                                   COUNT_OF(store->journal_origin)],
             sizeof(store->journal_origin[0]), "%.*s %lld", STR_ARG(origin),
             (long long)part);
    assert_true(store->journal_count < COUNT_OF(store->journal));
    snprintf(store->journal[store->journal_count++], sizeof(store->journal[0]),
             "%.*s %.*s %.*s %.*s %.*s %.*s", STR_ARG(line->kind),
             STR_ARG(line->verdict), STR_ARG(line->sender),
             STR_ARG(line->recipient), STR_ARG(line->stanza_id),
             STR_ARG(line->content));
    assert_int_equal(line_hash.len, 64);
    fake_write(store, done, ctx);
}
void store_archive_by_id(struct store *store, int64_t account, struct str ids,
                         int64_t above, store_rows *rows, void *ctx)
{
    (void)account, (void)above;
    remember(store->ids, sizeof(store->ids), ids);
    fake_read(store, rows, ctx);
}
void store_archive_ends(struct store *store, int64_t account, int64_t above,
                        store_rows *rows, void *ctx)
{
    (void)account, (void)above;
    fake_read(store, rows, ctx);
}
void store_archive_prefer(struct store *store, struct store_user user,
                          struct str standard, struct str always,
                          struct str never, store_done *done, void *ctx)
{
    (void)user;
    snprintf(store->written, sizeof(store->written), "%.*s|%.*s|%.*s",
             STR_ARG(standard), STR_ARG(always), STR_ARG(never));
    fake_write(store, done, ctx);
}
void store_offline_taken(struct store *store, struct store_user user,
                         struct str holder, store_done *done, void *ctx)
{
    (void)user, (void)holder;
    store->held_count = 0;
    fake_write(store, done, ctx);
}
void store_offline_release(struct store *store, struct store_user user,
                           struct str holder, store_done *done, void *ctx)
{
    (void)user, (void)holder;
    for (size_t i = 0; i < store->held_count; i++)
        memcpy(store->offline[store->offline_count++], store->held[i],
               sizeof(store->held[0]));
    store->held_count = 0;
    fake_write(store, done, ctx);
}
void store_offline_load(struct store *store, struct store_user user,
                        store_rows *rows, void *ctx)
{
    (void)user;
    store->offline_loads++;
    store_call(store, (struct store_call){
                          .rows = rows, .ctx = ctx, .is_offline_load = true});
}
void store_offline_count(struct store *store, struct store_user user,
                         store_rows *rows, void *ctx)
{
    (void)user;
    fake_read(store, rows, ctx);
}
void store_offline_fetched(struct store *store, struct store_user user,
                           int64_t last_id, store_done *done, void *ctx)
{
    (void)user;
    store->fetched = (size_t)last_id;
    fake_write(store, done, ctx);
}
void store_offline_remove(struct store *store, struct store_user user,
                          int64_t id, store_done *done, void *ctx)
{
    (void)user, (void)id;
    fake_write(store, done, ctx);
}
void store_offer_add(struct store *store, struct store_user user,
                     const struct store_offer *offer, store_done *done,
                     void *ctx)
{
    (void)user;
    remember(store->written, sizeof(store->written), offer->iq);
    store->offers_kept++;
    fake_write(store, done, ctx);
}
void store_offer_remove(struct store *store, struct str origin,
                        store_done *done, void *ctx)
{
    assert_true(origin.len > 0);
    store->offers_removed++;
    fake_write(store, done, ctx);
}
void store_vcard_get(struct store *store, struct store_user user,
                     store_rows *rows, void *ctx)
{
    (void)user;
    fake_read(store, rows, ctx);
}
void store_vcard_set(struct store *store, struct store_user user,
                     struct str content, struct str fullname, struct str email,
                     struct str photo, store_done *done, void *ctx)
{
    (void)user, (void)fullname, (void)email, (void)photo;
    remember(store->written, sizeof(store->written), content);
    fake_write(store, done, ctx);
}
void store_private_get(struct store *store, struct store_user user,
                       struct str ns, struct str element, store_rows *rows,
                       void *ctx)
{
    (void)user, (void)ns, (void)element;
    fake_read(store, rows, ctx);
}
void store_private_set(struct store *store, struct store_user user,
                       struct str ns, struct str element, struct str content,
                       int64_t max_items, store_done *done, void *ctx)
{
    (void)user, (void)ns, (void)element, (void)max_items;
    remember(store->written, sizeof(store->written), content);
    fake_write(store, done, ctx);
}
void store_privacy_put(struct store *store, struct store_user user,
                       struct str name, struct str items, store_done *done,
                       void *ctx)
{
    (void)user, (void)name;
    remember(store->written, sizeof(store->written), items);
    fake_write(store, done, ctx);
}
void store_privacy_remove(struct store *store, struct store_user user,
                          struct str name, store_done *done, void *ctx)
{
    (void)user, (void)name;
    fake_write(store, done, ctx);
}
void store_privacy_set_default(struct store *store, struct store_user user,
                               struct str name, store_done *done, void *ctx)
{
    (void)user, (void)name;
    fake_write(store, done, ctx);
}
void store_last_get(struct store *store, struct store_user user,
                    store_rows *rows, void *ctx)
{
    (void)user;
    fake_read(store, rows, ctx);
}
void store_last_set(struct store *store, struct store_user user,
                    int64_t left_ms, struct str status, store_done *done,
                    void *ctx)
{
    (void)user, (void)left_ms, (void)status;
    fake_write(store, done, ctx);
}
void store_search(struct store *store, const struct store_search *search,
                  store_rows *rows, void *ctx)
{
    remember(store->patterns[0], sizeof(store->patterns[0]), search->username);
    remember(store->patterns[1], sizeof(store->patterns[1]), search->realname);
    remember(store->patterns[2], sizeof(store->patterns[2]), search->email);
    fake_read(store, rows, ctx);
}

void store_broadcast_add(struct store *store,
                         const struct store_broadcast *broadcast,
                         store_done *done, void *ctx)
{
    remember(store->written, sizeof(store->written), broadcast->stanza);
    fake_write(store, done, ctx);
}
void store_broadcast_open(struct store *store, unsigned instance, unsigned of,
                          unsigned most, int64_t last_id, struct str last_user,
                          store_rows *rows, void *ctx)
{
    (void)instance, (void)of, (void)most, (void)last_id, (void)last_user;
    fake_read(store, rows, ctx);
}
void store_broadcast_handed(struct store *store, int64_t id,
                            struct store_user user, store_done *done, void *ctx)
{
    (void)id, (void)user;
    fake_write(store, done, ctx);
}
void store_account_list(struct store *store, struct str domain,
                        bool is_disabled, struct str departments,
                        unsigned most, store_rows *rows, void *ctx)
{
    (void)domain, (void)is_disabled, (void)departments, (void)most;
    fake_read(store, rows, ctx);
}
void store_account_find(struct store *store, const struct store_finding *wanted,
                        store_rows *rows, void *ctx)
{
    (void)wanted;
    fake_read(store, rows, ctx);
}
void store_department_list(struct store *store, struct str domain,
                           struct str numbers, struct str after, unsigned most,
                           store_rows *rows, void *ctx)
{
    (void)domain, (void)numbers, (void)after, (void)most;
    fake_read(store, rows, ctx);
}
void store_member_list(struct store *store, struct str domain,
                       int64_t department, struct str after, unsigned most,
                       store_rows *rows, void *ctx)
{
    (void)domain, (void)department, (void)after, (void)most;
    fake_read(store, rows, ctx);
}
void store_department_add(struct store *store, struct str domain,
                          const struct store_department *department,
                          store_done *done, void *ctx)
{
    (void)domain, (void)department;
    fake_write(store, done, ctx);
}
void store_department_change(struct store *store, struct str domain,
                             struct str path,
                             const struct store_department *department,
                             store_done *done, void *ctx)
{
    (void)domain, (void)path, (void)department;
    fake_write(store, done, ctx);
}
void store_department_remove(struct store *store, struct str domain,
                             struct str path, store_done *done, void *ctx)
{
    (void)domain, (void)path;
    fake_write(store, done, ctx);
}
void store_member_add(struct store *store, struct store_user user,
                      struct str path, bool is_admin, bool is_main,
                      store_done *done, void *ctx)
{
    (void)user, (void)path, (void)is_admin, (void)is_main;
    fake_write(store, done, ctx);
}
void store_member_remove(struct store *store, struct store_user user,
                         struct str path, store_done *done, void *ctx)
{
    (void)user, (void)path;
    fake_write(store, done, ctx);
}
void store_property_set(struct store *store, const struct store_owner *owner,
                        struct str name, struct str value, store_done *done,
                        void *ctx)
{
    (void)owner, (void)name, (void)value;
    fake_write(store, done, ctx);
}
void store_property_unset(struct store *store, const struct store_owner *owner,
                          struct str name, store_done *done, void *ctx)
{
    (void)owner, (void)name;
    fake_write(store, done, ctx);
}
void store_directory_reload(struct store *store, store_done *done, void *ctx)
{
    fake_write(store, done, ctx);
}
void store_token_use(struct store *store, struct str hash, store_rows *rows,
                     void *ctx)
{
    remember(store->token, sizeof(store->token), hash);
    store->tokens++;
    fake_read(store, rows, ctx);
}
void store_quiet_set(struct store *store, struct store_user user,
                     struct str hours, struct str exceptions, store_done *done,
                     void *ctx)
{
    (void)user, (void)hours, (void)exceptions;
    fake_write(store, done, ctx);
}
void store_notice_set(struct store *store, struct str domain, struct str kind,
                      struct str text, store_done *done, void *ctx)
{
    (void)domain, (void)kind, (void)text;
    fake_write(store, done, ctx);
}
void store_notice_edit(struct store *store, struct str domain, struct str kind,
                       struct str text, store_done *done, void *ctx)
{
    (void)domain, (void)kind, (void)text;
    fake_write(store, done, ctx);
}
void store_notice_remove(struct store *store, struct str domain,
                         struct str kind, store_done *done, void *ctx)
{
    (void)domain, (void)kind;
    fake_write(store, done, ctx);
}
void store_notices_due(struct store *store, struct store_user user,
                       store_rows *rows, void *ctx)
{
    (void)user;
    fake_read(store, rows, ctx);
}
void store_notice_seen(struct store *store, struct store_user user,
                       struct str kind, int64_t number, store_done *done,
                       void *ctx)
{
    (void)user, (void)kind, (void)number;
    fake_write(store, done, ctx);
}
void store_broadcast_acknowledged(struct store *store, int64_t id,
                                  struct store_user user, bool is_displayed,
                                  store_done *done, void *ctx)
{
    (void)id, (void)user, (void)is_displayed;
    fake_write(store, done, ctx);
}

void store_pep_node_set(struct store *store, struct store_user user,
                        struct str node, struct str settings,
                        struct str affiliations, store_done *done, void *ctx)
{
    struct pep_row *row = NULL;

    for (size_t i = 0; i < pep_store.count; i++)
        if (pep_row_is(&pep_store.rows[i], user.username, node, false))
            row = &pep_store.rows[i];
    if (!store->refuses) {
        row = row ? row : pep_row_add(user.username, node, false);
        remember(row->payload, sizeof(row->payload), settings);
        remember(row->affiliations, sizeof(row->affiliations), affiliations);
    }
    fake_write(store, done, ctx);
}
void store_pep_node_remove(struct store *store, struct store_user user,
                           struct str node, store_done *done, void *ctx)
{
    for (size_t i = pep_store.count; i-- > 0;)
        if (pep_row_is(&pep_store.rows[i], user.username, node, false) ||
            pep_row_is(&pep_store.rows[i], user.username, node, true))
            pep_row_take(i);
    fake_write(store, done, ctx);
}
void store_pep_publish(struct store *store, struct store_user user,
                       const struct store_pep_item *item, store_done *done,
                       void *ctx)
{
    struct pep_row *row;

    if (!store->refuses) {
        pep_drop_item(user.username, item->node, item->id);
        pep_trim_items(user.username, item->node, item->max_items - 1);
        row = pep_row_add(user.username, item->node, true);
        remember(row->id, sizeof(row->id), item->id);
        remember(row->payload, sizeof(row->payload), item->payload);
        row->published_ms = item->published_ms;
    }
    fake_write(store, done, ctx);
}
void store_pep_trim(struct store *store, struct store_user user,
                    struct str node, int64_t most, store_done *done, void *ctx)
{
    pep_trim_items(user.username, node, most);
    fake_write(store, done, ctx);
}
void store_pep_retract(struct store *store, struct store_user user,
                       struct str node, struct str id, store_done *done,
                       void *ctx)
{
    pep_drop_item(user.username, node, id);
    fake_write(store, done, ctx);
}

static inline struct pep_read *fake_pep_read(struct store *store,
                                             struct store_user user,
                                             store_rows *rows, void *ctx)
{
    struct pep_read *read = NEW(struct pep_read);

    remember(read->user, sizeof(read->user), user.username);
    store_call(store,
               (struct store_call){.rows = rows, .ctx = ctx, .pep = read});
    return read;
}
void store_pep_nodes(struct store *store, struct store_user user,
                     store_rows *rows, void *ctx)
{
    fake_pep_read(store, user, rows, ctx)->kind = PEP_READ_NODES;
}
void store_pep_items(struct store *store, struct store_user user,
                     struct str node, struct str ids, int64_t most,
                     store_rows *rows, void *ctx)
{
    struct pep_read *read = fake_pep_read(store, user, rows, ctx);

    read->kind = PEP_READ_ITEMS;
    read->most = most;
    read->has_ids = ids.p != NULL;
    remember(read->node, sizeof(read->node), node);
    remember(read->ids, sizeof(read->ids), ids);
}
void store_pep_last(struct store *store, struct store_user user,
                    struct str nodes, store_rows *rows, void *ctx)
{
    struct pep_read *read = fake_pep_read(store, user, rows, ctx);

    read->kind = PEP_READ_LAST;
    remember(read->ids, sizeof(read->ids), nodes);
}

static inline void hand_out_offline(struct store *store,
                                    const struct store_call *call)
{
    for (size_t i = store->fetched; i < store->offline_count; i++) {
        char id[24];
        struct str columns[5] = {STR_NONE, str_of(store->offline[i]),
                                 STR("1699999999000"), STR_NONE, STR_NONE};
        char origin[128];

        snprintf(id, sizeof(id), "%zu", i + 1);
        columns[0] = str_of(id);
        snprintf(origin, sizeof(origin), "stored:%zu", i);
        if (store->offline_origin[0])
            memcpy(origin, store->offline_origin, sizeof(origin));
        columns[3] = str_of(origin);
        call->rows(call->ctx, &(struct store_row){columns, 5}, true);
    }
}

static inline void hand_out_rows(struct store *store,
                                 const struct store_call *call)
{
    for (size_t i = 0; i < store->row_count; i++) {
        struct str columns[3];

        for (size_t c = 0; c < COUNT_OF(columns); c++)
            columns[c] = str_of(store->rows[i][c]);
        if (call->found)
            call->found(call->ctx, &(struct store_row){columns, 3}, STORE_ALL);
        else
            call->rows(call->ctx, &(struct store_row){columns, 3}, true);
    }
    store->row_count = 0;
}

static inline void answer_call(struct store *store,
                               const struct store_call *call)
{
    if (call->loading) {
        struct str name = call->loading->jid.local;
        bool exists = str_is(name, "romeo") || str_is(name, "juliet") ||
                      str_is(name, "nurse");

        /* Their numbers in the store of messages: 114, 106, 110. */
        call->loading->number = exists ? name.p[0] : 0;
        call->loading->pep_empty = !pep_has_rows(call->loading->jid.local);
        call->loading->offline_empty =
            store->offline_count == 0 && store->held_count == 0;
        account_loaded(call->loading, true, exists, true);
    } else if (call->done) {
        call->done(call->ctx, !store->refuses);
    } else if (call->pep) {
        pep_hand_out(call->pep, call->rows, call->ctx);
        free(call->pep);
    } else {
        if (call->is_offline_load)
            hand_out_offline(store, call);
        else
            hand_out_rows(store, call);
        if (call->found)
            call->found(call->ctx, NULL, store->page_end);
        else
            call->rows(call->ctx, NULL, true);
    }
}

/* --- the link ------------------------------------------------------------- */

/* Runs until nobody has anything more to say. */
static inline void settle(struct fixture *t)
{
    const struct link_ends ends = {t->sm.channels, "sm/", t->c2s};
    bool busy = true;

    while (busy) {
        busy = false;
        channels_flush_acks(t->c2s);
        channels_flush_acks(t->sm.channels);
        busy |= link_carry(&ends, t->sm.channels, &t->sm_out);
        busy |= link_carry(&ends, t->c2s, &t->c2s_out);
        while (!t->store.is_stalled && t->store.first < t->store.count) {
            struct store_call call = t->store.calls[t->store.first++];

            if (t->store.first == t->store.count)
                t->store.first = t->store.count = 0;
            answer_call(&t->store, &call);
            busy = true;
        }
    }
}

static inline void store_answers(struct fixture *t)
{
    t->store.is_stalled = false;
    settle(t);
}

static void sm_frame(void *ctx, struct channel *channel,
                     const struct frame *frame)
{
    sm_on_frame(&((struct fixture *)ctx)->sm, channel, frame);
}
static void sm_discharged(void *ctx, struct channel *channel, uint64_t seq,
                          void *cookie)
{
    (void)seq;
    sm_on_discharged(&((struct fixture *)ctx)->sm, channel, cookie);
}
static void sm_restarted(void *ctx, struct channel *channel)
{
    sm_on_peer_restarted(&((struct fixture *)ctx)->sm, channel);
}
static void sm_synced(void *ctx, struct channel *channel)
{
    sm_on_synced(&((struct fixture *)ctx)->sm, channel);
}

static void sm_datagram(void *ctx, const struct frame *frame)
{
    sm_on_datagram(&((struct fixture *)ctx)->sm, frame);
}
static void c2s_datagram(void *ctx, const struct frame *frame)
{
    struct fixture *t = ctx;

    t->asked++;
    t->sent_when_asked = t->sent_count;
    snprintf(t->question, sizeof(t->question), "%.*s", STR_ARG(frame->body));
}

static void note_sent(struct fixture *t, struct channel *channel, uint64_t sid,
                      uint64_t n, uint64_t seq, struct str body)
{
    struct sent *sent = &t->sent[t->sent_count++];

    assert_true(t->sent_count <= MAX_SENT);
    *sent = (struct sent){.sid = sid, .n = n, .seq = seq, .channel = channel};
    snprintf(sent->body, sizeof(sent->body), "%.*s", STR_ARG(body));
}

static void note_stanza(struct fixture *t, struct channel *channel,
                        const struct frame *frame)
{
    note_sent(t, channel, frame->sid, frame->n, frame->seq, frame->body);
    snprintf(t->sent[t->sent_count - 1].origin, sizeof(t->sent[0].origin),
             "%.*s", STR_ARG(frame->origin));
}

/* Each stanza for each of its streams, without a `to`. */
static void unpack(struct fixture *t, struct channel *channel,
                   const struct frame *frame)
{
    struct parcel_text text;
    uint64_t sid, n;

    assert_true(parcel_read(frame->body, &text));
    while (parcel_next_receiver(&text.to, &sid, &n)) {
        struct parcel_text rest = text;
        struct str stanza;

        while (parcel_next_stanza(&rest, &stanza))
            note_sent(t, channel, sid, n++, frame->seq, stanza);
    }
    assert_int_equal(text.to.len, 0);
}

static void c2s_frame(void *ctx, struct channel *channel,
                      const struct frame *frame)
{
    struct fixture *t = ctx;

    if (str_starts(frame->body, STR("<session-keep"))) {
        t->keepsakes++;
        snprintf(t->keepsake, sizeof(t->keepsake), "%.*s",
                 STR_ARG(frame->body));
        channel_discharge(channel, frame->seq);
        return;
    }
    if (parcel_is(frame->body))
        unpack(t, channel, frame);
    else if (!str_starts(frame->body, STR("<session-mark")))
        note_stanza(t, channel, frame);
    if (!t->keeps)
        channel_discharge(channel, frame->seq);
}
static void c2s_discharged(void *ctx, struct channel *channel, uint64_t seq,
                           void *cookie)
{
    (void)channel, (void)seq, (void)cookie;
    ((struct fixture *)ctx)->discharged++;
}

static inline void start_ends(struct fixture *t)
{
    static const struct channel_events sm_events = {
        .on_frame = sm_frame,
        .on_discharged = sm_discharged,
        .on_peer_restarted = sm_restarted,
        .on_synced = sm_synced,
        .on_datagram = sm_datagram,
    };
    static const struct channel_events c2s_events = {
        .on_frame = c2s_frame,
        .on_discharged = c2s_discharged,
        .on_datagram = c2s_datagram,
    };
    char address[32];

    t->sm.channels = channels_new(&sm_events, t, &t->sm_out, 1 << 20);
    t->c2s = channels_new(&c2s_events, t, &t->c2s_out, 1 << 20);
    for (unsigned i = 0; i < JID_SHARDS; i++)
        channels_bind(t->sm.channels, address_write(address, ADDRESS_SM, i), 1);
    channels_bind(t->c2s, STR(C2S), 1);
    channels_link_up(t->sm.channels, STR("sm.0"));
    channels_link_up(t->c2s, STR("c2sd.0"));
    settle(t);
}

/* A c2sd without sessions: this sm serves. */
static inline void c2s_has_told(struct fixture *t)
{
    const struct frame frame = {
        .body = STR("<restored xmlns='urn:posthouse:link:1' n='0'/>")};

    sm_on_up(&t->sm, STR(C2S));
    sm_on_bound(&t->sm, STR("sm/63"));
    channels_send_datagram(t->c2s, STR(C2S), STR("sm/0"), &frame);
    settle(t);
    assert_true(t->sm.is_serving);
}

/* --- life ----------------------------------------------------------------- */

static inline void time_passes(struct fixture *t, int64_t ms)
{
    t->sm.now_ms += ms;
    t->sm.steady_ms += ms;
}

static int setup_with(void **state, const char *settings)
{
    struct fixture *t = NEW(struct fixture);
    struct error error;
    char text[1024];

    pep_store.count = 0;

    snprintf(text, sizeof(text), "domains = {\"example.com\"}\n%s", settings);
    t->sm.config = config_parse(text, &error);
    assert_non_null(t->sm.config);
    t->sm.store = &t->store;
    t->sm.of = 1;
    t->sm.now_ms = START_MS;
    t->sm.steady_ms = STEADY_MS;
    memset(t->sm.key.bytes, 7, sizeof(t->sm.key.bytes));
    sm_init(&t->sm);
    start_ends(t);
    c2s_has_told(t);
    *state = t;
    return 0;
}

static inline int setup(void **state)
{
    return setup_with(state, "");
}

static inline int teardown(void **state)
{
    struct fixture *t = *state;

    /* Nothing stays owed: every cookie comes back. */
    for (size_t i = 0; t->keeps && i < t->sent_count; i++)
        channel_discharge(t->sent[i].channel, t->sent[i].seq);
    store_answers(t);
    sm_clear(&t->sm);
    channels_free(t->sm.channels);
    channels_free(t->c2s);
    buf_clear(&t->sm_out);
    buf_clear(&t->c2s_out);
    config_free((struct config *)t->sm.config);
    free(t);
    return 0;
}

/* --- what a c2sd does ----------------------------------------------------- */

static inline void send_frame(struct fixture *t, const char *user, uint64_t sid,
                              uint64_t n, const char *body)
{
    char bare[64], address[32];
    struct frame frame = {.sid = sid, .n = n, .body = str_of(body)};

    snprintf(bare, sizeof(bare), "%s@example.com", user);
    channel_send(
        channels_get(t->c2s, STR(C2S), sm_address(address, str_of(bare))),
        &frame, NULL);
    settle(t);
}

static inline void control_about(struct fixture *t, const char *element,
                                 const char *user, uint64_t sid,
                                 const char *attributes)
{
    struct arena arena = {0};
    char bare[64], body[1024];
    struct str grant;

    snprintf(bare, sizeof(bare), "%s@example.com", user);
    grant = grant_sign(&arena, &t->sm.key, STR(C2S), sid, str_of(bare),
                       t->sm.now_ms / 1000);
    snprintf(body, sizeof(body),
             "<%s xmlns='urn:posthouse:link:1' jid='%s' grant='%.*s' "
             "peer='192.0.2.1' %s/>",
             element, bare, STR_ARG(grant), attributes);
    arena_clear(&arena);
    send_frame(t, user, sid, 0, body);
}

static inline void open_session(struct fixture *t, const char *user,
                                uint64_t sid, const char *resource)
{
    char attributes[128];

    snprintf(attributes, sizeof(attributes), "resource='%s'", resource);
    control_about(t, CTL_SESSION_OPEN, user, sid, attributes);
}

/* Forgets what was sent so far. */
static inline void forget(struct fixture *t)
{
    t->sent_count = t->read = 0;
}

/* The next thing sent to this stream; "" when there is none. */
static inline const char *received(struct fixture *t, uint64_t sid)
{
    for (size_t i = 0; i < t->sent_count; i++) {
        struct sent *sent = &t->sent[i];

        if (sent->sid != sid || !sent->body[0])
            continue;
        sent->sid = 0;
        return sent->body;
    }
    return "";
}

static inline unsigned waiting(const struct fixture *t, uint64_t sid)
{
    unsigned count = 0;

    for (size_t i = 0; i < t->sent_count; i++)
        count += t->sent[i].sid == sid;
    return count;
}

/* Logs in and becomes available; what that brings is forgotten. */
static inline void login(struct fixture *t, const char *user, uint64_t sid,
                         const char *resource)
{
    open_session(t, user, sid, resource);
    send_frame(t, user, sid, 1, "<presence/>");
    forget(t);
}

#define assert_contains(text, part)                                            \
    do {                                                                       \
        const char *text_ = (text);                                            \
        if (!strstr(text_, part))                                              \
            fail_msg("no %s in %s", part, text_);                              \
    } while (0)

#endif
