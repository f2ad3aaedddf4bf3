/* Stanzas from a client of ours. */
#include "sm/archive/archive.h"
#include "sm/archive/audit.h"
#include "sm/session/carbons.h"
#include "sm/privacy/forged.h"
#include "sm/query/iq.h"
#include "sm/admin/permit.h"
#include "sm/presence/presence.h"
#include "route.h"
#include "sm/transfer/transfer.h"
#include "sm/transfer/upload.h"

/* XEP-0016 §2.13, XEP-0191 §3.5: what the user sends to somebody he denies. */
static void refuse_denied(struct session *session, struct duty *duty,
                          const struct xml *stanza, const struct jid *to)
{
    struct account *account = session->account;
    struct xml *reply = stanza_error_reply(&account->sm->arena, stanza,
                                           ERR_NOT_ACCEPTABLE, NULL);

    audit_refused(account->sm, duty, stanza, ERR_NOT_ACCEPTABLE);
    if (!reply)
        return;
    if (privacy_is_blocked(account, session, to))
        xml_add(xml_child(reply, NS_CLIENT, "error"), NS_BLOCKING_ERRORS,
                STR("blocked"));
    session_send(session, duty, reply);
}

/* Presence notifications have rules of their own. */
static enum privacy_kind outgoing_kind(const struct xml *stanza)
{
    enum presence_type type = presence_type(stanza);

    return stanza_kind(stanza) == STANZA_PRESENCE &&
                   (type == PRESENCE_AVAILABLE || type == PRESENCE_UNAVAILABLE)
               ? PRIVACY_PRESENCE_OUT
               : PRIVACY_OTHER;
}

static void iq_from_client(struct session *session, struct duty *duty,
                           struct xml *iq, const struct jid *to)
{
    struct account *account = session->account;
    struct sm *sm = account->sm;
    bool is_server =
        !to->local.len && !to->resource.len && sm_serves(sm, to->domain);
    enum iq_type type = iq_type(iq);

    sm->iqs++;
    if (type == IQ_INVALID || !xml_get(iq, "id").len) {
        route_error(sm, duty, iq, ERR_BAD_REQUEST, NULL);
        return;
    }
    if (!is_server && !jid_eq(to, &account->jid)) {
        route(sm, duty, iq);
        return;
    }
    if (type == IQ_GET || type == IQ_SET)
        iq_dispatch(sm, account, session, duty, iq, &session->jid, to,
                    is_server ? IQ_AT_SERVER : IQ_AT_SELF);
    else
        (void)interest_answered(sm, iq, &session->jid);
}

/* What one sends to oneself is received: copied and archived there. */
static void message_from_client(struct session *session, struct duty *duty,
                                struct xml *message, const struct jid *to)
{
    struct account *account = session->account;
    bool is_to_self = jid_bare_eq(to, &account->jid);
    int64_t id;

    forged_strip_from_client(account->sm, message);
    id = is_to_self ? 0 : archive_sent(account, duty, message, to);
    if (!is_to_self)
        carbons_of_sent(session, duty, message, id);
    route(account->sm, duty, message);
    if (!sm_serves(account->sm, to->domain) || !to->local.len ||
        !sm_owns(account->sm, to->bare))
        archive_sent_done(account->sm, duty, message);
}

void client_stanza(struct session *session, struct duty *duty,
                   struct xml *stanza)
{
    struct account *account = session->account;
    struct sm *sm = account->sm;
    enum stanza_kind kind = stanza_kind(stanza);
    struct str address = xml_get(stanza, "to");
    struct jid to = account->jid;

    session->active_ms = sm->now_ms;
    xml_set(stanza, STR("from"), session->jid.full);
    if (address.p && !jid_parse(&to, &sm->arena, address)) {
        struct xml *reply =
            stanza_error_reply(&sm->arena, stanza, ERR_JID_MALFORMED, NULL);

        if (reply)
            session_send(session, duty, xml_set(reply, STR("from"), STR_NONE));
        return;
    }
    if (address.p &&
        !privacy_allows(account, session, &to, outgoing_kind(stanza))) {
        refuse_denied(session, duty, stanza, &to);
        return;
    }
    if (!transfer_may_pass(sm, duty, stanza, &session->jid, &to) ||
        !permit_stanza(account, duty, stanza, &to) ||
        !upload_may_pass(account, duty, stanza, &to))
        return;
    upload_tell_limit(account, stanza, &to);
    audit_allowed(sm, duty, stanza, &session->jid, &to);
    trace_note(sm, trace_key_of(sm, stanza), TRACE_ACCEPTED, session->jid.full);
    switch (kind) {
    case STANZA_PRESENCE:
        presence_from_client(session, duty, stanza);
        break;
    case STANZA_MESSAGE:
        if (!address.p)
            xml_set(stanza, STR("to"), account->jid.bare);
        message_from_client(session, duty, stanza, &to);
        break;
    case STANZA_IQ:
        iq_from_client(session, duty, stanza, &to);
        break;
    case STANZA_NONE:
        break;
    }
}
