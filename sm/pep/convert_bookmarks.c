/* Private storage is read, and shows what the items are. */
#include "sm/pep/bookmarks.h"

bool convert_is_bookmarks(const struct xml *element)
{
    return xml_is(element, NS_BOOKMARKS_OLD, "storage");
}

static void drop_rooms(struct xml *storage)
{
    struct xml *room;

    while ((room = xml_child(storage, NS_BOOKMARKS_OLD, "conference")))
        xml_remove(room);
}

static void show_rooms(const struct conversion *conversion)
{
    const struct xml *item;

    for (item = xml_child(conversion->items, NS_PUBSUB, "item"); item;
         item = xml_next(item, NS_PUBSUB, "item")) {
        const struct xml *from = bookmark_of(item);
        struct xml *room;

        if (!from)
            continue;
        room =
            xml_add(conversion->storage, NS_BOOKMARKS_OLD, STR("conference"));
        xml_set(room, STR("jid"), xml_get(item, "id"));
        bookmark_copy(room, from);
    }
}

static void on_item_shown(void *ctx, const struct store_row *row, bool ok)
{
    struct iq_request *request = ctx;
    struct conversion *conversion = request->data;

    if (row) {
        conversion_take_item(request, row);
        return;
    }
    if (!ok) {
        iq_refuse(request, ERR_INTERNAL_SERVER_ERROR, NULL);
        return;
    }
    drop_rooms(conversion->storage);
    show_rooms(conversion);
    iq_answer(request, request->result);
}

static void show(struct account *account, void *ctx, bool ok)
{
    struct iq_request *request = ctx;
    const struct pep_node *node = ok ? pep_find(account, NS_BOOKMARKS) : NULL;

    if (node)
        conversion_read(request, node, on_item_shown);
    else if (ok)
        iq_answer(request, request->result);
    else
        iq_refuse(request, ERR_INTERNAL_SERVER_ERROR, NULL);
}

void convert_answer_bookmarks(struct iq_request *request, struct xml *storage)
{
    struct account *account = pep_account(request);

    conversion_new(request, storage);
    if (account)
        pep_with(account, show, request);
    else
        iq_answer(request, request->result);
}
