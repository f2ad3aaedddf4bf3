/* What a change of the directory means for those who are here. */
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "common/log/log.h"
#include "sm/presence/contact.h"
#include "sm/session/keepsake.h"
#include "sm/presence/presence.h"
#include "sm/quiet/quiet.h"

/* What waits until the account's rows are there. */
struct stale_contact {
    struct stale_contact *next;
    bool is_pushed, is_shown; /* what is due: a push, the user's presence */
    size_t len;
    char jid[];
};

struct change {
    struct account *account;
    const struct directory *before, *after;
    const struct directory_person *was, *is; /* the account's person */
    struct roster_pushes *pushes;
    unsigned count;
};

/* --- rosters -------------------------------------------------------------- */

static struct stale_contact *note_stale(struct account *account, struct str jid)
{
    struct stale_contact *stale = mem_zalloc(sizeof(*stale) + jid.len);

    memcpy(stale->jid, jid.p, jid.len);
    stale->len = jid.len;
    LL_PREPEND(account->stale, stale);
    return stale;
}

static void push(struct change *change, struct str jid)
{
    change->count++;
    if (change->account->state == ACCOUNT_READY)
        roster_pushes_add(change->pushes, jid);
    else
        note_stale(change->account, jid)->is_pushed = true;
}

static void push_gone(void *ctx, const struct directory_person *person)
{
    struct change *change = ctx;

    if (!directory_shows(change->is,
                         directory_find(change->after, person->jid)))
        push(change, person->jid);
}

/* What a roster says of a person by the directory. */
static uint64_t appearance(const struct directory_person *viewer,
                           const struct directory_person *person)
{
    const struct directory_membership *membership;
    uint64_t hash = 14695981039346656037u;
    struct str parts[CONTACT_MAX_GROUPS + 1] = {person->name};
    size_t count = 1;

    LL_FOREACH2(person->memberships, membership, next_of_person)
    if (count < COUNT_OF(parts) &&
        directory_shows_membership(viewer, membership))
        parts[count++] = membership->department->label;
    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < parts[i].len; k++)
            hash = (hash ^ (unsigned char)parts[i].p[k]) * 1099511628211u;
        hash = (hash ^ 0x1f) * 1099511628211u;
    }
    return hash * 2 + (directory_shows(person, viewer) ? 1 : 0);
}

static void push_changed(void *ctx, const struct directory_person *person)
{
    struct change *change = ctx;
    const struct directory_person *old =
        directory_find(change->before, person->jid);

    if (!directory_shows(change->was, old) ||
        appearance(change->was, old) != appearance(change->is, person))
        push(change, person->jid);
}

static bool has_interested(const struct account *account)
{
    const struct session *session;

    DL_FOREACH(account->sessions, session)
    if (session->is_interested && !session->is_doomed)
        return true;
    return false;
}

static void keep_hashes(const struct account *account)
{
    struct session *session;

    DL_FOREACH(account->sessions, session)
    keepsake_due(session);
}

static void change_roster(struct change *change)
{
    if (!has_interested(change->account) ||
        directory_contacts_hash(change->was) ==
            directory_contacts_hash(change->is))
        return;
    arena_reset(&change->account->sm->arena);
    change->pushes = roster_pushes_new(change->account);
    directory_each_contact(change->was, push_gone, change);
    directory_each_contact(change->is, push_changed, change);
    roster_pushes_send(change->pushes, NULL);
    keep_hashes(change->account);
}

void contacts_forget_stale(struct account *account)
{
    struct stale_contact *stale;

    while ((stale = account->stale)) {
        account->stale = stale->next;
        free(stale);
    }
}

void contacts_push_stale(struct account *account)
{
    struct roster_pushes *pushes = roster_pushes_new(account);
    const struct stale_contact *stale;

    LL_FOREACH(account->stale, stale)
    if (stale->is_pushed)
        roster_pushes_add(pushes, (struct str){stale->jid, stale->len});
    roster_pushes_send(pushes, NULL);
    LL_FOREACH(account->stale, stale)
    {
        struct str jid = {stale->jid, stale->len};

        if (stale->is_shown)
            presence_show(account, NULL, jid, contact_sees(account, jid));
    }
    contacts_forget_stale(account);
}

/* --- presence ------------------------------------------------------------- */

/* Whom the user's own roster shows him anyway has nothing to learn. */
static void show_to(struct change *change, struct str watcher, bool available)
{
    const struct roster_item *own =
        roster_find(&change->account->roster, watcher);

    if (change->account->state != ACCOUNT_READY)
        note_stale(change->account, watcher)->is_shown = true;
    else if (!own || !roster_item_sees(own))
        presence_show(change->account, NULL, watcher, available);
}

static void hide_from_lost(void *ctx, const struct directory_person *watcher)
{
    struct change *change = ctx;

    if (!directory_shows(directory_find(change->after, watcher->jid),
                         change->is))
        show_to(change, watcher->jid, false);
}

static void show_to_new(void *ctx, const struct directory_person *watcher)
{
    struct change *change = ctx;

    if (!directory_shows(directory_find(change->before, watcher->jid),
                         change->was))
        show_to(change, watcher->jid, true);
}

static void change_presence(struct change *change)
{
    if (!change->account->sessions || directory_watchers_hash(change->was) ==
                                          directory_watchers_hash(change->is))
        return;
    arena_reset(&change->account->sm->arena);
    directory_each_watcher(change->was, hide_from_lost, change);
    directory_each_watcher(change->is, show_to_new, change);
    keep_hashes(change->account);
}

/* --- after a restart ------------------------------------------------------ */

static void push_again(void *ctx, const struct directory_person *person)
{
    note_stale(ctx, person->jid)->is_pushed = true;
}

static void show_again(void *ctx, const struct directory_person *person)
{
    note_stale(ctx, person->jid)->is_shown = true;
}

void contacts_restored(const struct session *session, uint64_t contacts,
                       uint64_t watchers)
{
    struct account *account = session->account;
    const struct directory_person *me =
        directory_find(account->sm->directory, account->jid.bare);

    if (session->is_interested && contacts != directory_contacts_hash(me))
        directory_each_contact(me, push_again, account);
    if (session->is_available && watchers != directory_watchers_hash(me))
        directory_each_watcher(me, show_again, account);
    if (!account->stale)
        return;
    keep_hashes(account);
    if (account->state == ACCOUNT_READY)
        contacts_push_stale(account);
    else
        account_load(account);
}

/* --- all of them ---------------------------------------------------------- */

static struct change change_of(struct account *account,
                               const struct directory *before,
                               const struct directory *after)
{
    return (struct change){
        .account = account,
        .before = before,
        .after = after,
        .was = directory_find(before, account->jid.bare),
        .is = directory_find(after, account->jid.bare),
    };
}

void contacts_take_directory(struct sm *sm, struct directory *directory)
{
    struct directory *before = sm->directory;
    struct account *account, *next;
    unsigned pushed = 0;

    sm->directory = directory;
    quiet_directory(sm);
    if (!before)
        return; /* nobody is here yet */
    /* Who hears of somebody's presence has him in the roster by then. */
    HASH_ITER(hh, sm->accounts, account, next)
    {
        struct change change = change_of(account, before, directory);

        change_roster(&change);
        pushed += change.count;
    }
    HASH_ITER(hh, sm->accounts, account, next)
    {
        struct change change = change_of(account, before, directory);

        change_presence(&change);
        if (account->stale)
            account_load(account);
    }
    directory_free(before);
    log_event(LOG_LEVEL_INFO, "directory-changed",
              LOG_INT("people", HASH_COUNT(directory->people)),
              LOG_INT("pushes", pushed));
    sessions_settle(sm);
}
