#include "sm/presence/presence.h"

#include <utlist.h>

#include "sm/presence/contact.h"
#include "sm/presence/show.h"
#include "sm/session/keepsake.h"
#include "sm/admin/notice.h"
#include "sm/pep/convert.h"
#include "sm/pep/pep.h"
#include "sm/pep/remote.h"
#include "sm/quiet/quiet.h"
#include "sm/transfer/offers.h"
#include "sm/route.h"

struct showing {
    struct session *session;
    struct duty *duty;
    struct xml *presence;
};

static void show_to_contact(void *ctx, const struct contact *contact)
{
    const struct showing *showing = ctx;

    if (contact->sees && presence_may_show(showing->session, contact->jid))
        presence_send(showing->session->account->sm, showing->duty,
                      showing->presence, contact->jid);
}

/* To everybody who may see the user, and to his other resources. */
static void broadcast(struct session *session, struct duty *duty,
                      struct xml *presence)
{
    struct account *account = session->account;
    struct session *other;

    contact_each(account, show_to_contact,
                 &(struct showing){session, duty, presence});
    DL_FOREACH(account->sessions, other)
    if (other->is_available && !other->is_doomed && other != session) {
        xml_set(presence, STR("to"), account->jid.bare);
        session_send(other, duty, presence);
    }
    xml_set(presence, STR("to"), STR_NONE);
}

void presence_show_again(struct session *session)
{
    struct sm *sm = session->account->sm;
    struct xml *presence =
        presence_is_shown(session)
            ? xml_parse(sm->parser, &sm->arena, session->presence)
            : NULL;

    if (!presence)
        return;
    convert_stamp(session->account, presence);
    quiet_stamp(session, presence);
    broadcast(session, NULL, presence);
}

/* --- directed presence (§4.6) --------------------------------------------- */

static void directed_presence(struct session *session, struct duty *duty,
                              struct xml *presence, const struct jid *to,
                              enum presence_type type)
{
    struct account *account = session->account;

    if (type == PRESENCE_AVAILABLE &&
        presence_remember_directed(session, to->full))
        keepsake_soon(session);
    else if (type == PRESENCE_UNAVAILABLE)
        presence_forget_directed(session, to->full);
    if (type == PRESENCE_AVAILABLE)
        convert_stamp(account, presence);
    route(account->sm, duty, presence);
}

/* Those who got directed presence and do not learn of the end by the roster. */
static void end_directed(struct session *session, struct xml *unavailable)
{
    struct account *account = session->account;
    struct directed *directed;

    while ((directed = session->directed)) {
        struct str jid = {directed->jid, directed->len};
        struct jid parsed;
        bool sees;

        session->directed = directed->next;
        session->directed_bytes -= directed->len;
        sees = jid_parse(&parsed, &account->sm->arena, jid) &&
               contact_sees(account, parsed.bare);
        if (!sees || !presence_is_shown(session))
            presence_send(account->sm, NULL, unavailable, jid);
        free(directed);
    }
    xml_set(unavailable, STR("to"), STR_NONE);
}

/* --- from a client -------------------------------------------------------- */

static void probe_contact(void *ctx, const struct contact *contact)
{
    const struct showing *showing = ctx;

    if (contact->is_seen)
        presence_probe(showing->session, showing->duty, contact->jid);
}

/* What the contacts and the other resources look like to a new session. */
static void learn_presences(struct session *session, struct duty *duty)
{
    struct account *account = session->account;
    struct session *other;

    if (!session->is_invisible || session->probes)
        contact_each(account, probe_contact,
                     &(struct showing){session, duty, NULL});
    DL_FOREACH(account->sessions, other)
    if (presence_is_shown(other) && other != session) {
        struct xml *presence = presence_last(other);

        if (presence)
            session_send(session, duty, presence);
    }
}

void presence_keep(struct session *session, const struct xml *presence)
{
    struct sm *sm = session->account->sm;

    buf_reset(&sm->out);
    xml_write(&sm->out, presence, NS_CLIENT);
    free((char *)session->presence.p);
    session->presence = str_dup(buf_view(&sm->out));
    session->presence_ms = sm->now_ms;
    session->priority = (int8_t)presence_priority(presence);
}

static void available(struct session *session, struct duty *duty,
                      struct xml *presence)
{
    bool is_initial = !session->is_available;
    bool took_messages = session->is_available && session->priority >= 0;

    presence_keep(session, presence);
    session->is_available = true;
    keepsake_due(session);
    convert_stamp(session->account, presence);
    quiet_stamp(session, presence);
    if (!session->is_invisible)
        broadcast(session, duty, presence);
    /* The user's own resource hears itself (§4.2.2). */
    xml_set(presence, STR("to"), session->account->jid.bare);
    session_send(session, duty, presence);
    if (is_initial) {
        session->account->has_probed |=
            !session->is_invisible || session->probes;
        learn_presences(session, duty);
        subscription_deliver_requests(session);
    }
    if (!took_messages && session->priority >= 0 && !session->flexible_offline)
        offline_deliver(session);
    if (!took_messages && session->priority >= 0)
        offers_deliver(session);
    if (!took_messages)
        notice_greet(session);
    pep_available(session, presence);
}

static void ignore_written(void *ctx, bool ok)
{
    struct account *account = ctx;

    (void)ok; /* the time of leaving is a courtesy */
    account->writes--;
    account_update_idle(account);
}

static void keep_last_activity(struct session *session, struct str status)
{
    struct account *account = session->account;
    const struct session *other;

    DL_FOREACH(account->sessions, other)
    if (other != session && presence_is_shown(other))
        return;
    account->left_ms = account->sm->now_ms;
    if (account->is_guest)
        return;
    account->writes++;
    store_last_set(account->sm->store, store_user(&account->jid),
                   account->sm->now_ms, status, ignore_written, account);
}

/* Whoever sees the session sees it no more. */
static void end_showing(struct session *session, struct duty *duty,
                        struct xml *presence)
{
    struct str status = xml_child_text(presence, NS_CLIENT, "status");

    /* Also of a session that the server ends, which is doomed by then. */
    if (session->is_available && !session->is_invisible) {
        broadcast(session, duty, presence);
        keep_last_activity(session, status);
    }
    end_directed(session, presence);
}

static void forget_presence(struct session *session)
{
    interest_forget(session->account->sm, &session->interest);
    session->is_available = false;
    free((char *)session->presence.p);
    session->presence = STR_NONE;
    keepsake_due(session);
}

static void unavailable(struct session *session, struct duty *duty,
                        struct xml *presence)
{
    end_showing(session, duty, presence);
    forget_presence(session);
}

void presence_hide(struct session *session, bool probes)
{
    if (session->is_available && !session->is_invisible)
        end_showing(
            session, NULL,
            presence_unavailable(session->account->sm, session->jid.full));
    session->is_invisible = true;
    session->probes = probes;
    keepsake_due(session);
}

void presence_unhide(struct session *session)
{
    if (!session->is_invisible)
        return;
    session->is_invisible = false;
    forget_presence(session);
}

void presence_gone(struct session *session, struct str status_text)
{
    struct xml *presence =
        presence_unavailable(session->account->sm, session->jid.full);

    if (status_text.len)
        xml_add_leaf(presence, NS_CLIENT, STR("status"), status_text);
    unavailable(session, NULL, presence);
}

void presence_from_client(struct session *session, struct duty *duty,
                          struct xml *presence)
{
    struct sm *sm = session->account->sm;
    enum presence_type type = presence_type(presence);
    struct str address = xml_get(presence, "to");
    struct jid to = {0};

    if (address.p && !jid_parse(&to, &sm->arena, address))
        return;
    switch (type) {
    case PRESENCE_AVAILABLE:
    case PRESENCE_UNAVAILABLE:
    case PRESENCE_ERROR:
        /* Soft state: nobody waits until the last contact has it. */
        if (address.p)
            directed_presence(session, NULL, presence, &to, type);
        else if (type == PRESENCE_AVAILABLE)
            available(session, NULL, presence);
        else if (type == PRESENCE_UNAVAILABLE)
            unavailable(session, NULL, presence);
        break;
    case PRESENCE_SUBSCRIBE:
    case PRESENCE_SUBSCRIBED:
    case PRESENCE_UNSUBSCRIBE:
    case PRESENCE_UNSUBSCRIBED:
        if (address.p)
            subscription_from_client(session, duty, presence, &to);
        else
            route_error(sm, duty, presence, ERR_BAD_REQUEST, NULL);
        break;
    case PRESENCE_PROBE:
        break; /* the server probes for its users (§4.3) */
    case PRESENCE_INVALID:
        route_error(sm, duty, presence, ERR_BAD_REQUEST,
                    "This type of presence is not known");
        break;
    }
}

/* --- to a user ------------------------------------------------------------ */

static void deliver(struct account *account, struct duty *duty,
                    struct xml *presence, const struct jid *from,
                    const struct jid *to)
{
    struct session *session;

    DL_FOREACH(account->sessions, session)
    {
        if (session->is_doomed ||
            (to->resource.len ? !str_eq(session->jid.resource, to->resource)
                              : !session->is_available))
            continue;
        if (privacy_allows(account, session, from, PRIVACY_PRESENCE_IN))
            session_send(session, duty, presence);
    }
}

void presence_to_account(struct account *account, struct duty *duty,
                         struct xml *presence, const struct jid *from,
                         const struct jid *to)
{
    switch (presence_type(presence)) {
    case PRESENCE_AVAILABLE:
    case PRESENCE_UNAVAILABLE:
        remote_take_presence(account, presence, from);
        deliver(account, duty, presence, from, to);
        break;
    case PRESENCE_ERROR:
        if (to->resource.len)
            deliver(account, duty, presence, from, to);
        break;
    case PRESENCE_PROBE:
        if (!pep_is_question(presence))
            presence_answer_probe(account, duty, from, to);
        else
            pep_answer_question(account, presence, from);
        break;
    case PRESENCE_SUBSCRIBE:
    case PRESENCE_SUBSCRIBED:
    case PRESENCE_UNSUBSCRIBE:
    case PRESENCE_UNSUBSCRIBED:
        subscription_to_account(account, duty, presence, from);
        break;
    case PRESENCE_INVALID:
        route_error(account->sm, duty, presence, ERR_BAD_REQUEST, NULL);
        break;
    }
}
