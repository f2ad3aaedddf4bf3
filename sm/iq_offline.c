/* Flexible offline message retrieval (XEP-0013). */
#include <stdlib.h>

#include "iq.h"
#include "store.h"

#define NODE STR("http://jabber.org/protocol/offline")

static struct store_user user_of(const struct iq_request *request)
{
    return (struct store_user){request->to.domain, request->to.local};
}

/* --- discovery: the node of disco#info and disco#items --------------------
 */

static void on_count(void *ctx, const struct store_row *row, bool ok)
{
    struct iq_request *request = ctx;
    struct xml *result, *query, *form, *field;

    if (row) {
        request->to.resource = arena_dup(request->arena, row->columns[0]);
        return;
    }
    if (!ok) {
        iq_refuse(request, ERR_INTERNAL_SERVER_ERROR, NULL);
        return;
    }
    result = iq_make_result(request);
    query = xml_add(result, NS_DISCO_INFO, STR("query"));
    xml_set(query, STR("node"), NODE);
    field = xml_add(query, NS_DISCO_INFO, STR("identity"));
    xml_set(field, STR("category"), STR("automation"));
    xml_set(field, STR("type"), STR("message-list"));
    xml_set(xml_add(query, NS_DISCO_INFO, STR("feature")), STR("var"), NODE);
    form = xml_add(query, NS_DATA, STR("x"));
    xml_set(form, STR("type"), STR("result"));
    field = xml_add(form, NS_DATA, STR("field"));
    xml_set(field, STR("var"), STR("FORM_TYPE"));
    xml_set(field, STR("type"), STR("hidden"));
    xml_add_leaf(field, NS_DATA, STR("value"), NODE);
    field = xml_add(form, NS_DATA, STR("field"));
    xml_set(field, STR("var"), STR("number_of_messages"));
    xml_add_leaf(field, NS_DATA, STR("value"), request->to.resource);
    iq_answer(request, result);
}

static void on_header(void *ctx, const struct store_row *row, bool ok)
{
    struct iq_request *request = ctx;
    struct xml *message, *item, *result;

    if (row) {
        message =
            xml_parse(request->sm->parser, request->arena, row->columns[1]);
        if (!message)
            return;
        item = xml_add(request->payload, NS_DISCO_ITEMS, STR("item"));
        xml_set(item, STR("jid"), request->to.bare);
        xml_set(item, STR("node"), arena_dup(request->arena, row->columns[0]));
        xml_set(item, STR("name"),
                arena_dup(request->arena, xml_get(message, "from")));
        return;
    }
    if (!ok) {
        iq_refuse(request, ERR_INTERNAL_SERVER_ERROR, NULL);
        return;
    }
    result = iq_make_result(request);
    xml_append(result, request->payload);
    iq_answer(request, result);
}

/* The client wants to see before it takes (§2.1): nothing is sent to it unasked
 * from now on. */
static struct iq_request *begin(struct iq_request *request)
{
    if (request->session)
        request->session->flexible_offline = true;
    return iq_keep(request);
}

bool iq_offline_discovered(struct iq_request *request)
{
    struct iq_request *kept;
    bool is_info = str_eq(request->payload->ns, NS_DISCO_INFO);

    if (request->place != IQ_AT_SELF ||
        !str_eq(xml_get(request->payload, "node"), NODE))
        return false;
    kept = begin(request);
    if (is_info) {
        store_offline_count(request->sm->store, user_of(kept), on_count, kept);
        return true;
    }
    kept->payload = xml_new(kept->arena, NS_DISCO_ITEMS, STR("query"));
    xml_set(kept->payload, STR("node"), NODE);
    store_offline_load(request->sm->store, user_of(kept), on_header, kept);
    return true;
}

/* --- fetching and removing ------------------------------------------------
 */

static const struct xml *item_for(const struct iq_request *request,
                                  struct str id)
{
    for (const struct xml *i = xml_child(request->payload, NS_OFFLINE, "item");
         i; i = xml_next(i, NS_OFFLINE, "item"))
        if (str_eq(xml_get(i, "node"), id))
            return i;
    return NULL;
}

static bool wants_all(const struct iq_request *request)
{
    return xml_child(request->payload, NS_OFFLINE, "fetch") != NULL;
}

static void send_message(struct iq_request *request,
                         const struct store_row *row)
{
    struct sm *sm = request->sm;
    struct account *account = account_find(sm, request->to.bare);
    struct session *session =
        account ? session_by_resource(account, request->from.resource) : NULL;
    struct xml *message = xml_parse(sm->parser, &sm->arena, row->columns[1]);
    struct xml *offline;
    int64_t stamp_ms;

    if (!session || !message || !str_to_i64(row->columns[2], &stamp_ms))
        return;
    if (!xml_child(message, NS_DELAY, "delay"))
        stanza_add_delay(message, request->to.domain, stamp_ms, NULL);
    offline = xml_add(message, NS_OFFLINE, STR("offline"));
    xml_set(xml_add(offline, NS_OFFLINE, STR("item")), STR("node"),
            arena_dup(&sm->arena, row->columns[0]));
    session_send(session, NULL, message);
    request->number++;
}

static void on_wanted(void *ctx, const struct store_row *row, bool ok)
{
    struct iq_request *request = ctx;

    if (row) {
        if (wants_all(request) || item_for(request, row->columns[0]))
            send_message(request, row);
        return;
    }
    if (!ok)
        iq_refuse(request, ERR_INTERNAL_SERVER_ERROR, NULL);
    else if (!request->number && !wants_all(request))
        iq_refuse(request, ERR_ITEM_NOT_FOUND, NULL);
    else
        iq_answer(request, iq_make_result(request));
}

void handle_offline_get(struct iq_request *request)
{
    struct iq_request *kept;

    if (!wants_all(request) &&
        !xml_child(request->payload, NS_OFFLINE, "item")) {
        iq_refuse(request, ERR_BAD_REQUEST, NULL);
        return;
    }
    kept = begin(request);
    store_offline_load(request->sm->store, user_of(kept), on_wanted, kept);
}

static void on_one_removed(void *ctx, bool ok)
{
    (void)ctx, (void)ok; /* the last one answers */
}

void handle_offline_set(struct iq_request *request)
{
    struct sm *sm = request->sm;
    struct iq_request *kept;
    const struct xml *item = xml_child(request->payload, NS_OFFLINE, "item");
    int64_t id;

    for (const struct xml *i = item; i; i = xml_next(i, NS_OFFLINE, "item"))
        if (!str_to_i64(xml_get(i, "node"), &id)) {
            iq_refuse(request, ERR_ITEM_NOT_FOUND, NULL);
            return;
        }
    if (!item && !xml_child(request->payload, NS_OFFLINE, "purge")) {
        iq_refuse(request, ERR_BAD_REQUEST, NULL);
        return;
    }
    kept = begin(request);
    if (!item) {
        store_offline_fetched(sm->store, user_of(kept), INT64_MAX,
                              iq_answer_written, kept);
        return;
    }
    for (; item; item = xml_next(item, NS_OFFLINE, "item")) {
        bool is_last = !xml_next(item, NS_OFFLINE, "item");

        if (str_to_i64(xml_get(item, "node"), &id))
            store_offline_remove(sm->store, user_of(kept), id,
                                 is_last ? iq_answer_written : on_one_removed,
                                 is_last ? kept : NULL);
    }
}
