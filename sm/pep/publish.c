/* Publishing and retracting (XEP-0060 §7). */
#include "sm/pep/convert.h"
#include "sm/pep/request.h"

/* --- what is published ---------------------------------------------------- */

static struct xml *item_of(const struct xml *publish)
{
    return xml_child(publish, publish->ns, "item");
}

static struct xml *payload_of(const struct xml *item)
{
    return xml_child(item, STR_NONE, NULL);
}

static size_t size_of(const struct xml *payload)
{
    struct buf bytes = {0};
    size_t size;

    xml_write(&bytes, payload, NS_CLIENT);
    size = buf_len(&bytes);
    buf_clear(&bytes);
    return size;
}

/* §7.1.3.3 to §7.1.3.6 */
static bool is_sound(struct iq_request *request, const struct xml *publish)
{
    size_t most =
        (size_t)config_int(request->sm->config, "sm.pep-max-item-size");
    const struct xml *item = item_of(publish);
    const struct xml *payload = item ? payload_of(item) : NULL;

    if (!pep_is_name(request, xml_get(publish, "node")))
        return false;
    if (!item)
        pep_refuse(request, ERR_BAD_REQUEST, "item-required", NULL);
    else if (xml_next(item, STR_NONE, NULL))
        pep_refuse(request, ERR_NOT_ALLOWED, "max-items-exceeded",
                   "One item at a time");
    else if (!payload)
        pep_refuse(request, ERR_BAD_REQUEST, "payload-required", NULL);
    else if (xml_next(payload, STR_NONE, NULL))
        pep_refuse(request, ERR_BAD_REQUEST, "invalid-payload",
                   "An item has one element");
    else if (size_of(payload) > most)
        pep_refuse(request, ERR_NOT_ACCEPTABLE, "payload-too-big", NULL);
    else if (xml_get(item, "id").len > PEP_MAX_ID_BYTES)
        pep_refuse(request, ERR_NOT_ACCEPTABLE, NULL,
                   "The id of the item is too long");
    else
        return true;
    return false;
}

/* --- publishing ----------------------------------------------------------- */

static void answer_published(struct iq_request *request)
{
    const struct xml *publish =
        xml_child(request->payload, NS_PUBSUB, "publish");
    struct xml *result = pep_result(request);
    struct xml *answer = xml_add(xml_child(result, NS_PUBSUB, "pubsub"),
                                 NS_PUBSUB, STR("publish"));

    xml_set(answer, STR("node"), xml_get(publish, "node"));
    xml_set(xml_add(answer, NS_PUBSUB, STR("item")), STR("id"),
            xml_get(item_of(publish), "id"));
    iq_answer(request, result);
}

static void on_published(void *ctx, bool ok)
{
    struct iq_request *request = ctx;
    const struct pep_node *node = request->data;
    struct account *account = pep_account(request);
    const struct xml *publish =
        xml_child(request->payload, NS_PUBSUB, "publish");
    struct str id = xml_get(item_of(publish), "id");
    const struct xml *payload = payload_of(item_of(publish));

    if (!ok) {
        iq_refuse(request, ERR_INTERNAL_SERVER_ERROR,
                  "The item could not be stored");
        return;
    }
    if (account)
        pep_tell_item(account, request->duty, node, id, payload, "event");
    if (!account || !convert_avatar(request, node, payload, answer_published))
        answer_published(request);
}

void pep_tell_item(struct account *account, struct duty *duty,
                   const struct pep_node *node, struct str id,
                   const struct xml *payload, const char *salt)
{
    struct xml *message = pep_event_new(account, duty, salt);
    struct xml *items =
        xml_add(pep_event_of(message), NS_PUBSUB_EVENT, STR("items"));
    struct xml *item = xml_add(items, NS_PUBSUB_EVENT, STR("item"));

    xml_set(items, STR("node"), node->name);
    xml_set(item, STR("id"), id);
    if (node->settings.with_payloads)
        xml_append(item, xml_dup(message->arena, payload));
    pep_tell(account, duty, node, message);
}

void pep_store_item(struct account *account, const struct pep_node *node,
                    struct str id, const struct xml *payload, store_done *done,
                    void *ctx)
{
    struct sm *sm = account->sm;
    struct buf bytes = {0};
    struct store_pep_item item = {
        .node = node->name,
        .id = id,
        .published_ms = sm->now_ms,
        .max_items = pep_most_items(sm, &node->settings),
    };

    xml_write(&bytes, payload, NS_CLIENT);
    item.payload = buf_view(&bytes);
    store_pep_publish(sm->store, store_user(&account->jid), &item, done, ctx);
    buf_clear(&bytes);
}

/* The node as it was found or made; NULL: the request is refused. */
static struct pep_node *prepare_node(struct iq_request *request,
                                     const struct xml *publish)
{
    const struct xml *options =
        xml_child(request->payload, NS_PUBSUB, "publish-options");
    const struct xml *form = options ? form_of(options, "submit") : NULL;
    struct str name = xml_get(publish, "node");
    struct pep_node *node = pep_find(request->account, name);

    if (!node)
        return pep_make_node(request, name, form, NULL, NULL);
    if (!form || pep_settings_meet(&node->settings, request->sm->config,
                                   request->arena, form))
        return node;
    pep_refuse(request, ERR_CONFLICT, "precondition-not-met", NULL);
    return NULL;
}

void pep_publish(struct iq_request *request, struct xml *publish)
{
    struct account *account = request->account;
    struct xml *item = item_of(publish);
    struct pep_node *node;

    if (!is_sound(request, publish))
        return;
    node = prepare_node(request, publish);
    if (!node)
        return;
    if (!xml_get(item, "id").len)
        xml_set(item, STR("id"),
                arena_dup(request->arena,
                          pep_make_id(request->sm, request->duty, "item")));
    request->data = pep_node_dup(request->arena, node);
    if (node->settings.persists)
        pep_store_item(account, node, xml_get(item, "id"), payload_of(item),
                       on_published, request);
    else /* nothing is kept; behind the node's own row, should it be new */
        store_pep_trim(request->sm->store, store_user(&request->to), node->name,
                       0, on_published, request);
}

/* --- retracting ----------------------------------------------------------- */

void pep_tell_retracted(struct account *account, struct duty *duty,
                        const struct pep_node *node, struct str id,
                        const char *salt)
{
    struct xml *message = pep_event_new(account, duty, salt);
    struct xml *items =
        xml_add(pep_event_of(message), NS_PUBSUB_EVENT, STR("items"));

    xml_set(items, STR("node"), node->name);
    xml_set(xml_add(items, NS_PUBSUB_EVENT, STR("retract")), STR("id"), id);
    pep_tell(account, duty, node, message);
}

static struct str retracted_id(const struct iq_request *request)
{
    return xml_get(item_of(xml_child(request->payload, NS_PUBSUB, "retract")),
                   "id");
}

static void on_retracted(void *ctx, bool ok)
{
    struct iq_request *request = ctx;
    const struct pep_node *node = request->data;
    struct account *account = pep_account(request);
    const struct xml *retract =
        xml_child(request->payload, NS_PUBSUB, "retract");
    struct str notify = xml_get(retract, "notify");
    bool is_asked = str_is(notify, "1") || str_is(notify, "true");

    if (ok && account && (node->settings.notifies_retract || is_asked))
        pep_tell_retracted(account, request->duty, node, retracted_id(request),
                           "event");
    iq_answer_written(request, ok);
}

/* Whether the item is there has to be known before it is not. */
static void on_found(void *ctx, const struct store_row *row, bool ok)
{
    struct iq_request *request = ctx;
    const struct pep_node *node = request->data;

    if (row) {
        request->number++;
        return;
    }
    if (!ok)
        iq_refuse(request, ERR_INTERNAL_SERVER_ERROR, NULL);
    else if (request->number == 0)
        iq_refuse(request, ERR_ITEM_NOT_FOUND, NULL);
    else
        store_pep_retract(request->sm->store, store_user(&request->to),
                          node->name, retracted_id(request), on_retracted,
                          request);
}

void pep_retract(struct iq_request *request, struct xml *retract)
{
    struct pep_node *node = pep_node_for(request, retract);
    const struct xml *item = item_of(retract);

    if (!node)
        return;
    if (!item || !xml_get(item, "id").len || xml_next(item, STR_NONE, NULL)) {
        pep_refuse(request, ERR_BAD_REQUEST, "item-required",
                   "One item at a time, by its id");
        return;
    }
    request->data = pep_node_dup(request->arena, node);
    store_pep_items(request->sm->store, store_user(&request->to), node->name,
                    xml_get(item, "id"), 1, on_found, request);
}
