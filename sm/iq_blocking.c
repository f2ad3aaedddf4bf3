/* The block list (XEP-0191): a privacy list of its own name. */
#include <stdlib.h>
#include <utlist.h>

#include "iq.h"
#include "keepsake.h"
#include "presence.h"
#include "store.h"

void handle_blocklist_get(struct iq_request *request)
{
    struct xml *result = iq_make_result(request);
    struct xml *element = xml_add(result, NS_BLOCKING, STR("blocklist"));
    const struct privacy_list *list =
        privacy_find(&request->account->privacy, PRIVACY_BLOCKED);

    if (request->session) {
        request->session->wants_blocklist = true;
        keepsake_due(request->session);
    }
    for (size_t i = 0; list && i < list->count; i++)
        xml_set(xml_add(element, NS_BLOCKING, STR("item")), STR("jid"),
                list->items[i].value);
    iq_answer(request, result);
}

/* --- what a request names -------------------------------------------------
 */

/* Prepared addresses, sorted, each once. */
struct names {
    struct str *jids;
    size_t count;
};

static int by_name(const void *a, const void *b)
{
    const struct str *x = a, *y = b;

    return str_cmp(*x, *y);
}

static bool has(const struct names *names, struct str jid)
{
    return names->count > 0 && bsearch(&jid, names->jids, names->count,
                                       sizeof(*names->jids), by_name);
}

static void sort_once(struct names *names)
{
    size_t kept = 0;

    if (names->count == 0)
        return;
    qsort(names->jids, names->count, sizeof(*names->jids), by_name);
    for (size_t i = 0; i < names->count; i++)
        if (kept == 0 || !str_eq(names->jids[kept - 1], names->jids[i]))
            names->jids[kept++] = names->jids[i];
    names->count = kept;
}

/* False when an item names no address. */
static bool read_names(const struct iq_request *request, struct names *names)
{
    const struct xml *first = xml_child(request->payload, NS_BLOCKING, "item");
    size_t count = 0;
    struct jid jid;

    for (const struct xml *i = first; i; i = xml_next(i, NS_BLOCKING, "item"))
        count++;
    *names = (struct names){
        arena_alloc(request->arena, (count + 1) * sizeof(*names->jids)), 0};
    for (const struct xml *i = first; i; i = xml_next(i, NS_BLOCKING, "item")) {
        if (!jid_parse(&jid, request->arena, xml_get(i, "jid")))
            return false;
        names->jids[names->count++] = jid.full;
    }
    sort_once(names);
    return true;
}

/* What is blocked now; slices that outlive the list. */
static struct names blocked_names(const struct iq_request *request)
{
    const struct privacy_list *list =
        privacy_find(&request->account->privacy, PRIVACY_BLOCKED);
    size_t count = list ? list->count : 0;
    struct names names = {
        arena_alloc(request->arena, (count + 1) * sizeof(struct str)), count};

    for (size_t i = 0; i < count; i++)
        names.jids[i] = arena_dup(request->arena, list->items[i].value);
    sort_once(&names);
    return names;
}

/* Those of `a` that are not in `b`. */
static struct names without(struct arena *arena, const struct names *a,
                            const struct names *b)
{
    struct names rest = {
        arena_alloc(arena, (a->count + 1) * sizeof(struct str)), 0};

    for (size_t i = 0; i < a->count; i++)
        if (!has(b, a->jids[i]))
            rest.jids[rest.count++] = a->jids[i];
    return rest;
}

/* --- telling others -------------------------------------------------------
 */

/* The resources that have asked for the list learn what was changed; without
 * names, that all was taken away. */
static void push(struct iq_request *request, const struct names *names)
{
    struct arena *arena = request->arena;
    struct session *session;

    DL_FOREACH(request->account->sessions, session)
    {
        struct xml *iq, *change;

        if (!session->wants_blocklist || session->is_doomed)
            continue;
        iq = xml_new(arena, NS_CLIENT, STR("iq"));
        xml_set(iq, STR("type"), STR("set"));
        xml_set(iq, STR("id"), stanza_new_id(arena));
        change = xml_add(iq, NS_BLOCKING, request->payload->name);
        for (size_t i = 0; i < names->count; i++)
            xml_set(xml_add(change, NS_BLOCKING, STR("item")), STR("jid"),
                    names->jids[i]);
        session_send(session, request->duty, iq);
    }
}

/* A blocked address stands for contacts: itself, or all of its domain. */
static void show_to(struct iq_request *request, struct str address,
                    bool available)
{
    struct account *account = request->account;
    struct roster_item *item, *next;
    struct jid jid, contact;

    if (!jid_parse(&jid, request->arena, address))
        return;
    if (jid.local.len) {
        item = roster_find(&account->roster, jid.bare);
        if (item && roster_item_sees(item))
            presence_show(account, request->duty, jid.full, available);
        return;
    }
    HASH_ITER(hh, account->roster.items, item, next)
    {
        if (roster_item_sees(item) &&
            jid_parse(&contact, request->arena, item->jid) &&
            str_eq(contact.domain, jid.domain))
            presence_show(account, request->duty, item->jid, available);
    }
}

/* §3.3, §3.4: who is blocked sees the user leave, and come back after. */
static void show(struct iq_request *request, const struct names *names,
                 bool available)
{
    for (size_t i = 0; i < names->count; i++)
        show_to(request, names->jids[i], available);
}

/* --- changing -------------------------------------------------------------
 */

static void add_rows(struct xml *list, const struct names *names,
                     unsigned *order)
{
    for (size_t i = 0; i < names->count; i++) {
        struct xml *item = xml_add(list, NS_PRIVACY, STR("item"));

        xml_set(item, STR("type"), STR("jid"));
        xml_set(item, STR("value"), names->jids[i]);
        xml_set(item, STR("action"), STR("deny"));
        xml_set(item, STR("order"), arena_printf(list->arena, "%u", ++*order));
    }
}

/* The list becomes `kept` and `added`, in memory and in the database; the
 * answer follows the commit. */
static bool keep(struct iq_request *request, const struct names *kept,
                 const struct names *added)
{
    struct account *account = request->account;
    struct xml *list = xml_new(request->arena, NS_PRIVACY, STR("list"));
    struct buf bytes = {0};
    unsigned order = 0;

    add_rows(list, kept, &order);
    add_rows(list, added, &order);
    if (!privacy_set(&account->privacy, request->arena, PRIVACY_BLOCKED, list))
        return false;
    xml_write(&bytes, list, NS_CLIENT);
    store_privacy_put(request->sm->store, store_user(&account->jid),
                      PRIVACY_BLOCKED, buf_view(&bytes), iq_answer_written,
                      iq_keep(request));
    buf_clear(&bytes);
    return true;
}

void handle_block(struct iq_request *request)
{
    int64_t most = config_int(request->sm->config, "sm.blocklist-max-items");
    struct names wanted, old = blocked_names(request), added;

    if (!xml_child(request->payload, NS_BLOCKING, "item")) {
        iq_refuse(request, ERR_BAD_REQUEST, "Nobody to block");
        return;
    }
    if (!read_names(request, &wanted)) {
        iq_refuse(request, ERR_JID_MALFORMED, NULL);
        return;
    }
    if (has(&wanted, request->account->jid.bare)) {
        iq_refuse(request, ERR_NOT_ALLOWED, "This is your own address");
        return;
    }
    added = without(request->arena, &wanted, &old);
    if (most && old.count + added.count > (size_t)most) {
        iq_refuse(request, ERR_RESOURCE_CONSTRAINT, "The block list is full");
        return;
    }
    if (!keep(request, &old, &added)) {
        iq_refuse(request, ERR_INTERNAL_SERVER_ERROR, NULL);
        return;
    }
    show(request, &added, false);
    push(request, &wanted);
}

void handle_unblock(struct iq_request *request)
{
    struct names wanted, old = blocked_names(request), kept, gone;

    if (!read_names(request, &wanted)) {
        iq_refuse(request, ERR_JID_MALFORMED, NULL);
        return;
    }
    kept = wanted.count ? without(request->arena, &old, &wanted)
                        : (struct names){0};
    gone = without(request->arena, &old, &kept);
    if (!keep(request, &kept, &(struct names){0})) {
        iq_refuse(request, ERR_INTERNAL_SERVER_ERROR, NULL);
        return;
    }
    show(request, &gone, true);
    push(request, &wanted);
}
