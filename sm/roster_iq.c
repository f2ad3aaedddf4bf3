/* Roster get, set and push (RFC 6121 §2, XEP-0237). */
#include <openssl/sha.h>
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "common/codec/codec.h"
#include "iq.h"
#include "keepsake.h"
#include "presence.h"
#include "store.h"

#define MAX_GROUPS     64
#define MAX_NAME_BYTES 1023

static void add_item(struct xml *query, const struct roster_item *item)
{
    struct xml *element = xml_add(query, NS_ROSTER, STR("item"));

    xml_set(element, STR("jid"), item->jid);
    if (item->name.len)
        xml_set(element, STR("name"), item->name);
    xml_set(element, STR("subscription"),
            str_of(roster_item_subscription(item)));
    if (roster_item_asks(item))
        xml_set(element, STR("ask"), STR("subscribe"));
    if (item->approved)
        xml_set(element, STR("approved"), STR("true"));
    for (size_t i = 0; i < item->group_count; i++)
        xml_add_leaf(element, NS_ROSTER, STR("group"), item->groups[i]);
}

static int by_jid(const void *a, const void *b)
{
    const struct roster_item *const *x = a, *const *y = b;

    return str_cmp((*x)->jid, (*y)->jid);
}

/* All items that a client sees, in an order that does not depend on history. */
static size_t list_items(const struct account *account, struct arena *arena,
                         const struct roster_item ***items)
{
    const struct roster_item *item;
    size_t count = 0;

    *items = arena_alloc(arena, (account->roster.listed + 1) * sizeof(**items));
    for (item = account->roster.items; item; item = item->hh.next)
        if (item->is_listed)
            (*items)[count++] = item;
    qsort(*items, count, sizeof(**items), by_jid);
    return count;
}

/* A roster's version is a hash of what it says, so it outlives every restart.
 */
static struct str fill(const struct account *account, struct xml *query)
{
    const struct roster_item **items;
    size_t count = list_items(account, query->arena, &items);
    unsigned char hash[SHA256_DIGEST_LENGTH];
    struct buf bytes = {0};

    for (size_t i = 0; i < count; i++)
        add_item(query, items[i]);
    xml_write(&bytes, query, NS_CLIENT);
    SHA256((const unsigned char *)bytes.data, buf_len(&bytes), hash);
    buf_clear(&bytes);
    return hex_encode(query->arena, (struct str){(const char *)hash, 16});
}

static struct str version(struct account *account)
{
    struct xml *query = xml_new(&account->sm->arena, NS_ROSTER, STR("query"));

    return fill(account, query);
}

void handle_roster_get(struct iq_request *request)
{
    struct xml *result = iq_make_result(request);
    struct str known = xml_get(request->payload, "ver");
    struct xml *query = xml_new(request->arena, NS_ROSTER, STR("query"));
    struct str ver = fill(request->account, query);

    if (request->session) {
        request->session->is_interested = true;
        keepsake_due(request->session);
    }
    /* XEP-0237: nothing has changed. */
    if (!known.p || !str_eq(known, ver)) {
        xml_set(query, STR("ver"), ver);
        xml_append(result, query);
    }
    iq_answer(request, result);
}

void roster_push(struct account *account, struct duty *duty,
                 const struct roster_item *item, struct str jid)
{
    struct arena *arena = &account->sm->arena;
    struct str ver = STR_NONE;
    struct session *session;

    DL_FOREACH(account->sessions, session)
    {
        struct xml *iq, *query, *gone;

        if (!session->is_interested || session->is_doomed)
            continue;
        if (!ver.p)
            ver = version(account);
        iq = xml_new(arena, NS_CLIENT, STR("iq"));
        xml_set(iq, STR("type"), STR("set"));
        xml_set(iq, STR("id"), stanza_new_id(arena));
        query = xml_add(iq, NS_ROSTER, STR("query"));
        xml_set(query, STR("ver"), ver);
        if (item) {
            add_item(query, item);
        } else {
            gone = xml_add(query, NS_ROSTER, STR("item"));
            xml_set(gone, STR("jid"), jid);
            xml_set(gone, STR("subscription"), STR("remove"));
        }
        session_send(session, duty, iq);
    }
}

/* --- set ------------------------------------------------------------------
 */

static void remove_item(struct iq_request *request, struct str jid)
{
    struct account *account = request->account;
    struct roster_item *item = roster_find(&account->roster, jid);

    if (!item || !item->is_listed) {
        iq_refuse(request, ERR_ITEM_NOT_FOUND, NULL);
        return;
    }
    subscription_cancel(account, request->duty, item);
    roster_push(account, request->duty, NULL, jid);
    store_roster_remove(request->sm->store, store_user(&account->jid), jid,
                        iq_answer_written, iq_keep(request));
}

/* The groups of an item; false with the error when they are not right. */
static bool read_groups(const struct xml *element, struct str *groups,
                        size_t *count, enum stanza_error *condition)
{
    *count = 0;
    for (const struct xml *g = xml_child(element, NS_ROSTER, "group"); g;
         g = xml_next(g, NS_ROSTER, "group")) {
        struct str name = xml_text(g);

        *condition = ERR_NOT_ACCEPTABLE;
        if (!name.len || name.len > MAX_NAME_BYTES || *count == MAX_GROUPS)
            return false;
        *condition = ERR_BAD_REQUEST;
        for (size_t i = 0; i < *count; i++)
            if (str_eq(groups[i], name))
                return false;
        groups[(*count)++] = name;
    }
    return true;
}

static void set_item(struct iq_request *request, const struct xml *element,
                     struct str jid)
{
    struct account *account = request->account;
    struct sm *sm = request->sm;
    int64_t most = config_int(sm->config, "sm.roster-max-items");
    struct roster_item *item = roster_find(&account->roster, jid);
    struct str name = xml_get(element, "name");
    struct str groups[MAX_GROUPS];
    enum stanza_error condition;
    size_t count;

    if (!read_groups(element, groups, &count, &condition)) {
        iq_refuse(request, condition, NULL);
        return;
    }
    if (name.len > MAX_NAME_BYTES) {
        iq_refuse(request, ERR_NOT_ACCEPTABLE, "The name is too long");
        return;
    }
    if ((!item || !item->is_listed) && most &&
        account->roster.listed >= (size_t)most) {
        iq_refuse(request, ERR_RESOURCE_CONSTRAINT, "The contact list is full");
        return;
    }
    item = roster_get(&account->roster, jid);
    roster_set(&account->roster, item, name, groups, count);
    roster_push(account, request->duty, item, jid);
    store_roster_put(sm->store, store_user(&account->jid), item,
                     iq_answer_written, iq_keep(request));
}

void handle_roster_set(struct iq_request *request)
{
    struct xml *element = xml_child(request->payload, NS_ROSTER, "item");
    struct jid jid;

    if (!element || xml_next(element, NS_ROSTER, "item")) {
        iq_refuse(request, ERR_BAD_REQUEST, "Exactly one item at a time");
        return;
    }
    if (!xml_get(element, "jid").p ||
        !jid_parse(&jid, request->arena, xml_get(element, "jid"))) {
        iq_refuse(request,
                  xml_get(element, "jid").p ? ERR_JID_MALFORMED
                                            : ERR_BAD_REQUEST,
                  NULL);
        return;
    }
    if (str_eq(jid.full, request->account->jid.bare))
        iq_refuse(request, ERR_NOT_ALLOWED, "This is your own address");
    else if (str_is(xml_get(element, "subscription"), "remove"))
        remove_item(request, jid.full);
    else
        set_item(request, element, jid.full);
}
