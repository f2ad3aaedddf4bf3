/* The blocking command (XEP-0191): a simple face of the default privacy list.
 */
#include "sm/privacy/blocklist.h"
#include "sm/presence/contact.h"
#include "sm/query/iq.h"
#include "sm/session/keepsake.h"
#include "sm/presence/presence.h"
#include "sm/privacy/privacy_view.h"
#include "sm/store/store.h"

void handle_blocklist_get(struct iq_request *request)
{
    struct xml *result = iq_make_result(request);
    struct xml *element = xml_add(result, NS_BLOCKING, STR("blocklist"));
    struct names names = blocklist_of(request->account, request->arena);

    if (request->session) {
        request->session->wants_blocklist = true;
        keepsake_due(request->session);
    }
    for (size_t i = 0; i < names.count; i++)
        xml_set(xml_add(element, NS_BLOCKING, STR("item")), STR("jid"),
                names.jids[i]);
    iq_answer(request, result);
}

/* False when an item names no address. */
static bool read_names(const struct iq_request *request, struct names *names)
{
    const struct xml *first = xml_child(request->payload, NS_BLOCKING, "item");
    size_t count = 0;
    struct jid jid;

    for (const struct xml *i = first; i; i = xml_next(i, NS_BLOCKING, "item"))
        count++;
    *names = names_new(request->arena, count);
    for (const struct xml *i = first; i; i = xml_next(i, NS_BLOCKING, "item")) {
        if (!jid_parse(&jid, request->arena, xml_get(i, "jid")))
            return false;
        names->jids[names->count++] = jid.full;
    }
    names_sort(names);
    return true;
}

/* --- the list ------------------------------------------------------------- */

static void set_order(struct xml *item, unsigned order)
{
    xml_set(item, STR("order"), arena_printf(item->arena, "%u", order));
}

static unsigned add_blocks(struct xml *list, const struct names *names,
                           unsigned order)
{
    for (size_t i = 0; i < names->count; i++) {
        struct xml *item = xml_add(list, NS_PRIVACY, STR("item"));

        xml_set(item, STR("type"), STR("jid"));
        xml_set(item, STR("value"), names->jids[i]);
        xml_set(item, STR("action"), STR("deny"));
        set_order(item, ++order);
    }
    return order;
}

/* What the old list says besides blocking. */
static unsigned add_others(struct xml *list, const struct privacy_list *old,
                           unsigned order)
{
    for (size_t i = 0; old && i < old->count; i++)
        if (!privacy_item_blocks(&old->items[i])) {
            privacy_write_item(&old->items[i], list);
            set_order(list->last, ++order);
        }
    return order;
}

/* Two writes make a list the default: one answer. */
static void on_written(void *ctx, bool ok)
{
    struct iq_request *request = ctx;

    request->number += !ok;
    if (request->result)
        iq_answer_written(request, request->number == 0);
    else
        request->result = iq_make_result(request);
}

static void store_list(struct iq_request *request, struct str name,
                       const struct xml *list, bool is_new_default)
{
    struct store *store = request->sm->store;
    struct store_user user = store_user(&request->account->jid);
    struct iq_request *kept = iq_keep(request);
    struct buf bytes = {0};

    xml_write(&bytes, list, NS_CLIENT);
    if (is_new_default) {
        store_privacy_put(store, user, name, buf_view(&bytes), on_written,
                          kept);
        store_privacy_set_default(store, user, name, on_written, kept);
    } else {
        store_privacy_put(store, user, name, buf_view(&bytes),
                          iq_answer_written, kept);
    }
    buf_clear(&bytes);
}

/* Nothing is left of the default list. */
static void remove_list(struct iq_request *request, struct privacy_list *list)
{
    struct account *account = request->account;
    struct str name = arena_dup(request->arena, list->name);

    account_forget_list(account, list);
    privacy_push_blocking(account, request->duty, name);
    store_privacy_remove(request->sm->store, store_user(&account->jid), name,
                         iq_answer_written, iq_keep(request));
}

/* The default list blocks `blocked` from now on, first of all (§5), in memory
 * and in the database; the answer follows the commit. False when it cannot be.
 */
static bool keep(struct iq_request *request, const struct names *blocked)
{
    struct account *account = request->account;
    struct privacy *privacy = &account->privacy;
    struct privacy_list *old = privacy_default(privacy);
    struct str name =
        old ? arena_dup(request->arena, old->name) : PRIVACY_BLOCKED;
    struct xml *list = xml_new(request->arena, NS_PRIVACY, STR("list"));

    if (add_others(list, old, add_blocks(list, blocked, 0)) == 0) {
        if (old)
            remove_list(request, old);
        else
            iq_answer(request, iq_make_result(request));
        return true;
    }
    if (!privacy_set(privacy, request->arena, name, list))
        return false;
    privacy_set_default(privacy, privacy_find(privacy, name));
    privacy_push_blocking(account, request->duty, name);
    store_list(request, name, list, !old);
    return true;
}

/* --- changing ------------------------------------------------------------- */

/* A contact's resource is no contact of the roster: it sees the user leave, or
 * come back, all the same. */
static void show_to_resources(struct iq_request *request,
                              const struct names *names, bool available)
{
    struct account *account = request->account;
    struct jid jid;

    for (size_t i = 0; i < names->count; i++) {
        if (!jid_parse(&jid, request->arena, names->jids[i]) ||
            !jid.local.len || !jid.resource.len)
            continue;
        if (contact_sees(account, jid.bare))
            presence_show(account, request->duty, jid.full, available);
    }
}

/* `changed`: what is blocked now and was not, or the other way round; `told`:
 * as the client named it. */
static void change(struct iq_request *request, const struct names *blocked,
                   const struct names *changed, const struct names *told,
                   bool is_blocking)
{
    struct account *account = request->account;
    struct privacy_view *before = privacy_view_new(account, request->arena);

    if (!keep(request, blocked)) {
        iq_refuse(request, ERR_INTERNAL_SERVER_ERROR, NULL);
        return;
    }
    privacy_view_show_changes(before, request->duty);
    show_to_resources(request, changed, !is_blocking);
    blocklist_push(account, request->duty, is_blocking ? "block" : "unblock",
                   told);
}

static struct names both(struct arena *arena, const struct names *a,
                         const struct names *b)
{
    struct names all = names_new(arena, a->count + b->count);

    for (size_t i = 0; i < a->count; i++)
        all.jids[all.count++] = a->jids[i];
    for (size_t i = 0; i < b->count; i++)
        all.jids[all.count++] = b->jids[i];
    names_sort(&all);
    return all;
}

void handle_block(struct iq_request *request)
{
    int64_t most = config_int(request->sm->config, "sm.blocklist-max-items");
    struct names old = blocklist_of(request->account, request->arena);
    struct names wanted, added, all;

    if (!xml_child(request->payload, NS_BLOCKING, "item")) {
        iq_refuse(request, ERR_BAD_REQUEST, "Nobody to block");
        return;
    }
    if (!read_names(request, &wanted)) {
        iq_refuse(request, ERR_JID_MALFORMED, NULL);
        return;
    }
    if (names_have(&wanted, request->account->jid.bare)) {
        iq_refuse(request, ERR_NOT_ALLOWED, "This is your own address");
        return;
    }
    added = names_without(request->arena, &wanted, &old);
    all = both(request->arena, &old, &added);
    if (most && all.count > (size_t)most) {
        iq_refuse(request, ERR_RESOURCE_CONSTRAINT, "The block list is full");
        return;
    }
    change(request, &all, &added, &wanted, true);
}

void handle_unblock(struct iq_request *request)
{
    struct names old = blocklist_of(request->account, request->arena);
    struct names wanted, kept = {0}, gone;

    if (!read_names(request, &wanted)) {
        iq_refuse(request, ERR_JID_MALFORMED, NULL);
        return;
    }
    if (wanted.count > 0)
        kept = names_without(request->arena, &old, &wanted);
    gone = names_without(request->arena, &old, &kept);
    change(request, &kept, &gone, &wanted, false);
}
