/* Delivery of messages to a user (RFC 6121 §8.5.2, §8.5.3). */
#include <utlist.h>

#include "carbons.h"
#include "route.h"

static bool takes_messages(const struct session *session)
{
    return session->is_available && !session->is_doomed &&
           session->priority >= 0;
}

static int highest_priority(const struct account *account)
{
    const struct session *session;
    int highest = -1;

    DL_FOREACH(account->sessions, session)
    if (takes_messages(session) && session->priority > highest)
        highest = session->priority;
    return highest;
}

/* Every resource gets its own copy, as it came: the `to` stays. */
static unsigned send_to_all(struct account *account, struct duty *duty,
                            struct xml *message, int least)
{
    struct session *session;
    unsigned count = 0;

    DL_FOREACH(account->sessions, session)
    if (takes_messages(session) && session->priority >= least) {
        session_send(session, duty, message);
        count++;
    }
    return count;
}

/* Copies for those who did not get the message: `got` did, or with NULL all who
 * take messages with this priority. */
static void send_carbons(struct account *account, struct duty *duty,
                         const struct xml *message, const struct session *got,
                         int least)
{
    struct session *session;
    struct jid from;

    if (!carbons_are_due(message, CARBON_RECEIVED) ||
        !jid_parse(&from, &account->sm->arena, xml_get(message, "from")))
        return;
    DL_FOREACH(account->sessions, session)
    {
        bool has_it =
            got ? session == got
                : takes_messages(session) && session->priority >= least;
        /* What the user sends himself comes to him once. */
        bool is_sender = str_eq(from.full, session->jid.full);

        if (!has_it && !is_sender &&
            privacy_allows(account, session, &from, PRIVACY_MESSAGE))
            carbon_send(session, duty, message, CARBON_RECEIVED);
    }
}

void message_to_account(struct account *account, struct duty *duty,
                        struct xml *message, struct str resource)
{
    struct session *session =
        resource.len ? session_by_resource(account, resource) : NULL;
    enum message_type type = message_type(message);
    int highest;

    if (session) {
        send_carbons(account, duty, message, session, 0);
        session_send(session, duty, message);
        return;
    }
    switch (type) {
    case MESSAGE_ERROR:
        break; /* an error about nobody helps nobody */
    case MESSAGE_GROUPCHAT:
        route_error(account->sm, duty, message, ERR_SERVICE_UNAVAILABLE, NULL);
        break;
    case MESSAGE_HEADLINE:
        if (!resource.len)
            send_to_all(account, duty, message, 0);
        break;
    case MESSAGE_NORMAL:
    case MESSAGE_CHAT:
        highest = highest_priority(account);
        send_carbons(account, duty, message, NULL, highest < 0 ? 0 : highest);
        if (highest < 0 || send_to_all(account, duty, message, highest) == 0)
            offline_store(account, duty, message, account->sm->now_ms);
        break;
    }
}
