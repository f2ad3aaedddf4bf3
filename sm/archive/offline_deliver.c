/* What waited for a user is delivered when he is back (XEP-0160). */
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "sm/archive/archive.h"
#include "sm/archive/offline.h"
#include "sm/route.h"
#include "sm/session/keepsake.h"
#include "sm/session/seen.h"
#include "sm/store/store.h"

/* A client gets what waits in parts, each when the one before is nearly his. */
#define PART_OF_QUEUE  4 /* of sm.session-queue */
#define LITTLE_OF_PART 4
/* How long after it was stored a message may be sent here again. */
#define REPETITION_MS 120000

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

/* Whether rows may still come to the session that were there before. */
static bool has_rows_to_come(const struct session *session)
{
    const struct account *account = session->account;

    return !session->is_available || account->has_held ||
           account->offline_writes > 0;
}

void offline_expect_row(struct session *session, struct str origin)
{
    if (origin.len && has_rows_to_come(session) &&
        sm_knows_time_for(session->account->sm) < REPETITION_MS &&
        !seen_has(session, origin))
        seen_note(session, origin);
}

/* Whether the session has it, or gets it in another way: it was stored while
 * nobody knew that the session had it already, or is in the archive that the
 * session has begun to read (XEP-0313 §6.1.1). */
static bool has_already(struct session *session, const struct store_row *row)
{
    return seen_has(session, row->columns[3]) ||
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
    session_send_from(session, batch->duty, row->columns[3], message);
    expect_repetition(session, stamp_ms, row->columns[3]);
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
    offline_count_rows(account);
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
