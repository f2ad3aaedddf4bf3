/* Client state indication (XEP-0352): what hardly matters waits until its user
 * looks again, or until something comes that matters. It waits in `out`, where
 * it has its place in the order and its number for XEP-0198; nothing is left
 * out, as the client's count and sm's are one. */
#include "client.h"

bool client_state(struct client *client, const struct xml *element)
{
    if (xml_is(element, NS_CSI, "inactive"))
        client->is_inactive = true;
    else if (xml_is(element, NS_CSI, "active"))
        client->is_inactive = false;
    else
        return false;
    client_wake(client);
    return true;
}

/* The message that a carbon is a copy of (XEP-0280); any other itself. */
static const struct xml *original(const struct xml *message)
{
    const struct xml *carbon = xml_child(message, NS_CARBONS, NULL);
    const struct xml *forwarded =
        carbon ? xml_child(carbon, NS_FORWARD, "forwarded") : NULL;
    const struct xml *inner =
        forwarded ? xml_child(forwarded, NS_CLIENT, "message") : NULL;

    return inner ? inner : message;
}

/* Whether it says no more than that somebody is typing (XEP-0085). */
static bool is_chat_state(const struct xml *message)
{
    const struct xml *child = xml_child(message, STR_NONE, NULL);
    bool has_state = false;

    for (; child; child = xml_next(child, STR_NONE, NULL)) {
        if (str_eq(child->ns, NS_CHATSTATES))
            has_state = true;
        else if (!xml_is(child, NS_CLIENT, "thread") &&
                 !str_eq(child->ns, NS_HINTS) &&
                 !str_eq(child->ns, NS_STANZA_ID) &&
                 !str_eq(child->ns, NS_OCCUPANT_ID))
            return false;
    }
    return has_state;
}

/* What a service publishes, unasked (XEP-0060, XEP-0163). */
static bool is_event(const struct xml *message)
{
    return message_type(message) == MESSAGE_HEADLINE &&
           xml_child(message, NS_PUBSUB_EVENT, "event") &&
           !xml_child(message, NS_CLIENT, "body");
}

static bool can_wait(const struct xml *stanza)
{
    const struct xml *message;

    switch (stanza_kind(stanza)) {
    case STANZA_PRESENCE:
        return presence_type(stanza) == PRESENCE_AVAILABLE ||
               presence_type(stanza) == PRESENCE_UNAVAILABLE;
    case STANZA_MESSAGE:
        message = original(stanza);
        return message_type(message) != MESSAGE_ERROR &&
               (is_chat_state(message) || is_event(message));
    default:
        return false;
    }
}

/* How much may wait: never so much that the client is taken for a slow one. */
static size_t bound_of(const struct client *client)
{
    const struct config *config = client->c2sd->config;
    int64_t bytes = config_int(config, "c2sd.inactive-buffer");
    int64_t most = config_int(config, "c2sd.max-send-buffer");

    return (size_t)(bytes < most ? bytes : most);
}

bool client_is_pressing(const struct client *client, struct str stanza)
{
    struct arena arena = {0};
    const struct xml *element;
    bool is_pressing;

    if (!client->is_inactive ||
        buf_len(&client->out) + stanza.len > bound_of(client))
        return true;
    element = xml_parse(client->c2sd->parser, &arena, stanza);
    is_pressing = !element || !can_wait(element);
    arena_clear(&arena);
    return is_pressing;
}

void client_wake_for(struct client *client, bool is_pressing)
{
    if (is_pressing)
        client_wake(client);
    else
        client_tell_held(client); /* its sender does not wait as well */
}
