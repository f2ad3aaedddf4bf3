/* Roster get, set and push (RFC 6121 §2, XEP-0237). */
#include <openssl/sha.h>
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "common/codec/codec.h"
#include "sm/presence/contact.h"
#include "sm/query/iq.h"
#include "sm/session/keepsake.h"
#include "sm/admin/permit.h"
#include "sm/presence/presence.h"
#include "sm/store/store.h"

#define MAX_GROUPS     64
#define MAX_NAME_BYTES 1023

static void add_item(struct xml *query, const struct contact *contact)
{
    struct xml *element = xml_add(query, NS_ROSTER, STR("item"));
    const struct roster_item *own = contact->own;
    struct str name = contact_name(contact);
    struct str groups[CONTACT_MAX_GROUPS];
    size_t count = contact_groups(contact, groups);

    xml_set(element, STR("jid"), contact->jid);
    if (name.len)
        xml_set(element, STR("name"), name);
    xml_set(element, STR("subscription"),
            str_of(contact_subscription(contact)));
    if (own && roster_item_asks(own) && !contact->is_seen)
        xml_set(element, STR("ask"), STR("subscribe"));
    if (own && own->approved)
        xml_set(element, STR("approved"), STR("true"));
    for (size_t i = 0; i < count; i++)
        xml_add_leaf(element, NS_ROSTER, STR("group"), groups[i]);
}

static int by_jid(const void *a, const void *b)
{
    const struct contact *x = a, *y = b;

    return str_cmp(x->jid, y->jid);
}

struct listing {
    struct contact *contacts;
    size_t count;
};

static void list_contact(void *ctx, const struct contact *contact)
{
    struct listing *listing = ctx;

    if (contact_is_listed(contact))
        listing->contacts[listing->count++] = *contact;
}

/* All items that a client sees, in an order that does not depend on history. */
static struct listing list_contacts(const struct account *account,
                                    struct arena *arena)
{
    struct listing listing = {
        .contacts = arena_alloc(arena, (contact_count(account) + 1) *
                                           sizeof(*listing.contacts))};

    contact_each(account, list_contact, &listing);
    qsort(listing.contacts, listing.count, sizeof(*listing.contacts), by_jid);
    return listing;
}

/* A roster's version is a hash of what it says, so it outlives every restart.
 */
static struct str fill(const struct account *account, struct xml *query)
{
    struct listing listing = list_contacts(account, query->arena);
    unsigned char hash[SHA256_DIGEST_LENGTH];
    struct buf bytes = {0};

    for (size_t i = 0; i < listing.count; i++)
        add_item(query, &listing.contacts[i]);
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

static void push_one(struct session *session, struct duty *duty, struct str jid,
                     struct str ver)
{
    struct arena *arena = &session->account->sm->arena;
    struct contact contact = contact_of(session->account, jid);
    struct xml *iq = xml_new(arena, NS_CLIENT, STR("iq"));
    struct xml *query, *gone;

    xml_set(iq, STR("type"), STR("set"));
    xml_set(iq, STR("id"), stanza_new_id(arena));
    query = xml_add(iq, NS_ROSTER, STR("query"));
    xml_set(query, STR("ver"), ver);
    if (contact_is_listed(&contact)) {
        add_item(query, &contact);
    } else {
        gone = xml_add(query, NS_ROSTER, STR("item"));
        xml_set(gone, STR("jid"), jid);
        xml_set(gone, STR("subscription"), STR("remove"));
    }
    session_send(session, duty, iq);
}

/* The version stands in the last one alone: a client that gets less than all of
 * them keeps its old version, and is told everything when it comes back. */
struct roster_pushes {
    struct account *account;
    struct str *jids;
    size_t count, room;
};

struct roster_pushes *roster_pushes_new(struct account *account)
{
    struct roster_pushes *pushes =
        arena_alloc(&account->sm->arena, sizeof(*pushes));

    pushes->account = account;
    return pushes;
}

void roster_pushes_add(struct roster_pushes *pushes, struct str jid)
{
    struct arena *arena = &pushes->account->sm->arena;

    if (pushes->count == pushes->room) {
        struct str *larger;

        pushes->room = pushes->room ? 2 * pushes->room : 64;
        larger = arena_alloc(arena, pushes->room * sizeof(*larger));
        for (size_t i = 0; i < pushes->count; i++)
            larger[i] = pushes->jids[i];
        pushes->jids = larger;
    }
    pushes->jids[pushes->count++] = arena_dup(arena, jid);
}

void roster_pushes_send(struct roster_pushes *pushes, struct duty *duty)
{
    struct account *account = pushes->account;
    struct str ver = STR_NONE;
    struct session *session;

    DL_FOREACH(account->sessions, session)
    {
        if (!session->is_interested || session->is_doomed || !pushes->count)
            continue;
        if (!ver.p)
            ver = version(account);
        for (size_t i = 0; i < pushes->count; i++)
            push_one(session, duty, pushes->jids[i],
                     i + 1 == pushes->count ? ver : STR_NONE);
    }
}

void roster_push(struct account *account, struct duty *duty, struct str jid)
{
    struct roster_pushes *pushes = roster_pushes_new(account);

    roster_pushes_add(pushes, jid);
    roster_pushes_send(pushes, duty);
}

/* --- set ------------------------------------------------------------------ */

static void remove_item(struct iq_request *request, struct str jid)
{
    struct account *account = request->account;
    struct roster_item *item = roster_find(&account->roster, jid);

    if (!item || !item->is_listed) {
        struct contact contact = contact_of(account, jid);

        if (contact.is_shown)
            iq_refuse(request, ERR_NOT_ALLOWED,
                      "The directory keeps this contact in your list");
        else
            iq_refuse(request, ERR_ITEM_NOT_FOUND, NULL);
        return;
    }
    subscription_cancel(account, request->duty, item);
    roster_push(account, request->duty, jid);
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

/* What the directory says already is not the user's own: his groups without the
 * departments, his name for the contact when it is another than the real one.
 */
static void keep_own_part(const struct account *account, struct str jid,
                          struct str *name, struct str *groups, size_t *count)
{
    struct contact contact = contact_of(account, jid);
    size_t kept = 0;

    if (!contact.is_shown)
        return;
    if (str_eq(*name, contact.other->name))
        *name = STR_NONE;
    for (size_t i = 0; i < *count; i++)
        if (!contact_has_department(&contact, groups[i]))
            groups[kept++] = groups[i];
    *count = kept;
}

static void set_item(struct iq_request *request, const struct xml *element,
                     struct str jid)
{
    struct account *account = request->account;
    struct sm *sm = request->sm;
    int64_t most = permit_limit(account, MAX_ROSTER);
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
    keep_own_part(account, jid, &name, groups, &count);
    item = roster_get(&account->roster, jid);
    roster_set(&account->roster, item, name, groups, count);
    roster_push(account, request->duty, jid);
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
