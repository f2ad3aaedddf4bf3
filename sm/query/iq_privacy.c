/* Privacy lists (XEP-0016). */
#include <utlist.h>

#include "sm/privacy/blocklist.h"
#include "sm/query/iq.h"
#include "sm/session/keepsake.h"
#include "sm/privacy/privacy_view.h"
#include "sm/store/store.h"

#define MAX_LISTS      20
#define MAX_NAME_BYTES 512

static void add_named(struct xml *query, const char *element, struct str name)
{
    xml_set(xml_add(query, NS_PRIVACY, str_of(element)), STR("name"), name);
}

static void answer_names(struct iq_request *request)
{
    const struct account *account = request->account;
    struct xml *result = iq_make_result(request);
    struct xml *query = xml_add(result, NS_PRIVACY, STR("query"));
    const struct privacy_list *list = privacy_default(&account->privacy);

    if (request->session && request->session->active_list)
        add_named(query, "active", request->session->active_list->name);
    if (list)
        add_named(query, "default", list->name);
    LL_FOREACH(account->privacy.lists, list)
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
    if (!list) {
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

/* --- set ------------------------------------------------------------------ */

static void push_to(struct session *session, struct duty *duty, struct str name)
{
    struct arena *arena = &session->account->sm->arena;
    struct xml *iq = xml_new(arena, NS_CLIENT, STR("iq"));

    xml_set(iq, STR("type"), STR("set"));
    xml_set(iq, STR("id"), stanza_new_id(arena));
    add_named(xml_add(iq, NS_PRIVACY, STR("query")), "list", name);
    session_send(session, duty, iq);
}

static void push(struct iq_request *request, struct str name)
{
    struct session *session;

    DL_FOREACH(request->account->sessions, session)
    if (!session->is_doomed)
        push_to(session, request->duty, name);
}

void privacy_push_blocking(struct account *account, struct duty *duty,
                           struct str name)
{
    struct session *session;

    DL_FOREACH(account->sessions, session)
    if (!session->is_doomed && !session->wants_blocklist)
        push_to(session, duty, name);
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

/* A change of lists, before it is made. */
struct change {
    struct privacy_view *view;
    struct names blocked;
};

static struct change begin_change(const struct iq_request *request)
{
    return (struct change){privacy_view_new(request->account, request->arena),
                           blocklist_of(request->account, request->arena)};
}

/* Presence and the block list follow (§2.10, §2.11; XEP-0191 §5). */
static void end_change(struct iq_request *request, const struct change *change)
{
    privacy_view_show_changes(change->view, request->duty);
    blocklist_push_changes(request->account, request->duty, &change->blocked);
}

static void set_active(struct iq_request *request, struct str name)
{
    struct change change = begin_change(request);
    struct privacy_list *list = NULL;

    if (name.p) {
        list = privacy_find(&request->account->privacy, name);
        if (!list) {
            iq_refuse(request, ERR_ITEM_NOT_FOUND, NULL);
            return;
        }
    }
    if (request->session) {
        request->session->active_list = list;
        keepsake_due(request->session);
    }
    end_change(request, &change);
    iq_answer(request, iq_make_result(request));
}

static void set_default(struct iq_request *request, struct str name)
{
    struct account *account = request->account;
    struct change change = begin_change(request);
    struct privacy_list *list = NULL;
    const struct privacy_list *old = privacy_default(&account->privacy);

    if (name.p) {
        list = privacy_find(&account->privacy, name);
        if (!list) {
            iq_refuse(request, ERR_ITEM_NOT_FOUND, NULL);
            return;
        }
    }
    if (old && old != list && is_used_elsewhere(request, old)) {
        iq_refuse(request, ERR_CONFLICT, "Another resource uses the default");
        return;
    }
    privacy_set_default(&account->privacy, list);
    end_change(request, &change);
    store_privacy_set_default(request->sm->store, store_user(&account->jid),
                              name, iq_answer_written, iq_keep(request));
}

static void remove_list(struct iq_request *request, struct str name)
{
    struct account *account = request->account;
    struct privacy_list *list = privacy_find(&account->privacy, name);
    struct change change = begin_change(request);

    if (!list) {
        iq_refuse(request, ERR_ITEM_NOT_FOUND, NULL);
        return;
    }
    if (is_used_elsewhere(request, list)) {
        iq_refuse(request, ERR_CONFLICT, "Another resource uses the list");
        return;
    }
    push(request, name);
    account_forget_list(account, list);
    end_change(request, &change);
    store_privacy_remove(request->sm->store, store_user(&account->jid), name,
                         iq_answer_written, iq_keep(request));
}

static bool has_group(const struct roster *roster, struct str name)
{
    for (const struct roster_item *item = roster->items; item;
         item = item->hh.next)
        for (size_t i = 0; i < item->group_count; i++)
            if (str_eq(item->groups[i], name))
                return true;
    return false;
}

/* What is wrong with a new list as a whole; its items are read later. */
static bool check_list(const struct iq_request *request,
                       const struct xml *element, enum stanza_error *condition)
{
    const struct privacy *privacy = &request->account->privacy;
    int64_t most = config_int(request->sm->config, "sm.blocklist-max-items");
    struct privacy_list *list;
    int64_t items = 0;
    size_t lists;

    LL_COUNT(privacy->lists, list, lists);
    *condition = ERR_RESOURCE_CONSTRAINT;
    if (lists >= MAX_LISTS && !privacy_find(privacy, xml_get(element, "name")))
        return false;
    for (const struct xml *i = xml_child(element, NS_PRIVACY, "item"); i;
         i = xml_next(i, NS_PRIVACY, "item")) {
        *condition = ERR_RESOURCE_CONSTRAINT;
        if (++items > most && most)
            return false;
        *condition = ERR_ITEM_NOT_FOUND;
        if (str_is(xml_get(i, "type"), "group") &&
            !has_group(&request->account->roster, xml_get(i, "value")))
            return false;
    }
    return true;
}

/* Writes the list as memory has it, not what the client sent. */
static void store_list(struct iq_request *request, struct str name)
{
    struct account *account = request->account;
    struct xml *list = xml_new(request->arena, NS_PRIVACY, STR("list"));
    struct buf bytes = {0};

    privacy_write(privacy_find(&account->privacy, name), list);
    xml_write(&bytes, list, NS_CLIENT);
    store_privacy_put(request->sm->store, store_user(&account->jid), name,
                      buf_view(&bytes), iq_answer_written, iq_keep(request));
    buf_clear(&bytes);
}

static void set_list(struct iq_request *request, const struct xml *element)
{
    struct privacy *privacy = &request->account->privacy;
    struct str name = xml_get(element, "name");
    struct change change = begin_change(request);
    enum stanza_error condition;

    if (!name.len || name.len > MAX_NAME_BYTES) {
        iq_refuse(request, ERR_BAD_REQUEST, "This cannot be a list's name");
    } else if (!xml_child(element, NS_PRIVACY, "item")) {
        remove_list(request, name);
    } else if (!check_list(request, element, &condition)) {
        iq_refuse(request, condition,
                  condition == ERR_ITEM_NOT_FOUND ? "There is no such group"
                                                  : "The lists are too long");
    } else if (!privacy_set(privacy, request->arena, name, element)) {
        iq_refuse(request, ERR_BAD_REQUEST, "An item of the list is wrong");
    } else {
        push(request, name);
        end_change(request, &change);
        store_list(request, name);
    }
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
