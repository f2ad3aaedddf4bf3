/* A page of a user's archive on its way to him (XEP-0313 §4.2). */
#include "sm/archive/archive.h"
#include "sm/query/iq_archive.h"
#include "sm/route.h"
#include "sm/session/keepsake.h"

/* A page ends when so much of the session's queue is full of it. */
#define SHARE_OF_QUEUE 4

/* --- what is found ----------------------------------------------------------
 */

/* Whether nothing but time bounds what it finds. */
static bool is_whole(const struct archive_query *query)
{
    return !query->with.full.p && !query->text.p && !query->id_count &&
           !query->wants_count;
}

void archive_answer_begin(struct iq_request *request, struct session *session)
{
    struct asked *asked = request->data;

    asked->found = arena_alloc(request->arena,
                               (asked->query.max + 1) * sizeof(*asked->found));
    asked->most_bytes =
        (size_t)config_int(request->sm->config, "sm.session-queue") /
        SHARE_OF_QUEUE;
    if (!session || session->is_available || session->reads_archive ||
        !is_whole(&asked->query))
        return;
    /* XEP-0313 §6.1.1: what it finds in the archive it does not get as an
     * offline message as well. */
    asked->is_first = session->reads_archive = true;
    keepsake_due(session);
}

/* It has read nothing: what waits comes as to those who never ask. */
static void forget_reader(const struct iq_request *request)
{
    const struct asked *asked = request->data;
    struct account *account = account_find(request->sm, request->to.bare);
    struct session *session =
        account ? session_by_resource(account, request->from.resource) : NULL;

    if (!asked->is_first || !session)
        return;
    session->reads_archive = false;
    keepsake_due(session);
}

void archive_answer_refuse(struct iq_request *request,
                           enum stanza_error condition, const char *text)
{
    forget_reader(request);
    iq_refuse(request, condition, text);
}

void archive_answer_add(struct iq_request *request, const struct store_row *row)
{
    struct asked *asked = request->data;
    struct found *found = &asked->found[asked->count];

    if (asked->count == asked->query.max ||
        (asked->count && asked->bytes > asked->most_bytes)) {
        asked->is_cut = true;
        return;
    }
    if (!str_to_i64(row->columns[0], &found->id))
        return;
    found->stanza = arena_dup(request->arena, row->columns[1]);
    asked->bytes += found->stanza.len;
    asked->count++;
}

/* --- what is sent -----------------------------------------------------------
 */

static void send_one(struct iq_request *request, struct session *session,
                     const struct found *found)
{
    struct sm *sm = request->sm;
    const struct asked *asked = request->data;
    struct xml *inner, *message;

    arena_reset(&sm->arena); /* each is an event of its own */
    inner = xml_parse(sm->parser, &sm->arena, found->stanza);
    if (!inner)
        return;
    message = archive_result(&sm->arena, &asked->query,
                             archive_id_text(&sm->arena, found->id),
                             archive_ms_of(found->id), inner);
    xml_set(message, STR("from"), request->to.bare);
    session_send(session, request->duty, message);
}

/* What he has read here does not come as an offline message too. */
static void on_read(void *ctx, bool ok)
{
    struct account *account = ctx;

    (void)ok; /* at worst it comes twice, with the same id */
    account->writes--;
    offline_recount(account);
    account_update_idle(account);
}

static void settle_offline(struct account *account, const struct asked *asked,
                           int64_t first, int64_t last)
{
    if (!is_whole(&asked->query) ||
        (account->offline_counted && !account->offline_count))
        return;
    account->writes++;
    store_offline_archived(account->sm->store, store_user(&account->jid), first,
                           last, on_read, account);
}

/* The found are in order of time from here on. */
static void put_in_order(struct asked *asked)
{
    for (size_t i = 0; asked->page.is_backward && i < asked->count / 2; i++) {
        struct found other = asked->found[asked->count - 1 - i];

        asked->found[asked->count - 1 - i] = asked->found[i];
        asked->found[i] = other;
    }
}

static void send_page(struct iq_request *request, struct account *account)
{
    const struct asked *asked = request->data;
    struct session *session =
        session_by_resource(account, request->from.resource);

    for (size_t i = 0; session && i < asked->count; i++)
        send_one(
            request, session,
            &asked->found[asked->query.is_flipped ? asked->count - 1 - i : i]);
    if (session && asked->count)
        settle_offline(account, asked, asked->found[0].id,
                       asked->found[asked->count - 1].id);
}

void archive_answer_end(struct iq_request *request)
{
    struct asked *asked = request->data;
    struct account *account = account_find(request->sm, request->to.bare);
    struct xml *result = iq_make_result(request);
    struct str first = STR_NONE, last = STR_NONE;

    put_in_order(asked);
    if (account)
        send_page(request, account);
    if (asked->count) {
        first = archive_id_text(request->arena, asked->found[0].id);
        last =
            archive_id_text(request->arena, asked->found[asked->count - 1].id);
    }
    archive_add_fin(result, first, last, asked->matches, !asked->is_cut);
    iq_answer(request, result);
}
