/* Flexible offline message retrieval (XEP-0013). */
#include "sm/query/iq.h"
#include "sm/archive/archive.h"
#include "sm/session/keepsake.h"
#include "sm/route.h"
#include "sm/store/store.h"

#define MAX_ITEMS 1000 /* of one request */

/* --- discovery: the node of disco#info and disco#items -------------------- */

static struct xml *make_info(struct iq_request *request, struct str count)
{
    struct xml *result = iq_make_result(request);
    struct xml *query = xml_add(result, NS_DISCO_INFO, STR("query"));
    struct xml *form;

    xml_set(query, STR("node"), NS_OFFLINE);
    disco_identity(query, "automation", "message-list", STR_NONE);
    disco_feature(query, NS_OFFLINE);
    form = xml_add(query, NS_DATA, STR("x"));
    xml_set(form, STR("type"), STR("result"));
    form_add(form, "FORM_TYPE", "hidden", NS_OFFLINE);
    form_add(form, "number_of_messages", NULL,
             arena_dup(request->arena, count));
    return result;
}

static void on_count(void *ctx, const struct store_row *row, bool ok)
{
    struct iq_request *request = ctx;

    if (row)
        request->result = make_info(request, row->columns[0]);
    else if (ok && request->result)
        iq_answer(request, request->result);
    else
        iq_refuse(request, ERR_INTERNAL_SERVER_ERROR, NULL);
}

static void add_header(struct iq_request *request, const struct store_row *row)
{
    struct sm *sm = request->sm;
    struct xml *query = xml_child(request->result, NS_DISCO_ITEMS, "query");
    const struct xml *message;
    struct xml *item;

    arena_reset(&sm->arena); /* each row is an event of its own */
    message = xml_parse(sm->parser, &sm->arena, row->columns[1]);
    if (!message)
        return;
    item = xml_add(query, NS_DISCO_ITEMS, STR("item"));
    xml_set(item, STR("jid"), request->to.bare);
    xml_set(item, STR("node"), arena_dup(request->arena, row->columns[0]));
    xml_set(item, STR("name"),
            arena_dup(request->arena, xml_get(message, "from")));
}

static void on_header(void *ctx, const struct store_row *row, bool ok)
{
    struct iq_request *request = ctx;

    if (row)
        add_header(request, row);
    else if (ok)
        iq_answer(request, request->result);
    else
        iq_refuse(request, ERR_INTERNAL_SERVER_ERROR, NULL);
}

/* The client wants to see before it takes (§2.1): nothing is sent to it unasked
 * from now on. */
static struct iq_request *begin(struct iq_request *request)
{
    if (request->session) {
        request->session->flexible_offline = true;
        keepsake_due(request->session);
    }
    return iq_keep(request);
}

bool iq_offline_discovered(struct iq_request *request)
{
    struct iq_request *kept;
    struct xml *query;
    bool is_info = str_eq(request->payload->ns, NS_DISCO_INFO);

    if (request->place != IQ_AT_SELF ||
        !str_eq(xml_get(request->payload, "node"), NS_OFFLINE))
        return false;
    kept = begin(request);
    if (is_info) {
        store_offline_count(request->sm->store, store_user(&kept->to), on_count,
                            kept);
        return true;
    }
    kept->result = iq_make_result(kept);
    query = xml_add(kept->result, NS_DISCO_ITEMS, STR("query"));
    xml_set(query, STR("node"), NS_OFFLINE);
    store_offline_load(request->sm->store, store_user(&kept->to), on_header,
                       kept);
    return true;
}

/* --- fetching and removing ------------------------------------------------ */

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
    struct xml *message, *offline;
    int64_t stamp_ms, id;

    arena_reset(&sm->arena); /* each row is an event of its own */
    message = xml_parse(sm->parser, &sm->arena, row->columns[1]);
    if (!session || !message || !str_to_i64(row->columns[2], &stamp_ms))
        return;
    if (!stanza_is_delayed_by(message, request->to.domain))
        stanza_add_delay(message, request->to.domain, stamp_ms, NULL);
    if (row->count >= 5 && archive_read_id(row->columns[4], &id))
        archive_stamp(message, request->to.bare, id);
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

/* Whether the items are few enough and each names a message. */
static bool check_items(struct iq_request *request)
{
    unsigned count = 0;
    int64_t id;

    for (const struct xml *i = xml_child(request->payload, NS_OFFLINE, "item");
         i; i = xml_next(i, NS_OFFLINE, "item")) {
        if (++count > MAX_ITEMS) {
            iq_refuse(request, ERR_RESOURCE_CONSTRAINT,
                      "Too many messages at once");
            return false;
        }
        if (!str_to_i64(xml_get(i, "node"), &id)) {
            iq_refuse(request, ERR_ITEM_NOT_FOUND, NULL);
            return false;
        }
    }
    return true;
}

void handle_offline_get(struct iq_request *request)
{
    struct iq_request *kept;

    if (!wants_all(request) &&
        !xml_child(request->payload, NS_OFFLINE, "item")) {
        iq_refuse(request, ERR_BAD_REQUEST, NULL);
        return;
    }
    if (!check_items(request))
        return;
    kept = begin(request);
    store_offline_load(request->sm->store, store_user(&kept->to), on_wanted,
                       kept);
}

/* --- removing ------------------------------------------------------------- */

static void forget_count(const struct iq_request *request)
{
    struct account *account = account_find(request->sm, request->to.bare);

    if (account)
        offline_recount(account);
}

static void on_purged(void *ctx, bool ok)
{
    forget_count(ctx);
    iq_answer_written(ctx, ok);
}

/* number: rows that are still being removed; result: none has failed. */
static void on_one_removed(void *ctx, bool ok)
{
    struct iq_request *request = ctx;

    if (!ok)
        request->result = NULL;
    if (--request->number > 0)
        return;
    forget_count(request);
    iq_answer_written(request, request->result != NULL);
}

static void remove_items(struct iq_request *request)
{
    const struct xml *first = xml_child(request->payload, NS_OFFLINE, "item");
    int64_t id;

    request->result = iq_make_result(request);
    request->number = 0;
    for (const struct xml *i = first; i; i = xml_next(i, NS_OFFLINE, "item"))
        request->number++;
    for (const struct xml *i = first; i; i = xml_next(i, NS_OFFLINE, "item"))
        if (str_to_i64(xml_get(i, "node"), &id))
            store_offline_remove(request->sm->store, store_user(&request->to),
                                 id, on_one_removed, request);
}

/* Counts those that are there before any is removed: all or none. */
static void on_present(void *ctx, const struct store_row *row, bool ok)
{
    struct iq_request *request = ctx;
    uint64_t wanted = 0;

    if (row) {
        request->number += item_for(request, row->columns[0]) != NULL;
        return;
    }
    for (const struct xml *i = xml_child(request->payload, NS_OFFLINE, "item");
         i; i = xml_next(i, NS_OFFLINE, "item"))
        wanted += item_for(request, xml_get(i, "node")) == i;
    if (!ok)
        iq_refuse(request, ERR_INTERNAL_SERVER_ERROR, NULL);
    else if (request->number < wanted)
        iq_refuse(request, ERR_ITEM_NOT_FOUND, NULL);
    else
        remove_items(request);
}

void handle_offline_set(struct iq_request *request)
{
    struct store *store = request->sm->store;
    bool has_items = xml_child(request->payload, NS_OFFLINE, "item") != NULL;
    struct iq_request *kept;

    if (!has_items && !xml_child(request->payload, NS_OFFLINE, "purge")) {
        iq_refuse(request, ERR_BAD_REQUEST, NULL);
        return;
    }
    if (!check_items(request))
        return;
    kept = begin(request);
    if (has_items)
        store_offline_load(store, store_user(&kept->to), on_present, kept);
    else
        store_offline_fetched(store, store_user(&kept->to), INT64_MAX,
                              on_purged, kept);
}
