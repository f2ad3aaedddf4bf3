/* Small questions about the server: version (XEP-0092), time (XEP-0202 and its
 * predecessor), last activity (XEP-0012), ping (XEP-0199), session. */
#include <stdlib.h>
#include <time.h>
#include <utlist.h>

#include "common/daemon/options.h"
#include "sm/presence/contact.h"
#include "sm/query/iq.h"
#include "sm/presence/presence.h"
#include "sm/store/store.h"

static struct xml *add_query(struct xml *result, struct str ns)
{
    return xml_add(result, ns, STR("query"));
}

void handle_ping(struct iq_request *request)
{
    iq_answer(request, iq_make_result(request));
}

void handle_session(struct iq_request *request)
{
    iq_answer(request, iq_make_result(request));
}

void handle_version(struct iq_request *request)
{
    struct xml *result = iq_make_result(request);
    struct xml *query = add_query(result, NS_VERSION);

    xml_add_leaf(query, NS_VERSION, STR("name"), STR("Posthouse"));
    xml_add_leaf(query, NS_VERSION, STR("version"), str_of(POSTHOUSE_VERSION));
    iq_answer(request, result);
}

void handle_time(struct iq_request *request)
{
    struct xml *result = iq_make_result(request);
    struct xml *element = xml_add(result, NS_TIME, STR("time"));
    time_t now = (time_t)(request->sm->now_ms / 1000);
    struct tm local;
    long minutes;

    localtime_r(&now, &local);
    minutes = local.tm_gmtoff / 60;
    xml_add_leaf(element, NS_TIME, STR("tzo"),
                 arena_printf(request->arena, "%c%02ld:%02ld",
                              minutes < 0 ? '-' : '+', labs(minutes) / 60,
                              labs(minutes) % 60));
    xml_add_leaf(
        element, NS_TIME, STR("utc"),
        stanza_timestamp(request->arena, request->sm->now_ms / 1000 * 1000));
    iq_answer(request, result);
}

void handle_time_old(struct iq_request *request)
{
    struct xml *result = iq_make_result(request);
    struct xml *query = add_query(result, NS_TIME_OLD);
    time_t now = (time_t)(request->sm->now_ms / 1000);
    char text[32];
    struct tm utc;

    gmtime_r(&now, &utc);
    strftime(text, sizeof(text), "%Y%m%dT%H:%M:%S", &utc);
    xml_add_leaf(query, NS_TIME_OLD, STR("utc"),
                 arena_dup(request->arena, str_of(text)));
    iq_answer(request, result);
}

/* --- last activity -------------------------------------------------------- */

/* Takes the result with its <query/>. */
static void answer_seconds(struct iq_request *request, struct xml *result,
                           int64_t seconds)
{
    xml_set(xml_child(result, NS_LAST, "query"), STR("seconds"),
            arena_printf(request->arena, "%lld",
                         (long long)(seconds < 0 ? 0 : seconds)));
    iq_answer(request, result);
}

static struct xml *make_last(struct iq_request *request, struct str status)
{
    struct xml *result = iq_make_result(request);
    struct xml *query = add_query(result, NS_LAST);

    if (status.len)
        xml_add_text(query, arena_dup(request->arena, status));
    return result;
}

/* The row may still be on its way when a contact asks who has just seen the
 * user leave. */
static void prefer_memory(struct iq_request *request)
{
    const struct account *account = account_find(request->sm, request->to.bare);
    uint64_t left = account ? (uint64_t)account->left_ms / 1000 : 0;

    if (left <= request->number)
        return;
    request->number = left;
    request->result = make_last(request, STR_NONE);
}

static void on_last(void *ctx, const struct store_row *row, bool ok)
{
    struct iq_request *request = ctx;
    int64_t left;

    if (row) {
        if (str_to_i64(row->columns[0], &left) && left >= 0) {
            request->number = (uint64_t)left;
            request->result = make_last(request, row->columns[1]);
        }
        return;
    }
    prefer_memory(request);
    if (!ok)
        iq_refuse(request, ERR_INTERNAL_SERVER_ERROR, NULL);
    else if (!request->result)
        iq_refuse(request, ERR_ITEM_NOT_FOUND, "Never seen here");
    else
        answer_seconds(request, request->result,
                       request->sm->now_ms / 1000 - (int64_t)request->number);
}

/* XEP-0012 §4: only who sees the presence may ask. */
static bool may_ask(const struct account *account, const struct jid *from)
{
    return jid_bare_eq(from, &account->jid) ||
           contact_sees(account, from->bare);
}

bool iq_last_may_pass(const struct account *account, const struct xml *iq,
                      const struct jid *from)
{
    return !xml_child(iq, NS_LAST, "query") || may_ask(account, from);
}

/* Contacts learn no more than presence tells them; the user himself is here. */
static bool is_here(const struct iq_request *request)
{
    const struct session *session;

    DL_FOREACH(request->account->sessions, session)
    {
        if (!session->is_doomed &&
            (presence_is_shown(session) || request->place == IQ_AT_SELF))
            return true;
    }
    return false;
}

void handle_last(struct iq_request *request)
{
    struct sm *sm = request->sm;

    if (request->place == IQ_AT_SERVER)
        answer_seconds(request, make_last(request, STR_NONE),
                       (sm->steady_ms - sm->started_ms) / 1000);
    else if (!may_ask(request->account, &request->from))
        iq_refuse(request, ERR_FORBIDDEN, NULL);
    else if (is_here(request))
        answer_seconds(request, make_last(request, STR_NONE), 0);
    else
        store_last_get(sm->store, store_user(&request->account->jid), on_last,
                       iq_keep(request));
}
