#include "route.h"

#include "common/link/link.h"
#include "common/log/log.h"
#include "common/service/service.h"
#include "sm/archive/archive.h"
#include "sm/archive/audit.h"
#include "sm/groups/broadcast.h"
#include "sm/pep/pep.h"
#include "sm/pep/remote.h"
#include "sm/presence/contact.h"
#include "sm/query/iq.h"
#include "sm/transfer/offers.h"
#include "sm/presence/presence.h"

/* Our end of the channel on which something for `from` or of `duty` travels. */
static struct str local_address(struct sm *sm, char into[32],
                                const struct duty *duty, const struct jid *from)
{
    if (from->local.len && sm_serves(sm, from->domain) &&
        sm_owns(sm, from->bare))
        return sm_address(into, from->bare);
    if (duty && duty->channel)
        return channel_local(duty->channel);
    return address_write(into, ADDRESS_SM, sm->instance);
}

static void send_away(struct sm *sm, struct duty *duty,
                      const struct xml *stanza, const struct jid *from,
                      struct str remote)
{
    char address[32];
    struct str local = local_address(sm, address, duty, from);
    struct frame frame = {0};

    buf_reset(&sm->out);
    xml_write(&sm->out, stanza, NS_CLIENT);
    frame.body = buf_view(&sm->out);
    if (duty && (duty->channel || duty->origin.len))
        frame.origin = duty_origin(duty, &sm->arena);
    trace_note(sm, trace_key_of(sm, stanza), TRACE_PASSED_ON, remote);
    duty_hold(duty);
    channel_send(channels_get(sm->channels, local, remote), &frame, duty);
}

/* Presence is nothing to a user without a session, and who is not in memory has
 * none. A probe of somebody who may see him needs no answer then: so nobody's
 * login makes sm load the rows of his colleagues. */
static bool reaches_nobody(const struct sm *sm, const struct xml *stanza,
                           const struct jid *from, const struct jid *to)
{
    if (account_peek(sm, to->bare))
        return false;
    /* Nor is a headline, which is kept for nobody (RFC 6121 §8.5.2.2.1). */
    if (stanza_kind(stanza) == STANZA_MESSAGE)
        return message_type(stanza) == MESSAGE_HEADLINE && !to->resource.len;
    if (stanza_kind(stanza) != STANZA_PRESENCE)
        return false;
    switch (presence_type(stanza)) {
    case PRESENCE_AVAILABLE:
    case PRESENCE_UNAVAILABLE:
        /* But the last items of who is away are something to contacts. */
        return to->resource.len || !remote_concerns(sm, stanza, from);
    case PRESENCE_ERROR:
        return true;
    case PRESENCE_PROBE:
        return !pep_is_question(stanza) &&
               directory_shows(directory_find(sm->directory, from->bare),
                               directory_find(sm->directory, to->bare));
    default:
        return false;
    }
}

static void to_local_user(struct sm *sm, struct duty *duty, struct xml *stanza,
                          const struct jid *from, const struct jid *to)
{
    char address[32];
    struct account *account;

    if (!sm_owns(sm, to->bare)) {
        send_away(sm, duty, stanza, from, sm_address(address, to->bare));
        return;
    }
    if (reaches_nobody(sm, stanza, from, to))
        return;
    account = account_find(sm, to->bare);
    /* Only messages have an order to keep with what lies in the database. */
    if (account && stanza_kind(stanza) != STANZA_MESSAGE)
        deliver_stanza(account, duty, NULL, NULL, stanza);
    else
        account_with(sm, to->bare, deliver_stanza, duty, NULL, NULL, stanza);
}

static void to_server(struct sm *sm, struct duty *duty, struct xml *stanza,
                      const struct jid *from, const struct jid *to)
{
    struct account *account = account_find(sm, from->bare);
    struct session *session =
        account ? session_by_resource(account, from->resource) : NULL;

    switch (stanza_kind(stanza)) {
    case STANZA_IQ:
        iq_dispatch(sm, account, session, duty, stanza, from, to, IQ_AT_SERVER);
        break;
    case STANZA_MESSAGE:
        route_error(sm, duty, stanza, ERR_SERVICE_UNAVAILABLE, NULL);
        break;
    default:
        break; /* the server has no use for presence */
    }
}

static void to_elsewhere(struct sm *sm, struct duty *duty, struct xml *stanza,
                         const struct jid *from, const struct jid *to)
{
    char away[32], address[32];
    struct str server = federation_address(away, to->domain);

    if (service_has(sm->config, SERVICE_ROOMS, to->domain))
        /* The process that owns the room; the channel keeps what is sent
         * before that is up. */
        send_away(sm, duty, stanza, from,
                  address_write(address, ADDRESS_MUC, jid_shard(to->bare)));
    else if (channels_is_up(sm->channels, to->domain))
        send_away(sm, duty, stanza, from, to->domain);
    else if (channels_is_up(sm->channels, server))
        send_away(sm, duty, stanza, from, server);
    else
        route_error(sm, duty, stanza, ERR_REMOTE_SERVER_NOT_FOUND,
                    "There is no way to this domain");
}

void route(struct sm *sm, struct duty *duty, struct xml *stanza)
{
    struct jid from, to;

    if (!jid_parse(&from, &sm->arena, xml_get(stanza, "from")))
        return;
    if (!jid_parse(&to, &sm->arena, xml_get(stanza, "to"))) {
        route_error(sm, duty, stanza, ERR_JID_MALFORMED, NULL);
        return;
    }
    if (service_has(sm->config, SERVICE_BROADCAST, to.domain))
        broadcast_receive(sm, duty, stanza, &from, &to);
    else if (!sm_serves(sm, to.domain))
        to_elsewhere(sm, duty, stanza, &from, &to);
    else if (to.local.len)
        to_local_user(sm, duty, stanza, &from, &to);
    else
        to_server(sm, duty, stanza, &from, &to);
}

void route_error(struct sm *sm, struct duty *duty, const struct xml *stanza,
                 enum stanza_error condition, const char *text)
{
    struct xml *reply = stanza_error_reply(&sm->arena, stanza, condition, text);
    struct jid from;

    if (!reply)
        return;
    audit_refused(sm, duty, stanza, condition);
    trace_note(sm, trace_key_of(sm, stanza), TRACE_RETURNED,
               str_of(stanza_error_name(condition)));
    /* The address that was not one must not become a sender. */
    if (!jid_parse(&from, &sm->arena, xml_get(reply, "from"))) {
        if (!jid_parse(&from, &sm->arena, xml_get(reply, "to")))
            return;
        xml_set(reply, STR("from"), from.domain);
    }
    route(sm, duty, reply);
}

/* --- to a user of ours ----------------------------------------------------
 */

static void refuse_for_nobody(struct account *account, struct duty *duty,
                              const struct xml *stanza)
{
    if (account->load_failed)
        route_error(account->sm, duty, stanza, ERR_INTERNAL_SERVER_ERROR,
                    "The database does not answer");
    else if (stanza_kind(stanza) != STANZA_PRESENCE)
        route_error(account->sm, duty, stanza, ERR_SERVICE_UNAVAILABLE, NULL);
}

static void deliver_iq(struct account *account, struct duty *duty,
                       struct xml *iq, const struct jid *from,
                       const struct jid *to)
{
    struct sm *sm = account->sm;
    bool is_answer = iq_type(iq) == IQ_RESULT || iq_type(iq) == IQ_ERROR;
    struct session *session;

    if (!to->resource.len) {
        if (is_answer)
            (void)interest_answered(sm, iq, from);
        else if (!offer_wait(account, duty, iq, from))
            iq_dispatch(sm, account, NULL, duty, iq, from, to, IQ_AT_ACCOUNT);
        return;
    }
    session = session_by_resource(account, to->resource);
    if (!session) {
        if (is_answer || !offer_wait(account, duty, iq, from))
            route_error(sm, duty, iq, ERR_SERVICE_UNAVAILABLE, NULL);
        return;
    }
    if (!privacy_allows(account, session, from, PRIVACY_IQ)) {
        route_error(sm, duty, iq, ERR_SERVICE_UNAVAILABLE, NULL);
        return;
    }
    if (!is_answer && !iq_last_may_pass(account, iq, from)) {
        route_error(sm, duty, iq, ERR_FORBIDDEN, NULL);
        return;
    }
    session_send(session, duty, iq);
}

/* Answers pass: they were asked for. */
static bool may_reach(const struct account *account, const struct xml *stanza,
                      const struct jid *from)
{
    struct str type = xml_get(stanza, "type");

    return str_is(type, "error") || str_is(type, "result") ||
           contact_may_know(account, from);
}

/* What our own users say was written down where they said it, to rooms as well.
 */
static bool is_from_outside(const struct sm *sm, const struct jid *from)
{
    return !sm_serves(sm, from->domain) &&
           !service_has(sm->config, SERVICE_ROOMS, from->domain) &&
           !service_has(sm->config, SERVICE_BROADCAST, from->domain);
}

static void deliver(struct account *account, struct duty *duty,
                    struct xml *stanza)
{
    struct sm *sm = account->sm;
    struct jid from, to;

    if (!jid_parse(&from, &sm->arena, xml_get(stanza, "from")) ||
        !jid_parse(&to, &sm->arena, xml_get(stanza, "to")))
        return;
    if (account->state != ACCOUNT_READY || !may_reach(account, stanza, &from)) {
        refuse_for_nobody(account, duty, stanza);
        return;
    }
    if (is_from_outside(sm, &from))
        audit_allowed(sm, duty, stanza, &from, &to);
    switch (stanza_kind(stanza)) {
    case STANZA_MESSAGE:
        sm->messages++;
        message_arrived(account, duty, stanza, &from, to.resource);
        break;
    case STANZA_PRESENCE:
        presence_to_account(account, duty, stanza, &from, &to);
        break;
    case STANZA_IQ:
        deliver_iq(account, duty, stanza, &from, &to);
        break;
    case STANZA_NONE:
        break;
    }
}

void deliver_stanza(struct account *account, struct duty *duty,
                    struct channel *channel, const struct frame *frame,
                    struct xml *stanza)
{
    (void)channel, (void)frame;
    deliver(account, duty, stanza);
    if (stanza_kind(stanza) == STANZA_MESSAGE)
        archive_sent_done(account->sm, duty, stanza);
}
