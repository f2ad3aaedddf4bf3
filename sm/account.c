#include "account.h"

#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "sm/pep/node.h"
#include "sm/presence/contact.h"
#include "sm/session/keepsake.h"
#include "sm/presence/presence.h"
#include "route.h"
#include "sm/session/session.h"
#include "sm/store/store.h"

struct task {
    struct task *next;
    account_task *run;
    bool waited_for_rows; /* it was there before they were */
    struct duty *duty;
    struct channel *channel;
    struct frame frame; /* body lies behind the struct; no other slices */
};

static bool is_anonymous_domain(const struct sm *sm, struct str domain)
{
    return config_list_has(sm->config, "authd.anonymous-domains", domain);
}

/* Where accounts of its kind are found. */
static struct account **home_of(const struct account *account)
{
    struct sm *sm = account->sm;

    return account->is_unknown ? &sm->unknown : &sm->accounts;
}

static struct account *account_new(struct sm *sm, struct str bare_jid,
                                   bool is_unknown)
{
    struct account *account = mem_zalloc(sizeof(*account) + bare_jid.len + 1);
    char *copy = (char *)(account + 1);
    struct str full = {copy, bare_jid.len}, domain;

    memcpy(copy, bare_jid.p, bare_jid.len);
    account->sm = sm;
    account->is_unknown = is_unknown;
    account->drop_when_loaded = is_unknown;
    domain = full;
    account->jid.local = str_cut(&domain, '@');
    account->jid.domain = domain;
    account->jid.full = full;
    account->jid.bare = full;
    account->is_guest = is_anonymous_domain(sm, domain);
    HASH_ADD_KEYPTR(hh, *home_of(account), account->jid.bare.p,
                    account->jid.bare.len, account);
    return account;
}

struct account *account_peek(const struct sm *sm, struct str bare_jid)
{
    struct account *account;

    HASH_FIND(hh, sm->accounts, bare_jid.p, bare_jid.len, account);
    return account;
}

struct account *account_find(const struct sm *sm, struct str bare_jid)
{
    struct account *account = account_peek(sm, bare_jid);

    return account && account->state == ACCOUNT_READY ? account : NULL;
}

struct account *account_get(struct sm *sm, struct str bare_jid)
{
    struct account *account = account_peek(sm, bare_jid);

    return account ? account : account_new(sm, bare_jid, false);
}

void account_load(struct account *account)
{
    if (account->load_asked)
        return;
    account->load_asked = true;
    store_load_account(account->sm->store, account);
}

static void add_task(struct account *account, account_task *run,
                     struct duty *duty, struct channel *channel,
                     const struct frame *frame, struct xml *stanza)
{
    struct sm *sm = account->sm;
    struct str body = frame ? frame->body : STR_NONE;
    struct task *task;

    if (stanza) {
        buf_reset(&sm->out);
        xml_write(&sm->out, stanza, NS_CLIENT);
        body = buf_view(&sm->out);
    }
    task = mem_zalloc(sizeof(*task) + body.len);
    memcpy(task + 1, body.p, body.len);
    task->run = run;
    task->waited_for_rows = account->state == ACCOUNT_LOADING;
    task->duty = duty;
    task->channel = channel;
    task->frame.body = (struct str){(const char *)(task + 1), body.len};
    task->frame.sid = frame ? frame->sid : 0;
    task->frame.n = frame ? frame->n : 0;
    duty_hold(duty);
    if (account->last_task)
        account->last_task->next = task;
    else
        account->tasks = task;
    account->last_task = task;
}

/* A c2sd that comes up while we serve is telling of a session: what it has got
 * already is not known yet. */
static bool is_being_told(const struct account *account)
{
    const struct session *session;

    DL_FOREACH(account->sessions, session)
    if (session->is_told && session->key.channel)
        return true;
    return false;
}

static bool must_wait(const struct account *account)
{
    return account->offline_loading || is_being_told(account);
}

void account_with(struct sm *sm, struct str bare_jid, account_task *run,
                  struct duty *duty, struct channel *channel,
                  const struct frame *frame, struct xml *stanza)
{
    struct account *account = account_get(sm, bare_jid);

    /* Of one that was removed it is known that it is not there: it is forgotten, and
     * may be read anew, as soon as nothing is on its way to the database. */
    if (account->state != ACCOUNT_LOADING && !account->tasks &&
        !must_wait(account)) {
        run(account, duty, channel, frame, stanza);
        return;
    }
    add_task(account, run, duty, channel, frame, stanza);
    account_load(account);
}

void account_as_unknown(struct account *account, account_task *run,
                        struct duty *duty, struct xml *stanza)
{
    struct sm *sm = account->sm;
    struct str bare = account->jid.bare;
    struct account *unknown;

    HASH_FIND(hh, sm->unknown, bare.p, bare.len, unknown);
    if (!unknown)
        unknown = account_new(sm, bare, true);
    add_task(unknown, run, duty, NULL, NULL, stanza);
    account_load(unknown);
}

void account_run_tasks(struct account *account)
{
    struct sm *sm = account->sm;
    struct task *task;

    while (!must_wait(account) && (task = account->tasks)) {
        struct xml *stanza;

        /* The task stays in the list while it runs, so that what it sends to
         * this account queues behind. */
        stanza = xml_parse(sm->parser, &sm->arena, task->frame.body);
        account->has_waited = task->waited_for_rows;
        if (stanza)
            task->run(account, task->duty, task->channel, &task->frame, stanza);
        account->has_waited = false;
        account->tasks = task->next;
        if (!account->tasks)
            account->last_task = NULL;
        duty_drop(task->duty);
        free(task);
    }
}

void account_loaded(struct account *account, bool ok, bool exists, bool enabled)
{
    struct sm *sm = account->sm;
    struct session *session;

    arena_reset(&sm->arena);
    account->load_failed = !ok;
    account->enabled = enabled || account->is_guest;
    if (ok && (exists || account->is_guest) && !account->drop_when_loaded) {
        account->state = ACCOUNT_READY;
        sm->accounts_loaded++;
    } else {
        account->state = ACCOUNT_ABSENT;
    }
    if (account->state == ACCOUNT_READY && account->has_held)
        offline_release(account, STR_NONE);
    DL_FOREACH(account->sessions, session)
    session_account_loaded(session);
    if (account->stale)
        contacts_push_stale(account);
    account_run_tasks(account);
    sessions_settle(sm);
    account_update_idle(account);
}

void account_update_idle(struct account *account)
{
    struct sm *sm = account->sm;
    bool is_idle = !account->sessions && !account->tasks && !account->writes &&
                   account->state != ACCOUNT_LOADING &&
                   !account->offline_loading && !account->offline_counting &&
                   !account->offline_writes;

    if (is_idle && account->state == ACCOUNT_ABSENT) {
        account_free(account);
        return;
    }
    if (is_idle == account->is_idle)
        return;
    account->is_idle = is_idle;
    if (is_idle) {
        DL_APPEND2(sm->idle_first, account, idle_prev, idle_next);
        sm->idle_count++;
    } else {
        DL_DELETE2(sm->idle_first, account, idle_prev, idle_next);
        sm->idle_count--;
    }
}

void account_removed(struct account *account)
{
    struct roster_item *item, *next;

    if (account->state == ACCOUNT_LOADING) {
        account->drop_when_loaded = true;
        return;
    }
    sessions_end_all(account, "not-authorized", "The account was removed");
    HASH_ITER(hh, account->roster.items, item, next)
    subscription_cancel(account, NULL, item);
    sessions_settle(account->sm);
    account->state = ACCOUNT_ABSENT;
    account_update_idle(account);
}

void account_forget_list(struct account *account, struct privacy_list *list)
{
    struct session *session;

    DL_FOREACH(account->sessions, session)
    {
        if (session->active_list != list)
            continue;
        session->active_list = NULL;
        keepsake_due(session);
    }
    privacy_remove(&account->privacy, list);
}

void accounts_trim(struct sm *sm)
{
    uint64_t most = (uint64_t)config_int(sm->config, "sm.account-cache");

    while (sm->idle_count > most)
        account_free(sm->idle_first);
}

void account_free(struct account *account)
{
    struct sm *sm = account->sm;
    struct task *task;

    if (account->is_idle) {
        DL_DELETE2(sm->idle_first, account, idle_prev, idle_next);
        sm->idle_count--;
    }
    while (account->sessions)
        session_free(account->sessions);
    while ((task = account->tasks)) {
        account->tasks = task->next;
        free(task);
    }
    HASH_DEL(*home_of(account), account);
    contacts_forget_stale(account);
    pep_forget(account);
    roster_clear(&account->roster);
    privacy_clear(&account->privacy);
    free((char *)account->photo.p);
    free((char *)account->archive_always.p);
    free((char *)account->archive_never.p);
    free(account);
}
