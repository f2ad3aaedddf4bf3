#include "route.h"

#include "common/link/control.h"
#include "common/link/link.h"
#include "common/log/log.h"
#include "common/service/service.h"
#include "sm/archive/archive.h"
#include "sm/archive/audit.h"
#include "sm/away.h"
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

/* Kept for nobody (RFC 6121 §8.5.2.2.1), whether there is somebody or not: its
 * sender learns of neither. */
static bool is_news(const struct xml *stanza, const struct jid *to)
{
    return stanza_kind(stanza) == STANZA_MESSAGE &&
           message_type(stanza) == MESSAGE_HEADLINE && !to->resource.len;
}

static bool is_full_of_waiting(struct sm *sm, struct duty *duty,
                               const struct jid *from, struct str remote)
{
    char address[32];

    return channel_is_full(channels_get(
        sm->channels, local_address(sm, address, duty, from), remote));
}

/* Presence is nothing to a user without a session, and who is not in memory has
 * none. A probe of somebody who may see him needs no answer then: so nobody's
 * login makes sm load the rows of his colleagues. */
static bool is_for_sessions(const struct sm *sm, const struct xml *stanza,
                            const struct jid *from, const struct jid *to)
{
    if (is_news(stanza, to))
        return true;
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
    if (!account_peek(sm, to->bare) && is_for_sessions(sm, stanza, from, to))
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

/* To the process that owns the room; the channel keeps what is sent while that
 * is being started again. */
static void to_room(struct sm *sm, struct duty *duty, struct xml *stanza,
                    const struct jid *from, const struct jid *to)
{
    char text[32];
    unsigned shard = jid_shard(to->bare);
    struct str address = address_write(text, ADDRESS_MUC, shard);
    bool is_leaving = stanza_kind(stanza) == STANZA_PRESENCE &&
                      presence_type(stanza) == PRESENCE_UNAVAILABLE;

    if (away_for_long(sm, shard) && !is_leaving)
        route_error(sm, duty, stanza, ERR_REMOTE_SERVER_TIMEOUT,
                    "The rooms do not answer");
    else if (!channels_is_up(sm->channels, address) &&
             is_full_of_waiting(sm, duty, from, address))
        /* Whoever is left behind in a room by this is pinged out of it. */
        route_error(sm, duty, stanza, ERR_RESOURCE_CONSTRAINT,
                    "Too much waits for the rooms");
    else
        send_away(sm, duty, stanza, from, address);
}

static void to_elsewhere(struct sm *sm, struct duty *duty, struct xml *stanza,
                         const struct jid *from, const struct jid *to)
{
    char away[32];
    struct str server = federation_address(away, to->domain);

    if (service_has(sm->config, SERVICE_ROOMS, to->domain))
        to_room(sm, duty, stanza, from, to);
    else if (channels_is_up(sm->channels, to->domain))
        send_away(sm, duty, stanza, from, to->domain);
    else if (service_has(sm->config, SERVICE_UPLOAD, to->domain))
        route_error(sm, duty, stanza, ERR_REMOTE_SERVER_TIMEOUT,
                    "The upload service does not answer");
    else if (sm->federates)
        /* The channel keeps it while s2sd is being started again. */
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

/* The first one counts. */
static void refuse(struct refusal *refusal, enum stanza_error condition,
                   const char *text)
{
    if (refusal->is_refused)
        return;
    refusal->is_refused = true;
    refusal->condition = condition;
    if (text)
        refusal->text = str_dup(str_of(text));
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
    if (duty && duty->refusal) {
        refuse(duty->refusal, condition, text);
        return;
    }
    /* The address that was not one must not become a sender. */
    if (!jid_parse(&from, &sm->arena, xml_get(reply, "from"))) {
        if (!jid_parse(&from, &sm->arena, xml_get(reply, "to")))
            return;
        xml_set(reply, STR("from"), from.domain);
    }
    route(sm, duty, reply);
}

/* --- to a user of ours ---------------------------------------------------- */

static void refuse_for_nobody(struct account *account, struct duty *duty,
                              const struct xml *stanza, const struct jid *to)
{
    if (is_news(stanza, to))
        return;
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

/* A room invites for somebody, who may not reach the user by it when he may not
 * reach him himself. Takes mucd's word for who it is out. */
static bool may_invite(const struct account *account, struct xml *stanza)
{
    struct xml *mark = xml_child(stanza, NS_LINK_CONTROL, CTL_INVITER);
    struct jid inviter;

    if (!mark)
        return true;
    if (!jid_parse(&inviter, &account->sm->arena, xml_get(mark, CTL_A_JID)))
        return false;
    xml_remove(mark);
    return contact_may_know(account, &inviter);
}

/* What our own users say was written down where they said it, to rooms as well.
 */
static bool is_from_outside(const struct sm *sm, const struct jid *from)
{
    return !sm_serves(sm, from->domain) &&
           !service_has(sm->config, SERVICE_ROOMS, from->domain) &&
           !service_has(sm->config, SERVICE_BROADCAST, from->domain);
}

/* The answer, and what it costs, are those of somebody who is not there. True when it
 * has been given. */
static bool refuse_unknown(struct account *account, struct duty *duty,
                           struct xml *stanza, const struct jid *from,
                           const struct jid *to)
{
    if (is_for_sessions(account->sm, stanza, from, to))
        return true;
    if (account->state == ACCOUNT_READY && !account->has_waited) {
        account_as_unknown(account, deliver_stanza, duty, stanza);
        return false;
    }
    refuse_for_nobody(account, duty, stanza, to);
    return true;
}

/* False: it will be, later. */
static bool deliver(struct account *account, struct duty *duty,
                    struct xml *stanza)
{
    struct sm *sm = account->sm;
    struct jid from, to;

    if (!jid_parse(&from, &sm->arena, xml_get(stanza, "from")) ||
        !jid_parse(&to, &sm->arena, xml_get(stanza, "to")))
        return true;
    if (account->state != ACCOUNT_READY || !may_reach(account, stanza, &from))
        return refuse_unknown(account, duty, stanza, &from, &to);
    if (!may_invite(account, stanza))
        return true; /* nobody is told that there is somebody */
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
    return true;
}

void deliver_stanza(struct account *account, struct duty *duty,
                    struct channel *channel, const struct frame *frame,
                    struct xml *stanza)
{
    (void)channel, (void)frame;
    if (deliver(account, duty, stanza) && stanza_kind(stanza) == STANZA_MESSAGE)
        archive_sent_done(account->sm, duty, stanza);
}
