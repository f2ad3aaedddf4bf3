/* Reading items (XEP-0060 §6.5). */
#include "sm/pep/request.h"

/* An answer in the making. */
struct reading {
    struct xml *items;
    size_t bytes, most;
    bool is_full;
};

/* The newest come first, and stand last: an answer has its oldest first. */
static void prepend(struct xml *items, struct xml *item)
{
    item->parent = items;
    item->next = items->first;
    items->first = item;
    if (!items->last)
        items->last = item;
}

static void take_row(struct iq_request *request, const struct store_row *row)
{
    struct reading *reading = request->data;
    struct xml *payload, *item;

    if (reading->is_full)
        return;
    reading->bytes += row->columns[0].len + row->columns[2].len;
    reading->is_full = reading->items->first && reading->bytes > reading->most;
    payload = xml_parse(request->sm->parser, request->arena, row->columns[2]);
    if (reading->is_full || !payload)
        return;
    item = xml_new(request->arena, NS_PUBSUB, STR("item"));
    xml_set(item, STR("id"), arena_dup(request->arena, row->columns[0]));
    xml_append(item, payload);
    prepend(reading->items, item);
}

static void on_item(void *ctx, const struct store_row *row, bool ok)
{
    struct iq_request *request = ctx;

    if (row)
        take_row(request, row);
    else if (ok)
        iq_answer(request, request->result);
    else
        iq_refuse(request, ERR_INTERNAL_SERVER_ERROR, NULL);
}

/* The ids that are asked for, joined; absent: all. False: one is missing. */
static bool wanted_ids(struct iq_request *request, const struct xml *items,
                       struct str *ids)
{
    struct buf joined = {0};
    bool is_fine = true;

    *ids = STR_NONE;
    for (const struct xml *item = xml_child(items, NS_PUBSUB, "item"); item;
         item = xml_next(item, NS_PUBSUB, "item")) {
        if (buf_len(&joined) > 0)
            buf_add_char(&joined, PEP_SEPARATOR);
        buf_add(&joined, xml_get(item, "id"));
        is_fine = is_fine && xml_get(item, "id").len > 0;
    }
    if (buf_len(&joined) > 0)
        *ids = arena_dup(request->arena, buf_view(&joined));
    buf_clear(&joined);
    return is_fine;
}

/* False: it is no number. */
static bool wanted_count(const struct xml *items, int64_t *count)
{
    struct str told = xml_get(items, "max_items");
    uint64_t asked;

    if (!told.p)
        return true;
    if (!str_to_u64(told, &asked) || asked == 0)
        return false;
    if (asked < (uint64_t)*count)
        *count = (int64_t)asked;
    return true;
}

void pep_retrieve(struct iq_request *request, struct xml *items)
{
    const struct config *config = request->sm->config;
    struct pep_node *node = pep_node_for(request, items);
    struct reading *reading;
    struct str ids;
    int64_t count;

    if (!node)
        return;
    count = pep_most_items(request->sm, &node->settings);
    if (!wanted_ids(request, items, &ids) || !wanted_count(items, &count)) {
        iq_refuse(request, ERR_BAD_REQUEST, NULL);
        return;
    }
    reading = arena_alloc(request->arena, sizeof(*reading));
    request->data = reading;
    request->result = pep_result(request);
    reading->most = (size_t)config_int(config, "sm.pep-answer-size");
    reading->items = xml_add(xml_child(request->result, NS_PUBSUB, "pubsub"),
                             NS_PUBSUB, STR("items"));
    xml_set(reading->items, STR("node"), xml_get(items, "node"));
    store_pep_items(request->sm->store, store_user(&request->to), node->name,
                    ids, count, on_item, request);
}
