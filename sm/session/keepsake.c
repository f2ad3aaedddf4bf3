#include "sm/session/keepsake.h"

#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "sm/presence/contact.h"
#include "sm/control.h"
#include "sm/presence/presence.h"

/* How often a session's is sent for what may happen at any rate. */
#define KEEP_MS 1000

/* Names are this file's alone: nobody else reads them. */
#define A_INTERESTED "interested"
#define A_BLOCKLIST  "blocklist"
#define A_CARBONS    "carbons"
#define A_FLEXIBLE   "flexible-offline"
#define A_ARCHIVE    "reads-archive"
#define A_INVISIBLE  "invisible"
#define A_PROBES     "probes"
#define A_QUIET      "quiet"
#define A_LIST       "active-list"
#define A_ACTIVE     "active"
#define A_SINCE      "since"
#define A_SENT       "offline-sent"
#define A_DUE        "offline-due"
#define A_CONTACTS   "contacts"
#define A_WATCHERS   "watchers"

/* A grant that is so much of sm.restore-age old is renewed. */
#define PART_OF_AGE 4
/* How often all sessions are looked at for that. */
#define SWEEP_MS 600000
/* So many in a second. */
#define SWEEP_MOST 500u

void keepsake_due(struct session *session)
{
    struct sm *sm = session->account->sm;

    if (session->keepsake_due || session->is_doomed)
        return;
    session->keepsake_due = true;
    DL_APPEND2(sm->keepsakes, session, keep_prev, keep_next);
}

static void is_not_late(struct session *session)
{
    if (session->keepsake_late)
        DL_DELETE2(session->account->sm->late, session, late_prev, late_next);
    session->keepsake_late = false;
}

static bool is_time(const struct session *session)
{
    return session->account->sm->steady_ms - session->kept_ms >= KEEP_MS;
}

void keepsake_soon(struct session *session)
{
    if (is_time(session)) {
        keepsake_due(session);
    } else if (!session->keepsake_late && !session->is_doomed) {
        session->keepsake_late = true;
        DL_APPEND2(session->account->sm->late, session, late_prev, late_next);
    }
}

static void leave_list(struct session *session)
{
    if (!session->keepsake_due)
        return;
    session->keepsake_due = false;
    DL_DELETE2(session->account->sm->keepsakes, session, keep_prev, keep_next);
}

void keepsake_cancel(struct session *session)
{
    leave_list(session);
    is_not_late(session);
}

static void set_flag(struct xml *element, const char *name, bool is_set)
{
    if (is_set)
        xml_set(element, str_of(name), STR("1"));
}

static bool flag(const struct xml *element, const char *name)
{
    return str_is(xml_get(element, name), "1");
}

/* Or of a time that is not this clock's, which was set since. */
static bool is_grant_old(const struct session *session)
{
    const struct sm *sm = session->account->sm;
    int64_t age_ms = config_int(sm->config, "sm.restore-age") * 1000;

    return age_ms &&
           (session->granted_ms < sm->set_ms ||
            sm->steady_ms - session->granted_ms >= age_ms / PART_OF_AGE);
}

/* The session's c2sd restores it with the last one that it got. */
static void renew_grant(struct session *session, struct xml *element)
{
    struct sm *sm = session->account->sm;

    if (!is_grant_old(session))
        return;
    session->granted_ms = sm->steady_ms;
    xml_set(element, STR(CTL_A_GRANT),
            grant_sign(&sm->arena, &sm->key,
                       channel_remote(session->key.channel), session->key.sid,
                       session->account->jid.bare, sm->now_ms / 1000));
}

static void sweep(struct sm *sm)
{
    struct session *session, *next;
    unsigned left = SWEEP_MOST;

    if (sm->steady_ms - sm->swept_ms < SWEEP_MS && sm->set_ms <= sm->swept_ms)
        return;
    HASH_ITER(hh, sm->sessions, session, next)
    if (left > 0 && is_grant_old(session)) {
        keepsake_soon(session);
        left--;
    }
    if (left > 0)
        sm->swept_ms = sm->steady_ms;
}

void keepsakes_tick(struct sm *sm)
{
    struct session *session, *next;

    sweep(sm);
    DL_FOREACH_SAFE2(sm->late, session, next, late_next)
    if (is_time(session)) {
        is_not_late(session);
        keepsake_due(session);
    }
}

static struct xml *describe(struct session *session)
{
    struct sm *sm = session->account->sm;
    struct xml *element = control_new(sm, CTL_SESSION_KEEP);
    const struct directory_person *me =
        directory_find(sm->directory, session->account->jid.bare);
    const struct directed *directed;

    renew_grant(session, element);
    if (me) {
        xml_set_u64(element, A_CONTACTS, directory_contacts_hash(me));
        xml_set_u64(element, A_WATCHERS, directory_watchers_hash(me));
    }
    set_flag(element, A_INTERESTED, session->is_interested);
    set_flag(element, A_QUIET, session->is_quiet);
    set_flag(element, A_BLOCKLIST, session->wants_blocklist);
    set_flag(element, A_CARBONS, session->wants_carbons);
    set_flag(element, A_FLEXIBLE, session->flexible_offline);
    set_flag(element, A_ARCHIVE, session->reads_archive);
    set_flag(element, A_INVISIBLE, session->is_invisible);
    set_flag(element, A_PROBES, session->probes);
    set_flag(element, A_DUE, session->offline_due);
    if (session->offline_sent)
        xml_set_u64(element, A_SENT, (uint64_t)session->offline_sent);
    if (session->active_list)
        xml_set(element, STR(A_LIST), session->active_list->name);
    xml_set_u64(element, A_ACTIVE, (uint64_t)session->active_ms);
    xml_set_u64(element, A_SINCE, (uint64_t)session->presence_ms);
    if (session->is_available)
        xml_append(element,
                   xml_parse(sm->parser, &sm->arena, session->presence));
    LL_FOREACH(session->directed, directed)
    xml_set(xml_add(element, NS_LINK_CONTROL, STR("directed")), STR("jid"),
            (struct str){directed->jid, directed->len});
    return element;
}

void keepsakes_send(struct sm *sm)
{
    struct session *session;

    while ((session = sm->keepsakes)) {
        keepsake_cancel(session);
        session->kept_ms = sm->steady_ms;
        if (session->key.channel && !session->is_doomed)
            control_send(sm, session->key.channel, session->key.sid,
                         describe(session));
    }
}

void keepsake_take(struct session *session, const struct xml *element)
{
    const struct xml *presence = xml_child(element, NS_CLIENT, "presence");
    const struct xml *child;
    struct str list = xml_get(element, A_LIST);
    uint64_t active, since, sent, contacts = 0, watchers = 0;

    session->is_interested = flag(element, A_INTERESTED);
    session->wants_blocklist = flag(element, A_BLOCKLIST);
    session->wants_carbons = flag(element, A_CARBONS);
    session->flexible_offline = flag(element, A_FLEXIBLE);
    session->reads_archive = flag(element, A_ARCHIVE);
    session->is_invisible = flag(element, A_INVISIBLE);
    session->probes = flag(element, A_PROBES);
    session->is_quiet = flag(element, A_QUIET);
    if (list.p)
        session->active_name = str_dup(list);
    if (presence) {
        presence_keep(session, presence);
        session->is_available = true;
    }
    if (control_number(element, A_ACTIVE, &active))
        session->active_ms = (int64_t)active;
    session->offline_due = flag(element, A_DUE);
    if (control_number(element, A_SENT, &sent))
        session->offline_sent = (int64_t)sent;
    if (session->offline_due || session->offline_sent)
        account_load(session->account); /* goes on then */
    if (control_number(element, A_SINCE, &since))
        session->presence_ms = (int64_t)since;
    for (child = xml_child(element, NS_LINK_CONTROL, "directed"); child;
         child = xml_next(child, NS_LINK_CONTROL, "directed"))
        (void)presence_remember_directed(session, xml_get(child, "jid"));
    (void)!control_number(element, A_CONTACTS, &contacts);
    (void)!control_number(element, A_WATCHERS, &watchers);
    contacts_restored(session, contacts, watchers);
}
