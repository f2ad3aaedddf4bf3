/* Private XML storage (XEP-0049). */
#include "sm/pep/convert.h"
#include "sm/query/iq.h"
#include "sm/store/store.h"

/* What PostgreSQL takes into a key, with room for the account. */
#define MAX_KEY_BYTES 512
/* Elements of one set: each is a write. */
#define MAX_AT_ONCE 16

/* A namespace of its own, and names of a sane length. */
static bool is_content(const struct xml *element)
{
    return element->ns.len && !str_eq(element->ns, NS_PRIVATE) &&
           element->ns.len + element->name.len <= MAX_KEY_BYTES;
}

/* The one element inside; NULL when there is not exactly one. */
static struct xml *content_of(const struct iq_request *request)
{
    struct xml *element = xml_child(request->payload, STR_NONE, NULL);

    return element && !xml_next(element, STR_NONE, NULL) && is_content(element)
               ? element
               : NULL;
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
    element = xml_child(query, STR_NONE, NULL);
    request->result = result;
    if (convert_is_bookmarks(element))
        convert_answer_bookmarks(request, element);
    else
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

/* What several writes have come to. */
struct writing {
    size_t left;
    bool has_failed;
};

static void on_written(void *ctx, bool ok)
{
    struct iq_request *request = ctx;
    struct writing *writing = request->data;
    const struct xml *element = xml_child(request->payload, STR_NONE, NULL);

    if (!ok)
        writing->has_failed = true;
    if (--writing->left > 0)
        return;
    if (writing->has_failed)
        iq_refuse(request, ERR_RESOURCE_CONSTRAINT,
                  "No more elements can be stored");
    else if (convert_is_bookmarks(element))
        convert_take_bookmarks(request, element);
    else
        iq_answer(request, iq_make_result(request));
}

/* How many elements are to be stored, which all are of one namespace (§2.3);
 * 0: that is wrong. */
static size_t count_contents(const struct iq_request *request)
{
    const struct xml *first = xml_child(request->payload, STR_NONE, NULL);
    const struct xml *element, *earlier;
    size_t count = 0;

    for (element = first; element;
         element = xml_next(element, STR_NONE, NULL)) {
        if (!is_content(element) || !str_eq(element->ns, first->ns) ||
            ++count > MAX_AT_ONCE)
            return 0;
        for (earlier = first; earlier != element;
             earlier = xml_next(earlier, STR_NONE, NULL))
            if (str_eq(earlier->name, element->name))
                return 0; /* which of them would be kept? */
    }
    return count;
}

static bool is_small_enough(const struct iq_request *request)
{
    size_t most =
        (size_t)config_int(request->sm->config, "sm.private-max-size");
    const struct xml *element = xml_child(request->payload, STR_NONE, NULL);
    struct buf content = {0};
    bool is_small = true;

    for (; element && is_small; element = xml_next(element, STR_NONE, NULL)) {
        buf_reset(&content);
        xml_write(&content, element, NS_CLIENT);
        is_small = buf_len(&content) <= most;
    }
    buf_clear(&content);
    return is_small;
}

/* Each is a write of its own; the answer comes when the last is committed. */
static void store_contents(struct iq_request *kept, struct store_user user)
{
    struct sm *sm = kept->sm;
    const struct xml *element = xml_child(kept->payload, STR_NONE, NULL);
    struct buf content = {0};

    for (; element; element = xml_next(element, STR_NONE, NULL)) {
        buf_reset(&content);
        xml_write(&content, element, NS_CLIENT);
        store_private_set(
            sm->store, user, element->ns, element->name, buf_view(&content),
            config_int(sm->config, "sm.private-max-items"), on_written, kept);
    }
    buf_clear(&content);
}

void handle_private_set(struct iq_request *request)
{
    struct store_user user = store_user(&request->account->jid);
    struct iq_request *kept;
    struct writing *writing;
    size_t count = count_contents(request);

    if (!xml_child(request->payload, STR_NONE, NULL)) {
        iq_refuse(request, ERR_NOT_ACCEPTABLE, "At least one element");
        return;
    }
    if (count == 0) {
        iq_refuse(request, ERR_BAD_REQUEST,
                  "Elements of one namespace, each with a name of its own");
        return;
    }
    if (!is_small_enough(request)) {
        iq_refuse(request, ERR_NOT_ACCEPTABLE, "The element is too large");
        return;
    }
    kept = iq_keep(request);
    writing = arena_alloc(kept->arena, sizeof(*writing));
    writing->left = count;
    kept->data = writing;
    store_contents(kept, user);
}
