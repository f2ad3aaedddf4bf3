#include "sm/pep/bookmarks.h"

/* --- one bookmark --------------------------------------------------------- */

static bool is_true(struct str flag)
{
    return str_is(flag, "1") || str_is(flag, "true");
}

static void copy_text(struct xml *into, const struct xml *from,
                      const char *name)
{
    struct str text = xml_child_text(from, from->ns, name);

    if (text.p)
        xml_add_leaf(into, into->ns, str_of(name), text);
}

void bookmark_copy(struct xml *into, const struct xml *from)
{
    if (xml_get(from, "name").p)
        xml_set(into, STR("name"), xml_get(from, "name"));
    if (is_true(xml_get(from, "autojoin")))
        xml_set(into, STR("autojoin"), STR("true"));
    copy_text(into, from, "nick");
    copy_text(into, from, "password");
}

bool bookmark_is_same(const struct xml *a, const struct xml *b)
{
    return str_eq(xml_get(a, "name"), xml_get(b, "name")) &&
           is_true(xml_get(a, "autojoin")) == is_true(xml_get(b, "autojoin")) &&
           str_eq(xml_child_text(a, a->ns, "nick"),
                  xml_child_text(b, b->ns, "nick")) &&
           str_eq(xml_child_text(a, a->ns, "password"),
                  xml_child_text(b, b->ns, "password"));
}

struct xml *bookmark_of(const struct xml *item)
{
    return xml_child(item, NS_BOOKMARKS, "conference");
}

/* --- reading items -------------------------------------------------------- */

void conversion_take_item(struct iq_request *request,
                          const struct store_row *row)
{
    struct conversion *conversion = request->data;
    struct xml *payload =
        xml_parse(request->sm->parser, request->arena, row->columns[2]);
    struct xml *item = xml_add(conversion->items, NS_PUBSUB, STR("item"));

    xml_set(item, STR("id"), arena_dup(request->arena, row->columns[0]));
    if (payload)
        xml_append(item, payload);
}

void conversion_read(struct iq_request *request, const struct pep_node *node,
                     store_rows *rows)
{
    struct conversion *conversion = request->data;

    conversion->items = xml_new(request->arena, NS_PUBSUB, STR("items"));
    store_pep_items(request->sm->store, store_user(&request->to), node->name,
                    STR_NONE, pep_most_items(request->sm, &node->settings),
                    rows, request);
}

struct conversion *conversion_new(struct iq_request *request,
                                  struct xml *storage)
{
    struct conversion *conversion =
        arena_alloc(request->arena, sizeof(*conversion));

    conversion->storage = storage;
    request->data = conversion;
    return conversion;
}
