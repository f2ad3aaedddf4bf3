/* Small questions about the server: version (XEP-0092), time (XEP-0202 and its
 * predecessor), last activity (XEP-0012), ping (XEP-0199), session. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/utsname.h>
#include <time.h>
#include <utlist.h>

#include "common/daemon/options.h"
#include "iq.h"
#include "store.h"

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

/* --- last activity --------------------------------------------------------
 */

static void answer_seconds(struct iq_request *request, int64_t seconds,
                           struct str status)
{
    struct xml *result = iq_make_result(request);
    struct xml *query = add_query(result, NS_LAST);

    xml_set(query, STR("seconds"),
            arena_printf(request->arena, "%lld",
                         (long long)(seconds < 0 ? 0 : seconds)));
    if (status.len)
        xml_add_text(query, arena_dup(request->arena, status));
    iq_answer(request, result);
}

static void on_last(void *ctx, const struct store_row *row, bool ok)
{
    struct iq_request *request = ctx;
    int64_t left;

    if (row) {
        if (str_to_i64(row->columns[0], &left)) {
            request->number = (uint64_t)left;
            request->to.resource = arena_dup(request->arena, row->columns[1]);
        }
        return;
    }
    if (!ok)
        iq_refuse(request, ERR_INTERNAL_SERVER_ERROR, NULL);
    else if (!request->number)
        iq_refuse(request, ERR_ITEM_NOT_FOUND, "Never seen here");
    else
        answer_seconds(request,
                       request->sm->now_ms / 1000 - (int64_t)request->number,
                       request->to.resource);
}

/* XEP-0012 §4: only who sees the presence may ask. */
static bool may_ask(const struct iq_request *request)
{
    const struct roster_item *item =
        roster_find(&request->account->roster, request->from.bare);

    return request->place == IQ_AT_SELF ||
           (item && roster_item_sees(item) &&
            !privacy_is_blocked(request->account, &request->from));
}

void handle_last(struct iq_request *request)
{
    struct sm *sm = request->sm;
    const struct session *session;

    if (request->place == IQ_AT_SERVER) {
        answer_seconds(request, (sm->now_ms - sm->started_ms) / 1000, STR_NONE);
        return;
    }
    if (!may_ask(request)) {
        iq_refuse(request, ERR_FORBIDDEN, NULL);
        return;
    }
    DL_FOREACH(request->account->sessions, session)
    if (session->is_available && !session->is_doomed) {
        answer_seconds(request, 0, STR_NONE);
        return;
    }
    store_last_get(sm->store,
                   (struct store_user){request->account->jid.domain,
                                       request->account->jid.local},
                   on_last, iq_keep(request));
}
