/* Delivery of messages to a user (RFC 6121 §8.5.2, §8.5.3). */
#include <utlist.h>

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

void message_to_account(struct account *account, struct duty *duty,
                        struct xml *message, struct str resource)
{
    struct session *session =
        resource.len ? session_by_resource(account, resource) : NULL;
    enum message_type type = message_type(message);
    int highest;

    if (session) {
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
        if (highest < 0 || send_to_all(account, duty, message, highest) == 0)
            offline_store(account, duty, message, account->sm->now_ms);
        break;
    }
}
