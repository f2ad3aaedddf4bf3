/* Messages for a user who is away (XEP-0160). */
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "common/log/log.h"
#include "sm/archive/archive.h"
#include "sm/session/keepsake.h"
#include "sm/archive/offline.h"
#include "sm/admin/permit.h"
#include "sm/route.h"
#include "sm/session/seen.h"
#include "sm/store/store.h"

/* A client gets what waits in parts, each when the one before is nearly his. */
#define PART_OF_QUEUE  4 /* of sm.session-queue */
#define LITTLE_OF_PART 4
/* How long after it was stored a message may be sent here again. */
#define REPETITION_MS 120000

/* --- keeping --------------------------------------------------------------
 */

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

static void count_rows(struct account *account)
{
    if (account->offline_counted || account->offline_counting)
        return;
    account->offline_counting = true;
    store_offline_count(account->sm->store, store_user(&account->jid),
                        on_counted, account);
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
        store_offline_refer(store, store_user(&account->jid), id, stamp_ms,
                            STR_NONE, on_kept, keeping);
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
    count_rows(account);
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

/* --- delivering -----------------------------------------------------------
 */

/* Messages on their way from the database to one session. */
struct batch {
    struct account *account;
    struct duty *duty; /* finishes when the client has them all */
    int64_t last_id;
    int64_t count, bytes;
    bool has_more; /* than the session takes at once */
    char resource[];
};

/* Rows are sent, and not marked as fetched yet: to load them now would bring
 * them again. */
static void begin_fetch(struct account *account)
{
    account->writes++;
    account->offline_fetches++;
}

static void end_fetch(struct account *account)
{
    account->writes--;
    account->offline_fetches--;
}

static void on_fetched(void *ctx, bool ok)
{
    struct account *account = ctx;
    struct session *session;

    end_fetch(account);
    if (!ok) /* at worst they come again: nothing is lost */
        account->offline_more = false;
    DL_FOREACH(account->sessions, session)
    if (session->offline_sent) {
        session->offline_sent = 0;
        keepsake_due(session);
    }
    offline_next_part(account);
    sessions_settle(account->sm);
    account_update_idle(account);
}

static void mark_fetched(struct account *account, int64_t last_id)
{
    store_offline_fetched(account->sm->store, store_user(&account->jid),
                          last_id, on_fetched, account);
}

/* The client has them: the rows are done with. */
static void finish_batch(void *ctx)
{
    struct batch *batch = ctx;
    struct account *account = batch->account;

    if (batch->last_id > 0) {
        account->offline_count -= batch->count;
        account->offline_bytes -= batch->bytes;
        mark_fetched(account, batch->last_id);
    } else {
        end_fetch(account);
    }
    free(batch);
}

/* After a restart the row may be sent again. */
static struct str origin_of(const struct session *session, struct str id)
{
    return arena_printf(&session->account->sm->arena, "offline:%.*s",
                        STR_ARG(id));
}

/* The daemon that sent it here may have died before it heard that the row is
 * written: then it is sent again, and would find the user online. */
static void expect_repetition(struct session *session, int64_t stamp_ms,
                              struct str origin)
{
    struct sm *sm = session->account->sm;

    if (sm->now_ms - stamp_ms < REPETITION_MS ||
        sm_knows_time_for(sm) < REPETITION_MS)
        seen_note(session, origin);
}

/* Whether the session has it, or gets it in another way: it was stored while
 * nobody knew that the session had it already, or is in the archive that the
 * session has begun to read (XEP-0313 §6.1.1). */
static bool has_already(struct session *session, const struct store_row *row)
{
    return seen_take(session, row->columns[3]) ||
           (session->reads_archive && row->columns[4].p);
}

static void send_row(struct session *session, struct batch *batch,
                     const struct store_row *row)
{
    struct account *account = session->account;
    struct sm *sm = account->sm;
    struct xml *message = xml_parse(sm->parser, &sm->arena, row->columns[1]);
    int64_t stamp_ms = 0, id;

    batch->count++;
    batch->bytes += (int64_t)row->columns[1].len;
    if (has_already(session, row) || !message ||
        !str_to_i64(row->columns[2], &stamp_ms))
        return;
    if (!stanza_is_delayed_by(message, session->jid.domain))
        stanza_add_delay(message, session->jid.domain, stamp_ms,
                         "Offline Storage");
    if (archive_read_id(row->columns[4], &id))
        archive_stamp(message, account->jid.bare, id);
    expect_repetition(session, stamp_ms, row->columns[3]);
    session_send_from(session, batch->duty, origin_of(session, row->columns[0]),
                      message);
}

/* Should sm die now, its successor need not send them again. */
static void note_sent(struct session *session, int64_t last_id)
{
    session->offline_due = session->account->offline_more;
    session->offline_sent = last_id;
    keepsake_due(session);
}

static struct session *find_taker(const struct account *account)
{
    struct session *session;

    DL_FOREACH(account->sessions, session)
    if (session->is_available && session->priority >= 0 &&
        !session->is_doomed && !session->flexible_offline)
        return session;
    return NULL;
}

static void deliver_released(struct account *account)
{
    struct session *session = find_taker(account);

    account->has_released = false;
    if (session)
        offline_deliver(session);
}

static size_t part_bytes(const struct account *account)
{
    return (size_t)config_int(account->sm->config, "sm.session-queue") /
           PART_OF_QUEUE;
}

/* False when the client has to read before it gets more. */
static bool has_room(const struct session *session)
{
    return session->queue_bytes < part_bytes(session->account);
}

void offline_next_part(struct account *account)
{
    struct session *session;

    if (!account->offline_more || account->offline_loading ||
        account->offline_fetches > 0)
        return;
    session = find_taker(account);
    if (!session) /* who comes next asks anew */
        account->offline_more = false;
    else if (session->queue_bytes <= part_bytes(account) / LITTLE_OF_PART)
        offline_deliver(session);
}

bool offline_must_queue(const struct account *account,
                        const struct session *session,
                        const struct xml *message)
{
    const struct session *taker = find_taker(account);
    enum message_type type = message_type(message);

    return account->offline_more &&
           (type == MESSAGE_CHAT || type == MESSAGE_NORMAL) && taker &&
           (!session || session == taker) && offline_is_worth_keeping(message);
}

static void on_offline_row(void *ctx, const struct store_row *row, bool ok)
{
    struct batch *batch = ctx;
    struct account *account = batch->account;
    struct sm *sm = account->sm;
    struct session *session =
        session_by_resource(account, str_of(batch->resource));

    (void)ok;
    arena_reset(&sm->arena);
    if (row) {
        batch->has_more |= session && !has_room(session);
        if (session && !batch->has_more && row->count >= 5 &&
            str_to_i64(row->columns[0], &batch->last_id))
            send_row(session, batch, row);
        return;
    }
    account->offline_more = batch->has_more;
    account->offline_loading = account->offline_started = false;
    if (session)
        note_sent(session, batch->last_id);
    duty_drop(batch->duty);
    if (account->has_released)
        deliver_released(account);
    account_run_tasks(account);
    sessions_settle(sm);
    account_update_idle(account);
}

static void start_delivery(struct session *session)
{
    struct account *account = session->account;
    struct str resource = session->jid.resource;
    struct batch *batch = mem_zalloc(sizeof(*batch) + resource.len + 1);

    memcpy(batch->resource, resource.p, resource.len);
    account->offline_started = true;
    batch->account = account;
    batch->duty = duty_new_own(finish_batch, batch);
    begin_fetch(account);
    count_rows(account);
    store_offline_load(account->sm->store, store_user(&account->jid),
                       on_offline_row, batch);
}

/* All writes that the delivery waited for are done. */
static void start_waiting_delivery(struct account *account)
{
    struct session *session = find_taker(account);

    if (session) {
        start_delivery(session);
        return;
    }
    account->offline_loading = false;
    account_run_tasks(account);
}

void offline_recount(struct account *account)
{
    if (account->offline_writes || account->offline_counting)
        return;
    account->offline_counted = false;
    account->offline_count = 0;
    account->offline_bytes = 0;
}

void offline_write_begin(struct account *account)
{
    account->offline_writes++;
    account->offline_empty = false;
}

void offline_write_done(struct account *account, bool has_more)
{
    account->offline_writes--;
    account->has_released |= has_more;
    if (account->offline_writes > 0 || account->offline_started)
        return;
    if (account->offline_loading)
        start_waiting_delivery(account);
    else if (account->has_released)
        deliver_released(account);
}

void offline_go_on(struct session *session)
{
    struct account *account = session->account;

    if (session->offline_sent) {
        account->offline_more |= session->offline_due; /* it goes on then */
        begin_fetch(account);
        mark_fetched(account, session->offline_sent);
    } else if (session->offline_due) {
        offline_deliver(session);
    }
}

void offline_deliver(struct session *session)
{
    struct account *account = session->account;

    if (account->is_guest || account->offline_loading || account->offline_empty)
        return;
    session->offline_due = true;
    keepsake_due(session);
    if (account->offline_fetches > 0) {
        account->offline_more = true; /* goes on when those are marked */
        return;
    }
    account->offline_loading = true;
    if (account->offline_writes == 0)
        start_delivery(session);
}
