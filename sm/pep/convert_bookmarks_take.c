/* Private storage is written, and the items follow. */
#include <stdio.h>
#include <utlist.h>

#include "sm/pep/bookmarks.h"

/* One room that has changed. */
struct change {
    struct change *next;
    struct str id;       /* of the item: the room's address */
    struct xml *payload; /* NULL: it is gone */
};

static const struct xml *find_item(const struct xml *items, struct str id)
{
    const struct xml *item;

    for (item = xml_child(items, NS_PUBSUB, "item"); item;
         item = xml_next(item, NS_PUBSUB, "item"))
        if (str_eq(xml_get(item, "id"), id))
            break;
    return item;
}

static void add_change(struct iq_request *request, struct str id,
                       struct xml *payload)
{
    struct conversion *conversion = request->data;
    struct change *change = arena_alloc(request->arena, sizeof(*change));

    change->id = id;
    change->payload = payload;
    LL_APPEND(conversion->changes, change);
}

/* The room's address as an id; absent: it is none that can be one. */
static struct str id_of(struct iq_request *request, const struct xml *room)
{
    struct jid jid;

    return jid_parse(&jid, request->arena, xml_get(room, "jid")) &&
                   jid.full.len <= PEP_MAX_ID_BYTES
               ? jid.full
               : STR_NONE;
}

/* What newer clients have put beside it stays. */
static void change_room(struct iq_request *request, const struct xml *room,
                        struct str id)
{
    const struct conversion *conversion = request->data;
    const struct xml *item = find_item(conversion->items, id);
    const struct xml *old = item ? bookmark_of(item) : NULL;
    const struct xml *more =
        old ? xml_child(old, NS_BOOKMARKS, "extensions") : NULL;
    struct xml *payload;

    if (old && bookmark_is_same(room, old))
        return;
    payload = xml_new(request->arena, NS_BOOKMARKS, STR("conference"));
    bookmark_copy(payload, room);
    if (more)
        xml_append(payload, xml_dup(request->arena, more));
    add_change(request, id, payload);
}

static bool has_room(struct iq_request *request, struct str id)
{
    const struct conversion *conversion = request->data;
    const struct xml *room;

    for (room = xml_child(conversion->storage, NS_BOOKMARKS_OLD, "conference");
         room; room = xml_next(room, NS_BOOKMARKS_OLD, "conference"))
        if (str_eq(id_of(request, room), id))
            return true;
    return false;
}

/* The first of two bookmarks of one room counts. */
static bool is_changed(const struct conversion *conversion, struct str id)
{
    const struct change *change;

    LL_FOREACH(conversion->changes, change)
    if (str_eq(change->id, id))
        return true;
    return false;
}

static void compare(struct iq_request *request)
{
    const struct conversion *conversion = request->data;
    const struct xml *item, *room;

    for (room = xml_child(conversion->storage, NS_BOOKMARKS_OLD, "conference");
         room; room = xml_next(room, NS_BOOKMARKS_OLD, "conference")) {
        struct str id = id_of(request, room);

        if (id.len && !is_changed(conversion, id))
            change_room(request, room, id);
    }
    for (item = xml_child(conversion->items, NS_PUBSUB, "item"); item;
         item = xml_next(item, NS_PUBSUB, "item"))
        if (bookmark_of(item) && !has_room(request, xml_get(item, "id")))
            add_change(request, xml_get(item, "id"), NULL);
}

static void tell_changes(struct iq_request *request, struct account *account)
{
    const struct conversion *conversion = request->data;
    const struct change *change;
    unsigned number = 0;

    LL_FOREACH(conversion->changes, change)
    {
        char salt[32];

        snprintf(salt, sizeof(salt), "bookmark %u", ++number);
        if (change->payload)
            pep_tell_item(account, request->duty, conversion->node, change->id,
                          change->payload, salt);
        else
            pep_tell_retracted(account, request->duty, conversion->node,
                               change->id, salt);
    }
}

/* What was asked for goes on, or fails, by itself. */
static void end(struct iq_request *request, bool ok)
{
    const struct conversion *conversion = request->data;

    request->data = NULL;
    if (conversion->done)
        conversion->done(request);
    else
        iq_answer_written(request, ok);
}

static void on_changed(void *ctx, bool ok)
{
    struct iq_request *request = ctx;
    struct conversion *conversion = request->data;
    struct account *account = pep_account(request);

    if (!ok)
        conversion->has_failed = true;
    if (--conversion->writes_left > 0)
        return;
    if (!conversion->has_failed && account)
        tell_changes(request, account);
    end(request, !conversion->has_failed);
}

static void write_changes(struct iq_request *request, struct account *account)
{
    struct conversion *conversion = request->data;
    const struct change *change;

    LL_COUNT(conversion->changes, change, conversion->writes_left);
    LL_FOREACH(conversion->changes, change)
    {
        if (change->payload)
            pep_store_item(account, conversion->node, change->id,
                           change->payload, on_changed, request);
        else
            store_pep_retract(request->sm->store, store_user(&request->to),
                              conversion->node->name, change->id, on_changed,
                              request);
    }
}

static void on_item_compared(void *ctx, const struct store_row *row, bool ok)
{
    struct iq_request *request = ctx;
    struct conversion *conversion = request->data;
    struct account *account = pep_account(request);

    if (row) {
        conversion_take_item(request, row);
        return;
    }
    if (ok && account)
        compare(request);
    if (!ok || !account || !conversion->changes)
        end(request, ok);
    else
        write_changes(request, account);
}

/* As XEP-0402 §4 has it. */
static const struct pep_node *make_node(struct account *account)
{
    struct pep_settings settings;

    pep_settings_default(&settings);
    settings.access = PEP_WHITELIST;
    settings.send_last = PEP_NEVER;
    settings.max_items = 0;
    return pep_set(account, NS_BOOKMARKS, &settings, STR_NONE, NULL, NULL);
}

static void take(struct account *account, void *ctx, bool ok)
{
    struct iq_request *request = ctx;
    struct conversion *conversion = request->data;
    const struct pep_node *node = ok ? pep_find(account, NS_BOOKMARKS) : NULL;

    if (ok && !node)
        node = make_node(account);
    if (!ok) {
        end(request, false);
        return;
    }
    conversion->node = pep_node_dup(request->arena, node);
    conversion_read(request, node, on_item_compared);
}

void convert_take_bookmarks(struct iq_request *request,
                            const struct xml *storage)
{
    struct account *account = pep_account(request);

    conversion_new(request, xml_dup(request->arena, storage));
    if (account)
        pep_with(account, take, request);
    else
        iq_answer_written(request, true);
}

/* --- from before there were items ----------------------------------------- */

static void on_private(void *ctx, const struct store_row *row, bool ok)
{
    struct iq_request *request = ctx;
    struct conversion *conversion = request->data;
    struct account *account = pep_account(request);

    (void)ok;
    if (row) {
        conversion->storage =
            xml_parse(request->sm->parser, request->arena, row->columns[0]);
        return;
    }
    if (account && conversion->storage &&
        xml_child(conversion->storage, NS_BOOKMARKS_OLD, "conference"))
        pep_with(account, take, request);
    else
        end(request, true);
}

void convert_old_bookmarks(struct iq_request *request,
                           void (*done)(struct iq_request *request))
{
    conversion_new(request, NULL)->done = done;
    store_private_get(request->sm->store, store_user(&request->to),
                      NS_BOOKMARKS_OLD, STR("storage"), on_private, request);
}
