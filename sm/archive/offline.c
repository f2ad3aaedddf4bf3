/* Messages for a user who is away are kept (XEP-0160). */
#include <stdlib.h>

#include "common/log/log.h"
#include "sm/archive/archive.h"
#include "sm/archive/offline.h"
#include "sm/admin/permit.h"
#include "sm/route.h"
#include "sm/store/store.h"

/* A row that is being written. */
struct keeping {
    struct account *account;
    struct duty *duty;
    int64_t bytes;
    struct str body; /* for the answer when the database refuses; heap */
    struct trace_key trace;
};

bool offline_is_worth_keeping(const struct xml *message)
{
    if (xml_child(message, NS_HINTS, "no-store"))
        return false;
    if (xml_child(message, NS_HINTS, "store") ||
        message_type(message) == MESSAGE_NORMAL)
        return true;
    /* A chat message that only tells of typing is of no use later. */
    for (const struct xml *child = xml_child(message, STR_NONE, NULL); child;
         child = xml_next(child, STR_NONE, NULL))
        if (!str_eq(child->ns, NS_CHATSTATES) && !str_is(child->name, "thread"))
            return true;
    return false;
}

static bool is_over_quota(const struct account *account, size_t bytes)
{
    int64_t most = permit_limit(account, MAX_OFFLINE);
    int64_t most_bytes = permit_limit(account, MAX_OFFLINE_BYTES);

    return (most && account->offline_count >= most) ||
           (most_bytes && account->offline_bytes + (int64_t)bytes > most_bytes);
}

static void on_kept(void *ctx, bool ok)
{
    struct keeping *keeping = ctx;
    struct account *account = keeping->account;
    struct sm *sm = account->sm;
    struct xml *message;

    arena_reset(&sm->arena);
    if (ok) {
        sm->offline_stored++;
        trace_note(sm, keeping->trace, TRACE_STORED, account->jid.bare);
    } else {
        account->offline_count--;
        account->offline_bytes -= keeping->bytes;
        message = xml_parse(sm->parser, &sm->arena, keeping->body);
        if (message)
            route_error(sm, keeping->duty, message, ERR_SERVICE_UNAVAILABLE,
                        "The message could not be stored");
    }
    duty_drop(keeping->duty);
    free((char *)keeping->body.p);
    free(keeping);
    offline_write_done(account, false);
    sessions_settle(sm);
    account_update_idle(account);
}

/* The count is read once; until it is known nothing is refused. */
static void on_counted(void *ctx, const struct store_row *row, bool ok)
{
    struct account *account = ctx;
    int64_t count, bytes;

    if (row) {
        if (row->count >= 2 && str_to_i64(row->columns[0], &count) &&
            str_to_i64(row->columns[1], &bytes)) {
            account->offline_count += count;
            account->offline_bytes += bytes;
        }
        return;
    }
    account->offline_counting = false;
    account->offline_counted = ok;
    account_update_idle(account);
}

void offline_count_rows(struct account *account)
{
    if (account->offline_counted || account->offline_counting)
        return;
    account->offline_counting = true;
    store_offline_count(account->sm->store, store_user(&account->jid),
                        on_counted, account);
}

void offline_recount(struct account *account)
{
    if (account->offline_writes || account->offline_counting)
        return;
    account->offline_counted = false;
    account->offline_count = 0;
    account->offline_bytes = 0;
}

struct store_message offline_row(struct account *account, struct duty *duty,
                                 struct str stanza)
{
    struct sm *sm = account->sm;

    return (struct store_message){
        .id = archive_new_id(sm),
        .recipient = account->number,
        .origin = duty_origin(duty, &sm->arena),
        /* 0 is what is archived. */
        .ordinal = duty ? ++duty->ordinal : 1,
        .stanza = stanza,
        .is_passing = true,
    };
}

static void write_row(struct account *account, struct keeping *keeping,
                      const struct xml *message, int64_t stamp_ms,
                      struct kept *kept)
{
    struct store *store = account->sm->store;
    int64_t id = archive_stamp_of(message, account->jid.bare);
    struct store_message row;

    /* It comes back from a session that did not get it. */
    if (id && !kept) {
        store_offline_refer(store, store_user(&account->jid), id,
                            keeping->duty ? keeping->duty->origin : STR_NONE,
                            stamp_ms, STR_NONE, on_kept, keeping);
        return;
    }
    /* One row with what its sender archives, be it archived here or not. */
    if (!kept || !archive_row(kept, keeping->duty, &account->sm->arena, &row))
        row = offline_row(account, keeping->duty, keeping->body);
    store_offline_add(store, &row, stamp_ms, STR_NONE, on_kept, keeping);
}

static bool is_refused(struct account *account, struct duty *duty,
                       const struct xml *message, struct str body)
{
    if (!is_over_quota(account, body.len))
        return false;
    log_event(LOG_LEVEL_WARN, "offline-quota",
              LOG_STR("jid", account->jid.bare));
    route_error(account->sm, duty, message, ERR_SERVICE_UNAVAILABLE,
                "Too many messages wait for this user");
    return true;
}

void offline_store(struct account *account, struct duty *duty,
                   struct xml *message, int64_t stamp_ms, struct kept *kept)
{
    struct sm *sm = account->sm;
    struct keeping *keeping;
    struct str body;

    if (account->is_guest) {
        route_error(sm, duty, message, ERR_SERVICE_UNAVAILABLE, NULL);
        return;
    }
    if (!offline_is_worth_keeping(message))
        return;
    offline_count_rows(account);
    buf_reset(&sm->out);
    xml_write(&sm->out, message, NS_CLIENT);
    body = buf_view(&sm->out);
    if (is_refused(account, duty, message, body)) {
        archive_refuse(kept);
        return;
    }
    keeping = NEW(struct keeping);
    *keeping = (struct keeping){account, duty, (int64_t)body.len, str_dup(body),
                                trace_key_of(sm, message)};
    duty_hold(duty);
    offline_write_begin(account);
    account->offline_count++;
    account->offline_bytes += keeping->bytes;
    account_update_idle(account);
    write_row(account, keeping, message, stamp_ms, kept);
}
