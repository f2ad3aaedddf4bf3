#include "sm/pep/remote.h"

#include <stdlib.h>
#include <utlist.h>

#include "sm/pep/interest.h"
#include "sm/pep/pep.h"
#include "sm/presence/contact.h"
#include "sm/route.h"

/* Of one contact; more count for nothing. */
#define MAX_RESOURCES 20u
/* Of our users whom one resource shows itself to. */
#define MAX_SHOWN 4096u

struct contact_elsewhere;

struct remote {
    struct remote *next;          /* of the contact */
    struct remote *older, *newer; /* utlist */
    struct contact_elsewhere *contact;
    struct str jid; /* full; heap */
    struct interest interest;
    unsigned *shown; /* hashes of our users' bare JIDs */
    size_t shown_count;
    struct str *waiting; /* of whom it gets last items when it is known what it
                            wants; heap */
    size_t waiting_count;
};

struct contact_elsewhere {
    UT_hash_handle hh; /* by bare JID */
    struct str jid;    /* heap */
    struct remote *resources;
    unsigned count;
};

struct remotes {
    struct contact_elsewhere *contacts;
    struct remote *oldest;
    size_t count;
};

struct str remote_jid(const struct remote *remote)
{
    return remote->jid;
}

/* --- the table ------------------------------------------------------------ */

static struct contact_elsewhere *find_contact(const struct sm *sm,
                                              struct str bare_jid)
{
    struct contact_elsewhere *contact = NULL;

    if (sm->remotes)
        HASH_FIND(hh, sm->remotes->contacts, bare_jid.p, bare_jid.len, contact);
    return contact;
}

static struct remote *find(const struct sm *sm, const struct jid *jid)
{
    struct contact_elsewhere *contact = find_contact(sm, jid->bare);
    struct remote *remote = NULL;

    if (contact)
        LL_FOREACH(contact->resources, remote)
    if (str_eq(remote->jid, jid->full))
        break;
    return remote;
}

static void forget_waiting(struct remote *remote)
{
    while (remote->waiting_count > 0)
        free((char *)remote->waiting[--remote->waiting_count].p);
    free(remote->waiting);
    remote->waiting = NULL;
}

static void remote_free(struct sm *sm, struct remote *remote)
{
    struct remotes *remotes = sm->remotes;
    struct contact_elsewhere *contact = remote->contact;

    interest_forget(sm, &remote->interest);
    DL_DELETE2(remotes->oldest, remote, older, newer);
    remotes->count--;
    LL_DELETE(contact->resources, remote);
    if (--contact->count == 0) {
        HASH_DEL(remotes->contacts, contact);
        free((char *)contact->jid.p);
        free(contact);
    }
    forget_waiting(remote);
    free(remote->shown);
    free((char *)remote->jid.p);
    free(remote);
}

void remotes_clear(struct sm *sm)
{
    struct remotes *remotes = sm->remotes;

    if (!remotes)
        return;
    while (remotes->oldest)
        remote_free(sm, remotes->oldest);
    free(remotes);
    sm->remotes = NULL;
}

static struct contact_elsewhere *get_contact(struct sm *sm, struct str bare_jid)
{
    struct contact_elsewhere *contact;

    if (!sm->remotes)
        sm->remotes = NEW(struct remotes);
    contact = find_contact(sm, bare_jid);
    if (contact)
        return contact;
    contact = NEW(struct contact_elsewhere);
    contact->jid = str_dup(bare_jid);
    HASH_ADD_KEYPTR(hh, sm->remotes->contacts, contact->jid.p, contact->jid.len,
                    contact);
    return contact;
}

/* NULL: he has too many. */
static struct remote *add(struct sm *sm, const struct jid *jid)
{
    size_t most = (size_t)config_int(sm->config, "sm.pep-remote-resources");
    struct contact_elsewhere *contact;
    struct remote *remote;

    while (sm->remotes && sm->remotes->count >= most)
        remote_free(sm, sm->remotes->oldest);
    contact = get_contact(sm, jid->bare);
    if (contact->count == MAX_RESOURCES)
        return NULL;
    remote = NEW(struct remote);
    remote->contact = contact;
    remote->jid = str_dup(jid->full);
    remote->interest.remote = remote;
    contact->count++;
    LL_PREPEND(contact->resources, remote);
    DL_APPEND2(sm->remotes->oldest, remote, older, newer);
    sm->remotes->count++;
    return remote;
}

/* --- to whom it shows itself ---------------------------------------------- */

/* What two users share by chance is an event too many. */
static unsigned hash_of(struct str bare_jid)
{
    return hash_bytes(bare_jid.p, bare_jid.len);
}

static bool has_shown(const struct remote *remote, struct str bare_jid,
                      size_t *place)
{
    unsigned hash = hash_of(bare_jid);

    for (*place = 0; *place < remote->shown_count; ++*place)
        if (remote->shown[*place] == hash)
            return true;
    return false;
}

/* Grown to powers of two. */
static bool is_full(size_t count)
{
    return (count & (count - 1)) == 0;
}

static void note_shown(struct remote *remote, struct str bare_jid)
{
    size_t count = remote->shown_count;

    if (is_full(count))
        remote->shown = mem_realloc(remote->shown,
                                    (count ? 2 * count : 1) * sizeof(unsigned));
    remote->shown[remote->shown_count++] = hash_of(bare_jid);
}

static void note_waiting(struct remote *remote, struct str bare_jid)
{
    size_t count = remote->waiting_count;

    if (is_full(count))
        remote->waiting = mem_realloc(remote->waiting, (count ? 2 * count : 1) *
                                                           sizeof(struct str));
    remote->waiting[remote->waiting_count++] = str_dup(bare_jid);
}

void remote_learned(struct sm *sm, struct remote *remote)
{
    struct str nodes = interest_nodes(&remote->interest);

    for (size_t i = 0; nodes.len && i < remote->waiting_count; i++)
        pep_ask(sm, remote->jid, remote->waiting[i], nodes);
    forget_waiting(remote);
}

/* --- presence ------------------------------------------------------------- */

static bool is_elsewhere(const struct sm *sm, const struct jid *from)
{
    return from->local.len && from->resource.len &&
           !sm_serves(sm, from->domain);
}

bool remote_concerns(const struct sm *sm, const struct xml *presence,
                     const struct jid *from)
{
    if (!is_elsewhere(sm, from))
        return false;
    return presence_type(presence) == PRESENCE_AVAILABLE
               ? xml_child(presence, NS_CAPS, "c") != NULL
               : find_contact(sm, from->bare) != NULL;
}

static void is_gone(struct account *account, const struct jid *from)
{
    struct remote *remote = find(account->sm, from);
    size_t place;

    if (!remote || !has_shown(remote, account->jid.bare, &place))
        return;
    remote->shown[place] = remote->shown[remote->shown_count - 1];
    remote->shown_count--;
    if (remote->shown_count == 0)
        remote_free(account->sm, remote);
}

static void is_there(struct account *account, const struct xml *presence,
                     const struct jid *from)
{
    struct sm *sm = account->sm;
    struct remote *remote = find(sm, from);
    size_t place;

    if (!remote)
        remote = add(sm, from);
    if (!remote)
        return;
    DL_DELETE2(sm->remotes->oldest, remote, older, newer);
    DL_APPEND2(sm->remotes->oldest, remote, older, newer);
    if (!has_shown(remote, account->jid.bare, &place) && place < MAX_SHOWN) {
        note_shown(remote, account->jid.bare);
        note_waiting(remote, account->jid.bare);
    }
    interest_tell(sm, &remote->interest, account->jid.bare, presence);
    /* Known before: nobody tells. */
    remote = find(sm, from);
    if (remote && !remote->interest.question)
        remote_learned(sm, remote);
}

void remote_take_presence(struct account *account, const struct xml *presence,
                          const struct jid *from)
{
    if (!is_elsewhere(account->sm, from))
        return;
    if (presence_type(presence) == PRESENCE_UNAVAILABLE)
        is_gone(account, from);
    else if (xml_child(presence, NS_CAPS, "c") &&
             contact_sees(account, from->bare))
        is_there(account, presence, from);
}

/* --- events --------------------------------------------------------------- */

void remote_tell(struct account *account, struct duty *duty, struct str node,
                 struct xml *message, struct str bare_jid)
{
    struct sm *sm = account->sm;
    struct contact_elsewhere *contact = find_contact(sm, bare_jid);
    struct remote *remote, *next;
    bool is_known = account->has_probed;
    size_t place;

    for (remote = contact ? contact->resources : NULL; remote; remote = next) {
        next = remote->next;
        if (!has_shown(remote, account->jid.bare, &place))
            continue;
        is_known = true;
        if (!interest_wants(&remote->interest, node, true))
            continue;
        xml_set(message, STR("to"), remote->jid);
        route(sm, duty, message);
    }
    if (is_known)
        return;
    xml_set(message, STR("to"), bare_jid);
    route(sm, duty, message);
}
