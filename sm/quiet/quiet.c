#include "sm/quiet/quiet.h"

#include <stdlib.h>
#include <utlist.h>

#include "common/log/log.h"
#include "common/quiet/quiet.h"
#include "sm/admin/administer.h"
#include "sm/control.h"
#include "sm/presence/presence.h"
#include "sm/session/keepsake.h"

#define NS_SHIM   STR("http://jabber.org/protocol/shim")
#define MINUTE_MS 60000
/* Sessions that change at once: each is told to all contacts. */
#define MOST_A_TICK 200u

/* What one text says at this minute: all people of a department share it. */
struct quiet_rule {
    struct str text; /* heap */
    struct quiet quiet;
    int64_t minute; /* Unix time, of the answer below */
    bool is_quiet;
    UT_hash_handle hh;
};

static void rule_free(struct quiet_rule *rule)
{
    free((char *)rule->text.p);
    free(rule);
}

void quiet_clear(struct sm *sm)
{
    struct quiet_rule *rule, *next;

    HASH_ITER(hh, sm->quiet_rules, rule, next)
    {
        HASH_DEL(sm->quiet_rules, rule);
        rule_free(rule);
    }
}

static struct quiet_rule *rule_of(struct sm *sm, struct str text)
{
    struct quiet_rule *rule;
    struct error error;

    HASH_FIND(hh, sm->quiet_rules, text.p, text.len, rule);
    if (rule)
        return rule;
    rule = NEW(struct quiet_rule);
    rule->text = str_dup(text);
    rule->minute = -1;
    if (!quiet_parse(&rule->quiet, text, LANGUAGE_EN, &error)) {
        log_event(LOG_LEVEL_WARN, "bad-quiet-hours", LOG_STR("value", text),
                  LOG_TEXT("reason", error.text));
        rule->quiet = (struct quiet){0};
    }
    HASH_ADD_KEYPTR(hh, sm->quiet_rules, rule->text.p, rule->text.len, rule);
    return rule;
}

static bool is_quiet_by(struct sm *sm, struct str text)
{
    int64_t minute = sm->now_ms / MINUTE_MS;
    struct quiet_rule *rule;

    if (!text.len)
        return false;
    rule = rule_of(sm, text);
    if (rule->minute != minute && rule->quiet.count > 0)
        rule->is_quiet =
            quiet_at(&rule->quiet, quiet_minute(rule->quiet.zone, sm->now_ms));
    rule->minute = minute;
    return rule->is_quiet;
}

static bool is_quiet_now(const struct account *account)
{
    struct sm *sm = account->sm;

    return is_quiet_by(
        sm, quiet_of(sm->directory,
                     directory_find(sm->directory, account->jid.bare), NULL));
}

/* --- what others see ------------------------------------------------------ */

/* Whether the client says of its user no more than that he is there. */
static bool is_plain(const struct xml *presence)
{
    struct str show = xml_child_text(presence, NS_CLIENT, "show");

    return !show.len || str_is(show, "chat");
}

void quiet_stamp(const struct session *session, struct xml *presence)
{
    struct xml *show;

    if (!session->is_quiet || !is_plain(presence))
        return;
    show = xml_child(presence, NS_CLIENT, "show");
    if (show)
        xml_remove(show);
    xml_add_leaf(presence, NS_CLIENT, STR("show"), STR("dnd"));
}

/* --- what its c2sd does --------------------------------------------------- */

static void tell(struct session *session)
{
    struct sm *sm = session->account->sm;
    struct xml *element;

    if (!session->key.channel)
        return;
    element = control_new(sm, CTL_SESSION_QUIET);
    if (session->is_quiet)
        xml_set(element, STR(CTL_A_ON), STR("1"));
    control_send(sm, session->key.channel, session->key.sid, element);
}

static void set(struct session *session, bool is_quiet)
{
    if (session->is_quiet == is_quiet || session->is_doomed)
        return;
    session->is_quiet = is_quiet;
    tell(session);
    keepsake_due(session);
    presence_show_again(session);
}

void quiet_begin(struct session *session)
{
    set(session, is_quiet_now(session->account));
}

void quiet_resumed(struct session *session)
{
    if (session->is_quiet)
        tell(session);
}

/* --- what must not wait --------------------------------------------------- */

void quiet_make_urgent(struct xml *message)
{
    struct xml *headers = xml_add(message, NS_SHIM, STR("headers"));

    xml_set(xml_add_leaf(headers, NS_SHIM, STR("header"), STR("high")),
            STR("name"), STR("Urgency"));
}

static bool is_urgent(const struct xml *message)
{
    const struct xml *headers = xml_child(message, NS_SHIM, "headers");
    const struct xml *header =
        headers ? xml_child(headers, NS_SHIM, "header") : NULL;

    for (; header; header = xml_next(header, NS_SHIM, "header"))
        if (str_is(xml_get(header, "name"), "Urgency") &&
            str_is(xml_text(header), "high"))
            return true;
    return false;
}

static bool is_in_charge(const struct account *account, const struct jid *from)
{
    struct sm *sm = account->sm;

    return from->local.len ? administers(sm, from->bare, account->jid.bare)
                           : str_eq(from->domain, account->jid.domain);
}

static bool must_not_wait(const struct account *account,
                          const struct xml *message, const struct jid *from)
{
    const struct directory *directory = account->sm->directory;

    return quiet_excepts(directory,
                         directory_find(directory, account->jid.bare), from) ||
           (is_urgent(message) && is_in_charge(account, from));
}

void quiet_message(struct account *account, const struct xml *message,
                   const struct jid *from)
{
    struct sm *sm = account->sm;
    struct session *session;
    bool is_known = false;

    DL_FOREACH(account->sessions, session)
    {
        if (!session->is_quiet || !session->key.channel)
            continue;
        if (!is_known && !must_not_wait(account, message, from))
            return;
        is_known = true;
        control_send(sm, session->key.channel, session->key.sid,
                     control_new(sm, CTL_SESSION_WAKE));
    }
}

/* --- time ----------------------------------------------------------------- */

void quiet_directory(struct sm *sm)
{
    sm->quiet_minute = -1;
    quiet_clear(sm); /* texts that nobody has any more */
}

/* How many sessions have changed. */
static unsigned look(struct account *account)
{
    bool is_quiet = is_quiet_now(account);
    struct session *session;
    unsigned changed = 0;

    DL_FOREACH(account->sessions, session)
    {
        if (session->is_quiet == is_quiet || session->is_doomed)
            continue;
        changed++;
        if (account->state == ACCOUNT_READY)
            set(session, is_quiet);
        else
            account_load(account); /* quiet_begin follows */
    }
    return changed;
}

void quiet_tick(struct sm *sm)
{
    int64_t minute = sm->now_ms / MINUTE_MS;
    struct account *account;
    unsigned changed = 0;

    if (minute == sm->quiet_minute || !sm->directory)
        return;
    sm->quiet_minute = minute;
    for (account = sm->accounts; account; account = account->hh.next) {
        changed += look(account);
        arena_reset(&sm->arena);
        if (changed < MOST_A_TICK)
            continue;
        sm->quiet_minute = -1; /* the rest with the next tick */
        return;
    }
}
