/* A page of a user's archive on its way to him (XEP-0313 §4.2). */
#include "sm/archive/archive.h"
#include "sm/query/iq_archive.h"
#include "sm/route.h"
#include "sm/session/keepsake.h"

/* A page ends when so much of the session's queue is full of it. */
#define SHARE_OF_QUEUE 4

/* --- what is found -------------------------------------------------------- */

/* Whether nothing but time bounds what it finds. */
static bool is_whole(const struct archive_query *query)
{
    return !query->with.full.p && !query->text.p && !query->id_count &&
           !query->wants_count;
}

void archive_answer_begin(struct iq_request *request, struct session *session)
{
    struct asked *asked = request->data;

    archive_page_init(
        &asked->page, request->arena, asked->query.max,
        (size_t)config_int(request->sm->config, "sm.session-queue") /
            SHARE_OF_QUEUE);
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
    int64_t id;

    if (archive_read_id(row->columns[0], &id))
        archive_page_add(&asked->page, request->arena,
                         &(struct archive_found){.id = row->columns[0],
                                                 .sent_ms = archive_ms_of(id),
                                                 .stanza = row->columns[1]});
}

/* --- what is sent --------------------------------------------------------- */

static void send_one(struct iq_request *request, struct session *session,
                     const struct archive_found *found)
{
    struct sm *sm = request->sm;
    const struct asked *asked = request->data;
    struct xml *inner, *message;

    arena_reset(&sm->arena); /* each is an event of its own */
    inner = xml_parse(sm->parser, &sm->arena, found->stanza);
    if (!inner)
        return;
    message = archive_result(&sm->arena, &asked->query, found->id,
                             found->sent_ms, inner);
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

static void settle_offline(struct account *account, const struct asked *asked)
{
    const struct archive_page *page = &asked->page;
    int64_t first, last;

    if (page->count == 0 || !is_whole(&asked->query) ||
        (account->offline_counted && !account->offline_count) ||
        !archive_read_id(page->found[0].id, &first) ||
        !archive_read_id(page->found[page->count - 1].id, &last))
        return;
    account->writes++;
    store_offline_archived(account->sm->store, store_user(&account->jid), first,
                           last, on_read, account);
}

static void send_page(struct iq_request *request, struct account *account)
{
    const struct asked *asked = request->data;
    struct session *session =
        session_by_resource(account, request->from.resource);

    if (!session)
        return;
    for (size_t i = 0; i < asked->page.count; i++)
        send_one(request, session,
                 archive_page_at(&asked->page, &asked->query, i));
    settle_offline(account, asked);
}

void archive_answer_end(struct iq_request *request)
{
    struct asked *asked = request->data;
    struct account *account = account_find(request->sm, request->to.bare);
    struct xml *result = iq_make_result(request);

    if (asked->wanted.is_backward)
        archive_page_turn(&asked->page);
    if (account)
        send_page(request, account);
    archive_add_fin(result, &asked->page, asked->matches);
    iq_answer(request, result);
}
