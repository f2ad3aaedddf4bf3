/* The block list (XEP-0191): a privacy list of its own name. */
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "iq.h"
#include "presence.h"
#include "store.h"

static struct store_user user_of(const struct account *account)
{
    return (struct store_user){account->jid.domain, account->jid.local};
}

void handle_blocklist_get(struct iq_request *request)
{
    struct xml *result = iq_make_result(request);
    struct xml *element = xml_add(result, NS_BLOCKING, STR("blocklist"));
    const struct privacy_list *list =
        privacy_find(&request->account->privacy, PRIVACY_BLOCKED);

    if (request->session)
        request->session->wants_blocklist = true;
    for (size_t i = 0; list && i < list->count; i++)
        xml_set(xml_add(element, NS_BLOCKING, STR("item")), STR("jid"),
                list->items[i].value);
    iq_answer(request, result);
}

/* --- changing -------------------------------------------------------------
 */

static bool names(const struct xml *element, struct arena *arena,
                  struct str value)
{
    struct jid jid;

    for (const struct xml *i = xml_child(element, NS_BLOCKING, "item"); i;
         i = xml_next(i, NS_BLOCKING, "item"))
        if (jid_parse(&jid, arena, xml_get(i, "jid")) &&
            str_eq(jid.full, value))
            return true;
    return false;
}

static void add_row(struct xml *list, struct str jid, size_t order)
{
    struct xml *item = xml_add(list, NS_PRIVACY, STR("item"));

    xml_set(item, STR("type"), STR("jid"));
    xml_set(item, STR("value"), jid);
    xml_set(item, STR("action"), STR("deny"));
    xml_set(item, STR("order"), arena_printf(list->arena, "%zu", order));
}

/* The list as it will be: what stays, and what is added. */
static struct xml *make_list(struct iq_request *request, bool blocks,
                             size_t *count)
{
    const struct privacy_list *old =
        privacy_find(&request->account->privacy, PRIVACY_BLOCKED);
    struct xml *list = xml_new(request->arena, NS_PRIVACY, STR("list"));
    bool all = !xml_child(request->payload, NS_BLOCKING, "item");
    struct jid jid;

    *count = 0;
    xml_set(list, STR("name"), PRIVACY_BLOCKED);
    for (size_t i = 0; old && i < old->count; i++)
        if (!names(request->payload, request->arena, old->items[i].value) &&
            (blocks || !all))
            add_row(list, old->items[i].value, ++*count);
    if (!blocks)
        return list;
    for (const struct xml *i = xml_child(request->payload, NS_BLOCKING, "item");
         i; i = xml_next(i, NS_BLOCKING, "item")) {
        if (!jid_parse(&jid, request->arena, xml_get(i, "jid")))
            return NULL;
        add_row(list, jid.full, ++*count);
    }
    return list;
}

static void push(struct iq_request *request)
{
    struct session *session;

    DL_FOREACH(request->account->sessions, session)
    {
        struct xml *iq;

        if (!session->wants_blocklist || session->is_doomed)
            continue;
        iq = xml_new(request->arena, NS_CLIENT, STR("iq"));
        xml_set(iq, STR("type"), STR("set"));
        xml_set(iq, STR("id"), stanza_new_id(request->arena));
        xml_append(iq, xml_dup(request->arena, request->payload));
        session_send(session, request->duty, iq);
    }
}

/* §3.3, §3.4: who is blocked sees the user leave, and come back after. */
static void show(struct iq_request *request, struct str jid, bool available)
{
    const struct roster_item *item;
    struct jid parsed;

    if (!jid_parse(&parsed, request->arena, jid))
        return;
    item = roster_find(&request->account->roster, parsed.bare);
    if (item && roster_item_sees(item))
        presence_show(request->account, request->duty, jid, available);
}

static void show_all(struct iq_request *request, const struct xml *list,
                     bool available)
{
    for (const struct xml *i = xml_child(list, NS_PRIVACY, "item"); i;
         i = xml_next(i, NS_PRIVACY, "item"))
        show(request, xml_get(i, "value"), available);
}

static void change(struct iq_request *request, bool blocks)
{
    struct account *account = request->account;
    struct sm *sm = request->sm;
    int64_t most = config_int(sm->config, "sm.blocklist-max-items");
    const struct privacy_list *old =
        privacy_find(&account->privacy, PRIVACY_BLOCKED);
    struct xml *before = xml_new(request->arena, NS_PRIVACY, STR("list"));
    struct buf bytes = {0};
    size_t count;
    struct xml *list = make_list(request, blocks, &count);

    if (!list || (blocks && most && count > (size_t)most)) {
        iq_refuse(request, list ? ERR_RESOURCE_CONSTRAINT : ERR_JID_MALFORMED,
                  list ? "The block list is full" : NULL);
        return;
    }
    for (size_t i = 0; old && i < old->count; i++)
        add_row(before, arena_dup(request->arena, old->items[i].value), i);
    if (blocks)
        show_all(request, list, false);
    if (!privacy_set(&account->privacy, request->arena, PRIVACY_BLOCKED,
                     list)) {
        iq_refuse(request, ERR_BAD_REQUEST, NULL);
        return;
    }
    if (!blocks)
        show_all(request, before, true);
    push(request);
    xml_write(&bytes, list, NS_CLIENT);
    store_privacy_put(sm->store, user_of(account), PRIVACY_BLOCKED,
                      buf_view(&bytes), iq_answer_written, iq_keep(request));
    buf_clear(&bytes);
}

void handle_block(struct iq_request *request)
{
    if (xml_child(request->payload, NS_BLOCKING, "item"))
        change(request, true);
    else
        iq_refuse(request, ERR_BAD_REQUEST, "Nobody to block");
}

void handle_unblock(struct iq_request *request)
{
    change(request, false);
}
