#include "sm/presence/contact.h"

#include <string.h>
#include <utlist.h>

#include "sm/admin/permit.h"
#include "sm/presence/presence.h"

struct contact contact_of(const struct account *account, struct str jid)
{
    const struct directory *directory = account->sm->directory;
    struct contact contact = {
        .jid = jid,
        .own = roster_find(&account->roster, jid),
        .me = directory_find(directory, account->jid.bare),
    };

    contact.other = contact.me ? directory_find(directory, jid) : NULL;
    contact.is_shown = directory_shows(contact.me, contact.other);
    contact.is_seen =
        contact.is_shown || (contact.own && roster_item_is_seen(contact.own));
    contact.sees = (contact.own && roster_item_sees(contact.own)) ||
                   directory_shows(contact.other, contact.me);
    return contact;
}

bool contact_is_listed(const struct contact *contact)
{
    return contact->is_shown || (contact->own && contact->own->is_listed);
}

bool contact_sees(const struct account *account, struct str jid)
{
    return contact_of(account, jid).sees;
}

const char *contact_subscription(const struct contact *contact)
{
    if (contact->sees)
        return contact->is_seen ? "both" : "from";
    return contact->is_seen ? "to" : "none";
}

struct str contact_name(const struct contact *contact)
{
    if (contact->own && contact->own->name.len)
        return contact->own->name;
    return contact->is_shown ? contact->other->name : STR_NONE;
}

bool contact_has_department(const struct contact *contact, struct str group)
{
    const struct directory_membership *membership;

    if (!contact->is_shown)
        return false;
    LL_FOREACH2(contact->other->memberships, membership, next_of_person)
    if (str_eq(membership->department->label, group) &&
        directory_shows_membership(contact->me, membership))
        return true;
    return false;
}

static bool has_own_group(const struct contact *contact, struct str group)
{
    for (size_t i = 0; contact->own && i < contact->own->group_count; i++)
        if (str_eq(contact->own->groups[i], group))
            return true;
    return false;
}

bool contact_has_group(const struct contact *contact, struct str group)
{
    return has_own_group(contact, group) ||
           contact_has_department(contact, group);
}

size_t contact_groups(const struct contact *contact,
                      struct str groups[CONTACT_MAX_GROUPS])
{
    const struct directory_membership *membership;
    size_t count = 0;

    for (size_t i = 0; contact->own && i < contact->own->group_count &&
                       count < CONTACT_MAX_GROUPS;
         i++)
        groups[count++] = contact->own->groups[i];
    if (!contact->is_shown)
        return count;
    LL_FOREACH2(contact->other->memberships, membership, next_of_person)
    if (count < CONTACT_MAX_GROUPS &&
        !has_own_group(contact, membership->department->label) &&
        directory_shows_membership(contact->me, membership))
        groups[count++] = membership->department->label;
    return count;
}

/* --- all of them ---------------------------------------------------------- */

struct tour {
    const struct account *account;
    contact_visit *visit;
    void *ctx;
};

static void visit_jid(const struct tour *tour, struct str jid)
{
    struct contact contact = contact_of(tour->account, jid);

    tour->visit(tour->ctx, &contact);
}

static bool is_own(const struct tour *tour,
                   const struct directory_person *person)
{
    return roster_find(&tour->account->roster, person->jid) != NULL;
}

static void visit_shown(void *ctx, const struct directory_person *person)
{
    const struct tour *tour = ctx;

    if (!is_own(tour, person))
        visit_jid(tour, person->jid);
}

static void visit_watcher(void *ctx, const struct directory_person *person)
{
    const struct tour *tour = ctx;

    if (!is_own(tour, person) &&
        !directory_shows(directory_find(tour->account->sm->directory,
                                        tour->account->jid.bare),
                         person))
        visit_jid(tour, person->jid);
}

void contact_each(const struct account *account, contact_visit *visit,
                  void *ctx)
{
    const struct directory_person *me =
        directory_find(account->sm->directory, account->jid.bare);
    struct tour tour = {account, visit, ctx};
    const struct roster_item *item, *next;

    for (item = account->roster.items; item; item = next) {
        next = item->hh.next;
        visit_jid(&tour, item->jid);
    }
    directory_each_contact(me, visit_shown, &tour);
    directory_each_watcher(me, visit_watcher, &tour);
}

static void count_one(void *ctx, const struct directory_person *person)
{
    (void)person;
    ++*(size_t *)ctx;
}

size_t contact_count(const struct account *account)
{
    const struct directory_person *me =
        directory_find(account->sm->directory, account->jid.bare);
    size_t count = HASH_COUNT(account->roster.items);

    directory_each_contact(me, count_one, &count);
    directory_each_watcher(me, count_one, &count);
    return count;
}

/* Whether the user has turned to somebody himself: rooms of other servers, and
 * whoever else got his presence, know of him already. */
static bool has_shown_himself(const struct account *account, struct str bare)
{
    const struct session *session;

    DL_FOREACH(account->sessions, session)
    if (presence_was_directed(session, bare))
        return true;
    return false;
}

bool contact_may_know(const struct account *account, const struct jid *from)
{
    const struct sm *sm = account->sm;
    const struct roster_item *item;
    bool is_user =
        sm_serves(sm, from->domain) || permit_is_abroad(sm, from->domain);

    if (!is_user || !from->local.len ||
        directory_may_know(directory_find(sm->directory, from->bare),
                           directory_find(sm->directory, account->jid.bare)) ||
        sm_is_admin(sm, from->bare))
        return true;
    item = roster_find(&account->roster, from->bare);
    return (item && item->is_listed) || has_shown_himself(account, from->bare);
}
