/* Privacy lists (XEP-0016). */
#include <utlist.h>

#include "iq.h"
#include "store.h"

static struct store_user user_of(const struct account *account)
{
    return (struct store_user){account->jid.domain, account->jid.local};
}

static bool is_hidden(const struct privacy_list *list)
{
    return str_eq(list->name, PRIVACY_BLOCKED);
}

static const struct privacy_list *default_list(const struct account *account)
{
    const struct privacy_list *list;

    LL_FOREACH(account->privacy.lists, list)
    if (list->is_default)
        return list;
    return NULL;
}

static void add_named(struct xml *query, const char *element, struct str name)
{
    xml_set(xml_add(query, NS_PRIVACY, str_of(element)), STR("name"), name);
}

static void answer_names(struct iq_request *request)
{
    const struct account *account = request->account;
    struct xml *result = iq_make_result(request);
    struct xml *query = xml_add(result, NS_PRIVACY, STR("query"));
    const struct privacy_list *list = default_list(account);

    if (request->session && request->session->active_list)
        add_named(query, "active", request->session->active_list->name);
    if (list)
        add_named(query, "default", list->name);
    LL_FOREACH(account->privacy.lists, list)
    if (!is_hidden(list))
        add_named(query, "list", list->name);
    iq_answer(request, result);
}

void handle_privacy_get(struct iq_request *request)
{
    const struct xml *wanted = xml_child(request->payload, NS_PRIVACY, "list");
    const struct privacy_list *list;
    struct xml *result, *element;

    if (!wanted) {
        answer_names(request);
        return;
    }
    if (xml_next(wanted, NS_PRIVACY, "list")) {
        iq_refuse(request, ERR_BAD_REQUEST, "One list at a time");
        return;
    }
    list = privacy_find(&request->account->privacy, xml_get(wanted, "name"));
    if (!list || is_hidden(list)) {
        iq_refuse(request, ERR_ITEM_NOT_FOUND, NULL);
        return;
    }
    result = iq_make_result(request);
    element = xml_add(xml_add(result, NS_PRIVACY, STR("query")), NS_PRIVACY,
                      STR("list"));
    xml_set(element, STR("name"), list->name);
    privacy_write(list, element);
    iq_answer(request, result);
}

/* --- set ------------------------------------------------------------------
 */

/* §2.6: the other resources learn that a list has changed. */
static void push(struct iq_request *request, struct str name)
{
    struct session *session;

    DL_FOREACH(request->account->sessions, session)
    {
        struct xml *iq;

        if (session->is_doomed)
            continue;
        iq = xml_new(request->arena, NS_CLIENT, STR("iq"));
        xml_set(iq, STR("type"), STR("set"));
        xml_set(iq, STR("id"), stanza_new_id(request->arena));
        add_named(xml_add(iq, NS_PRIVACY, STR("query")), "list", name);
        session_send(session, request->duty, iq);
    }
}

/* Whether another session is ruled by this list. */
static bool is_used_elsewhere(const struct iq_request *request,
                              const struct privacy_list *list)
{
    const struct session *session;

    DL_FOREACH(request->account->sessions, session)
    if (session != request->session && !session->is_doomed &&
        (session->active_list == list ||
         (list->is_default && !session->active_list)))
        return true;
    return false;
}

static void set_active(struct iq_request *request, struct str name)
{
    struct privacy_list *list = NULL;

    if (name.p) {
        list = privacy_find(&request->account->privacy, name);
        if (!list || is_hidden(list)) {
            iq_refuse(request, ERR_ITEM_NOT_FOUND, NULL);
            return;
        }
    }
    if (request->session)
        request->session->active_list = list;
    iq_answer(request, iq_make_result(request));
}

static void set_default(struct iq_request *request, struct str name)
{
    struct account *account = request->account;
    struct privacy_list *list = NULL, *other;
    const struct privacy_list *old = default_list(account);

    if (name.p) {
        list = privacy_find(&account->privacy, name);
        if (!list || is_hidden(list)) {
            iq_refuse(request, ERR_ITEM_NOT_FOUND, NULL);
            return;
        }
    }
    if (old && old != list && is_used_elsewhere(request, old)) {
        iq_refuse(request, ERR_CONFLICT, "Another resource uses the default");
        return;
    }
    LL_FOREACH(account->privacy.lists, other)
    other->is_default = other == list;
    store_privacy_set_default(request->sm->store, user_of(account), name,
                              iq_answer_written, iq_keep(request));
}

static void remove_list(struct iq_request *request, struct str name)
{
    struct account *account = request->account;
    struct privacy_list *list = privacy_find(&account->privacy, name);

    if (!list || is_hidden(list)) {
        iq_refuse(request, ERR_ITEM_NOT_FOUND, NULL);
        return;
    }
    if (is_used_elsewhere(request, list)) {
        iq_refuse(request, ERR_CONFLICT, "Another resource uses the list");
        return;
    }
    if (request->session && request->session->active_list == list)
        request->session->active_list = NULL;
    push(request, name);
    privacy_remove(&account->privacy, list);
    store_privacy_remove(request->sm->store, user_of(account), name,
                         iq_answer_written, iq_keep(request));
}

static void set_list(struct iq_request *request, const struct xml *element)
{
    struct account *account = request->account;
    int64_t most = config_int(request->sm->config, "sm.blocklist-max-items");
    struct str name = xml_get(element, "name");
    struct buf bytes = {0};
    size_t count = 0;

    if (!name.len || str_eq(name, PRIVACY_BLOCKED)) {
        iq_refuse(request, ERR_BAD_REQUEST, NULL);
        return;
    }
    for (const struct xml *i = xml_child(element, NS_PRIVACY, "item"); i;
         i = xml_next(i, NS_PRIVACY, "item"))
        count++;
    if (count == 0) {
        remove_list(request, name);
        return;
    }
    if (most && count > (size_t)most) {
        iq_refuse(request, ERR_RESOURCE_CONSTRAINT, "The list is too long");
        return;
    }
    if (!privacy_set(&account->privacy, request->arena, name, element)) {
        iq_refuse(request, ERR_BAD_REQUEST, "An item of the list is wrong");
        return;
    }
    push(request, name);
    xml_write(&bytes, element, NS_CLIENT);
    store_privacy_put(request->sm->store, user_of(account), name,
                      buf_view(&bytes), iq_answer_written, iq_keep(request));
    buf_clear(&bytes);
}

void handle_privacy_set(struct iq_request *request)
{
    const struct xml *element = xml_child(request->payload, STR_NONE, NULL);

    if (!element || xml_next(element, STR_NONE, NULL))
        iq_refuse(request, ERR_BAD_REQUEST, "One change at a time");
    else if (xml_is(element, NS_PRIVACY, "active"))
        set_active(request, xml_get(element, "name"));
    else if (xml_is(element, NS_PRIVACY, "default"))
        set_default(request, xml_get(element, "name"));
    else if (xml_is(element, NS_PRIVACY, "list"))
        set_list(request, element);
    else
        iq_refuse(request, ERR_BAD_REQUEST, NULL);
}
