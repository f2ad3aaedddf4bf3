/* Subscriptions in both directions (RFC 6121 §3). */
#include <utlist.h>

#include "sm/presence/contact.h"
#include "sm/pep/pep.h"
#include "sm/presence/presence.h"
#include "sm/presence/subscription_change.h"
#include "sm/route.h"

static enum subscription_state state_of(const struct account *account,
                                        struct str jid)
{
    const struct roster_item *item = roster_find(&account->roster, jid);

    return item ? item->state : SUB_NONE;
}

/* --- from the user -------------------------------------------------------- */

static void pre_approve(struct account *account, struct duty *duty,
                        struct str jid)
{
    struct roster_item *item = subscription_list(account, jid);

    if (!item || item->approved || roster_item_sees(item))
        return;
    item->approved = true;
    subscription_set(account, duty, item, item->state);
}

static void take_back_approval(struct account *account, struct duty *duty,
                               struct str jid)
{
    struct roster_item *item = roster_find(&account->roster, jid);

    if (!item || !item->approved)
        return;
    item->approved = false;
    subscription_set(account, duty, item, item->state);
}

static void change_by_user(struct account *account, struct duty *duty,
                           struct str jid, enum presence_type type,
                           enum subscription_state next)
{
    bool needs_place =
        type == PRESENCE_SUBSCRIBE || type == PRESENCE_SUBSCRIBED;
    struct roster_item *item = needs_place ? subscription_list(account, jid)
                                           : roster_find(&account->roster, jid);

    if (!item)
        return;
    if (type == PRESENCE_SUBSCRIBED || type == PRESENCE_UNSUBSCRIBED)
        item->approved = false;
    if (item->state != next || type == PRESENCE_SUBSCRIBED)
        subscription_set(account, duty, item, next);
}

/* The contact sees the user by the directory, whatever the roster says. */
static bool is_watched(const struct account *account, struct str jid)
{
    struct contact contact = contact_of(account, jid);

    return directory_shows(contact.other, contact.me);
}

static struct xml *presence_between(struct sm *sm, struct str from,
                                    struct str to, const char *type)
{
    struct xml *presence = xml_new(&sm->arena, NS_CLIENT, STR("presence"));

    xml_set(presence, STR("from"), from);
    xml_set(presence, STR("to"), to);
    xml_set(presence, STR("type"), str_of(type));
    return presence;
}

static void send_from(struct account *account, struct duty *duty, struct str to,
                      const char *type)
{
    route(account->sm, duty,
          presence_between(account->sm, account->jid.bare, to, type));
}

/* To the interested resources (§3.1.6, §3.2.3, §3.3.3), and to those without a
 * roster. */
static void deliver(struct account *account, struct duty *duty,
                    struct xml *presence, const struct jid *from)
{
    struct session *session;

    DL_FOREACH(account->sessions, session)
    if ((session->is_available || session->is_interested) &&
        !session->is_doomed &&
        privacy_allows(account, session, from, PRIVACY_OTHER))
        session_send(session, duty, presence);
}

/* §3.1.3: a request goes to those who are there. */
static void deliver_request(struct account *account, struct duty *duty,
                            struct xml *presence, const struct jid *from)
{
    struct session *session;

    DL_FOREACH(account->sessions, session)
    if (session->is_available && !session->is_doomed &&
        privacy_allows(account, session, from, PRIVACY_OTHER))
        session_send(session, duty, presence);
}

/* Where the directory has put one into the roster of the other there is nothing
 * to ask for, to grant or to take back. True when that answers the stanza. */
static bool decided_by_directory(struct account *account, struct duty *duty,
                                 const struct xml *presence,
                                 const struct jid *to, struct str jid)
{
    struct contact contact = contact_of(account, jid);
    struct sm *sm = account->sm;

    switch (presence_type(presence)) {
    case PRESENCE_SUBSCRIBE:
        if (contact.is_shown)
            deliver(account, duty,
                    presence_between(sm, jid, account->jid.bare, "subscribed"),
                    to);
        return contact.is_shown;
    case PRESENCE_SUBSCRIBED:
        return is_watched(account, jid) && !contact.own;
    case PRESENCE_UNSUBSCRIBE:
        if (!contact.is_shown || contact.own)
            return false;
        break;
    case PRESENCE_UNSUBSCRIBED:
        if (!is_watched(account, jid) || contact.own)
            return false;
        break;
    default:
        return false;
    }
    route_error(sm, duty, presence, ERR_NOT_ALLOWED,
                "The directory decides about this contact");
    return true;
}

void subscription_from_client(struct session *session, struct duty *duty,
                              struct xml *presence, const struct jid *to)
{
    struct account *account = session->account;
    struct sm *sm = account->sm;
    enum presence_type type = presence_type(presence);
    struct str contact = arena_dup(&sm->arena, to->bare);
    enum subscription_state old = state_of(account, contact);
    struct transition step = subscription_outbound(old, type);
    bool saw = old == SUB_FROM || old == SUB_FROM_OUT || old == SUB_BOTH;

    if (str_eq(contact, account->jid.bare))
        return; /* one's own resources see each other anyway */
    if (decided_by_directory(account, duty, presence, to, contact))
        return;
    if (type == PRESENCE_SUBSCRIBE && !subscription_list(account, contact)) {
        route_error(sm, duty, presence, ERR_RESOURCE_CONSTRAINT,
                    "The contact list is full");
        return;
    }
    if (!step.passes) {
        if (type == PRESENCE_SUBSCRIBED)
            pre_approve(account, duty, contact);
        else
            take_back_approval(account, duty, contact);
        return;
    }
    xml_set(presence, STR("from"), account->jid.bare);
    xml_set(presence, STR("to"), contact);
    if (type == PRESENCE_UNSUBSCRIBED && saw)
        presence_show(account, duty, contact, false);
    change_by_user(account, duty, contact, type, step.next);
    route(sm, duty, presence);
    if (type == PRESENCE_SUBSCRIBED)
        presence_show(account, duty, contact, true);
}

void subscription_cancel(struct account *account, struct duty *duty,
                         struct roster_item *item)
{
    struct str jid = arena_dup(&account->sm->arena, item->jid);
    bool sees = roster_item_sees(item);

    if (sees && !is_watched(account, jid))
        presence_show(account, duty, jid, false);
    if (roster_item_is_seen(item) || roster_item_asks(item))
        send_from(account, duty, jid, "unsubscribe");
    if (sees || roster_item_is_asked(item))
        send_from(account, duty, jid, "unsubscribed");
    request_forget(account, duty, item);
    roster_remove(&account->roster, item);
}

/* --- from a contact ------------------------------------------------------- */

static void accept_by_approval(struct account *account, struct duty *duty,
                               struct roster_item *item)
{
    struct str jid = arena_dup(&account->sm->arena, item->jid);
    enum subscription_state asked =
        subscription_inbound(item->state, PRESENCE_SUBSCRIBE).next;

    item->approved = false;
    subscription_set(account, duty, item,
                     subscription_outbound(asked, PRESENCE_SUBSCRIBED).next);
    send_from(account, duty, jid, "subscribed");
    presence_show(account, duty, jid, true);
}

static void request_from_contact(struct account *account, struct duty *duty,
                                 struct xml *presence, const struct jid *from,
                                 struct str contact)
{
    struct roster_item *item = roster_find(&account->roster, contact);
    struct transition step =
        subscription_inbound(state_of(account, contact), PRESENCE_SUBSCRIBE);

    if (contact_sees(account, contact)) {
        send_from(account, duty, contact, "subscribed");
        return;
    }
    if (item && item->approved) {
        accept_by_approval(account, duty, item);
        return;
    }
    if (!step.passes || account->is_guest)
        return;
    if (!request_has_room(account, presence)) {
        route_error(account->sm, duty, presence, ERR_RESOURCE_CONSTRAINT,
                    "This request cannot be kept for the user");
        return;
    }
    item = roster_get(&account->roster, contact);
    item->state = step.next;
    request_keep(account, duty, item, presence);
    deliver_request(account, duty, presence, from);
}

void subscription_to_account(struct account *account, struct duty *duty,
                             struct xml *presence, const struct jid *from)
{
    struct sm *sm = account->sm;
    enum presence_type type = presence_type(presence);
    struct str contact = arena_dup(&sm->arena, from->bare);
    struct roster_item *item = roster_find(&account->roster, contact);
    struct transition step;
    bool saw;

    if (str_eq(contact, account->jid.bare))
        return;
    if (!privacy_allows(account, NULL, from, PRIVACY_OTHER))
        return;
    xml_set(presence, STR("from"), contact);
    xml_set(presence, STR("to"), account->jid.bare);
    if (type == PRESENCE_SUBSCRIBE) {
        request_from_contact(account, duty, presence, from, contact);
        return;
    }
    step = subscription_inbound(item ? item->state : SUB_NONE, type);
    if (!item || !step.passes)
        return;
    saw = roster_item_sees(item);
    deliver(account, duty, presence, from);
    subscription_set(account, duty, item, step.next);
    if (type == PRESENCE_SUBSCRIBED)
        pep_contact_is_seen(account, contact);
    if (type == PRESENCE_UNSUBSCRIBE && saw && !is_watched(account, contact))
        presence_show(account, duty, contact, false);
}

void subscription_deliver_requests(struct session *session)
{
    struct account *account = session->account;
    struct sm *sm = account->sm;
    struct roster_item *item, *next;

    HASH_ITER(hh, account->roster.items, item, next)
    if (item->request.p) {
        struct xml *presence = xml_parse(sm->parser, &sm->arena, item->request);

        if (presence)
            session_send(session, NULL, presence);
    }
}
