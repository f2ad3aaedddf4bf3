/* Delivery of messages to a user (RFC 6121 §8.5.2, §8.5.3). */
#include <limits.h>
#include <utlist.h>

#include "common/service/service.h"
#include "sm/archive/archive.h"
#include "sm/session/carbons.h"
#include "sm/session/departed.h"
#include "sm/session/seen.h"
#include "sm/session/session_queue.h"
#include "sm/privacy/forged.h"
#include "route.h"
#include "sm/pep/pep.h"
#include "sm/quiet/quiet.h"

static bool is_listening(const struct session *session)
{
    return session->is_available && !session->is_doomed &&
           session->priority >= 0;
}

/* Whether it takes what is sent to the bare JID. */
static bool takes_messages(const struct session *session,
                           const struct jid *from)
{
    return is_listening(session) &&
           privacy_allows(session->account, session, from, PRIVACY_MESSAGE);
}

static int highest_priority(const struct account *account,
                            const struct jid *from)
{
    const struct session *session;
    int highest = -1;

    DL_FOREACH(account->sessions, session)
    if (session->priority > highest && takes_messages(session, from))
        highest = session->priority;
    return highest;
}

static void send_one(struct session *session, struct duty *duty,
                     struct xml *message, struct copies **copies)
{
    uint64_t before = session->out;

    session_send(session, duty, message);
    if (!session->account->offline_empty)
        offline_expect_row(session,
                           queued_origin(session->account->sm, duty));
    if (session->account->sessions->next)
        session_tie(session, before, copies);
}

/* Every resource gets its own copy, as it came: the `to` stays. */
static void send_to_all(struct account *account, struct duty *duty,
                        struct xml *message, const struct jid *from, int least,
                        struct copies **copies)
{
    struct session *session;

    DL_FOREACH(account->sessions, session)
    if (session->priority >= least && takes_messages(session, from))
        send_one(session, duty, message, copies);
}

/* What bounced as a copy comes from the account itself, and goes no further
 * (XEP-0280 §10.3); what a room refused was said to the room. */
static bool is_no_ones_error(const struct account *account,
                             const struct xml *message, const struct jid *from)
{
    return message_type(message) == MESSAGE_ERROR &&
           (jid_bare_eq(from, &account->jid) ||
            (jid_is_bare(from) &&
             service_has(account->sm->config, SERVICE_ROOMS, from->domain)));
}

/* Copies for those who did not get the message: `got` did, or with NULL all who
 * take messages with this priority. */
static void send_carbons(struct account *account, struct duty *duty,
                         const struct xml *message, const struct jid *from,
                         const struct session *got, int least,
                         struct copies **copies)
{
    struct session *session;
    uint64_t before;

    if (!carbons_are_due(message, CARBON_RECEIVED) ||
        is_no_ones_error(account, message, from))
        return;
    DL_FOREACH(account->sessions, session)
    {
        bool has_it =
            got ? session == got
                : session->priority >= least && takes_messages(session, from);
        /* What the user sends himself comes to him once. */
        bool is_sender = str_eq(from->full, session->jid.full);

        if (!has_it && !is_sender &&
            privacy_allows(account, session, from, PRIVACY_MESSAGE)) {
            before = session->out;
            carbon_send(session, duty, message, CARBON_RECEIVED);
            session_tie(session, before, copies);
        }
    }
}

/* What was refused is not in the archive either (XEP-0313 §6.1). */
static void refuse(struct account *account, struct duty *duty,
                   const struct xml *message, struct kept *kept)
{
    archive_refuse(kept);
    route_error(account->sm, duty, message, ERR_SERVICE_UNAVAILABLE, NULL);
}

/* Whether somebody's death made it come again, and the session has it: it need not
 * be stored for it, behind what waits. */
static bool has_seen(struct session *session, struct duty *duty)
{
    struct str origin = queued_origin(session->account->sm, duty);

    return origin.len && seen_take(session, origin);
}

/* The message itself is stored, or was there before: nobody gives it back for the
 * copies' sake. */
static void forget_lone_carbons(struct copies *copies, unsigned carbons)
{
    if (copies && copies->holders == carbons)
        copies->is_had = true;
}

static void to_resource(struct session *session, struct duty *duty,
                        struct xml *message, const struct jid *from,
                        struct kept *kept)
{
    struct account *account = session->account;
    struct copies *copies = NULL;
    unsigned carbons;

    if (!privacy_allows(account, session, from, PRIVACY_MESSAGE)) {
        refuse(account, duty, message, kept);
        return;
    }
    if (departed_had(account->sm, account->jid.bare,
                     queued_origin(account->sm, duty)))
        return;
    send_carbons(account, duty, message, from, session, 0, &copies);
    carbons = copies ? copies->holders : 0;
    if (!offline_must_queue(account, session, message))
        send_one(session, duty, message, &copies);
    else if (!has_seen(session, duty))
        offline_store(account, duty, message, account->sm->now_ms, kept);
    forget_lone_carbons(copies, carbons);
}

/* Whether those who listen do not want to hear it, or nobody would later. */
static bool is_unwanted(const struct account *account, const struct jid *from)
{
    const struct session *session;

    DL_FOREACH(account->sessions, session)
    if (is_listening(session))
        return !takes_messages(session, from);
    return !privacy_allows(account, NULL, from, PRIVACY_MESSAGE);
}

static bool have_seen(const struct account *account, struct duty *duty)
{
    struct session *session;
    bool is_seen = false;

    DL_FOREACH(account->sessions, session)
    if (!session->is_doomed) /* which gives it back */
        is_seen |= has_seen(session, duty);
    return is_seen;
}

static void to_the_most_available(struct account *account, struct duty *duty,
                                  struct xml *message, const struct jid *from,
                                  struct kept *kept)
{
    int highest = highest_priority(account, from);
    struct copies *copies = NULL;
    unsigned carbons;

    /* What is given back has no `kept`: that who left had it is the reason. */
    if (kept && departed_had(account->sm, account->jid.bare,
                             queued_origin(account->sm, duty)))
        return;
    if (highest < 0 && is_unwanted(account, from)) {
        refuse(account, duty, message, kept);
        return;
    }
    if (kept) /* nor is it copied a second time */
        send_carbons(account, duty, message, from, NULL,
                     highest < 0 ? 0 : highest, &copies);
    carbons = copies ? copies->holders : 0;
    if (highest >= 0 && !offline_must_queue(account, NULL, message))
        send_to_all(account, duty, message, from, highest, &copies);
    else if (!have_seen(account, duty))
        offline_store(account, duty, message, account->sm->now_ms, kept);
    forget_lone_carbons(copies, carbons);
}

void message_to_account(struct account *account, struct duty *duty,
                        struct xml *message, struct str resource,
                        struct kept *kept)
{
    struct session *session =
        resource.len ? session_by_resource(account, resource) : NULL;
    enum message_type type = message_type(message);
    struct copies *copies = NULL;
    struct jid from;

    if (!jid_parse(&from, &account->sm->arena, xml_get(message, "from")))
        return;
    if (session)
        to_resource(session, duty, message, &from, kept);
    else if (type == MESSAGE_CHAT || (type == MESSAGE_NORMAL && !resource.len))
        to_the_most_available(account, duty, message, &from, kept);
    else if (type == MESSAGE_NORMAL || type == MESSAGE_GROUPCHAT)
        refuse(account, duty, message, kept);
    else if (type == MESSAGE_HEADLINE && !resource.len)
        send_to_all(account, duty, message, &from, 0, &copies);
    else if (type == MESSAGE_ERROR)
        send_carbons(account, duty, message, &from, NULL, INT_MAX, NULL);
    /* News for a resource that is gone helps nobody. */
}

void message_arrived(struct account *account, struct duty *duty,
                     struct xml *message, const struct jid *from,
                     struct str resource)
{
    struct kept kept;

    if (pep_is_from_here(account->sm, message, from)) {
        pep_receive(account, duty, message, from, resource);
        return;
    }
    forged_strip_for_user(account->sm, message);
    archive_take(&kept, account, duty, message, from);
    account->sm->arriving = &kept;
    message_to_account(account, duty, message, resource, &kept);
    account->sm->arriving = NULL;
    archive_write(&kept, account, duty);
    quiet_message(account, message, from);
}
