/* Private XML storage (XEP-0049). */
#include "iq.h"
#include "store.h"

/* What PostgreSQL takes into a key, with room for the account. */
#define MAX_KEY_BYTES 512

/* The one element inside; NULL when there is not exactly one, with a namespace
 * of its own and names of a sane length. */
static struct xml *content_of(const struct iq_request *request)
{
    struct xml *element = xml_child(request->payload, STR_NONE, NULL);

    if (!element || xml_next(element, STR_NONE, NULL) || !element->ns.len ||
        str_eq(element->ns, NS_PRIVATE) ||
        element->ns.len + element->name.len > MAX_KEY_BYTES)
        return NULL;
    return element;
}

static void on_stored(void *ctx, const struct store_row *row, bool ok)
{
    struct iq_request *request = ctx;
    struct xml *result, *query, *element;

    if (row) {
        element =
            xml_parse(request->sm->parser, request->arena, row->columns[0]);
        if (element && !request->number++) {
            xml_remove(xml_child(request->payload, STR_NONE, NULL));
            xml_append(request->payload, element);
        }
        return;
    }
    if (!ok) {
        iq_refuse(request, ERR_INTERNAL_SERVER_ERROR, NULL);
        return;
    }
    /* Nothing stored: what was asked for comes back empty (§3). */
    result = iq_make_result(request);
    query = request->payload;
    xml_remove(query);
    xml_append(result, query);
    iq_answer(request, result);
}

void handle_private_get(struct iq_request *request)
{
    struct xml *element = content_of(request);

    if (!element) {
        iq_refuse(request, ERR_BAD_REQUEST,
                  "Exactly one element of another namespace");
        return;
    }
    store_private_get(request->sm->store, store_user(&request->account->jid),
                      element->ns, element->name, on_stored, iq_keep(request));
}

static void on_written(void *ctx, bool ok)
{
    struct iq_request *request = ctx;

    if (ok)
        iq_answer(request, iq_make_result(request));
    else
        iq_refuse(request, ERR_RESOURCE_CONSTRAINT,
                  "No more elements can be stored");
}

void handle_private_set(struct iq_request *request)
{
    struct sm *sm = request->sm;
    size_t most = (size_t)config_int(sm->config, "sm.private-max-size");
    struct xml *element = content_of(request);
    struct buf content = {0};

    if (!element) {
        iq_refuse(request, ERR_BAD_REQUEST,
                  "Exactly one element of another namespace");
        return;
    }
    xml_write(&content, element, NS_CLIENT);
    if (buf_len(&content) > most)
        iq_refuse(request, ERR_NOT_ACCEPTABLE, "The element is too large");
    else
        store_private_set(sm->store, store_user(&request->account->jid),
                          element->ns, element->name, buf_view(&content),
                          config_int(sm->config, "sm.private-max-items"),
                          on_written, iq_keep(request));
    buf_clear(&content);
}
