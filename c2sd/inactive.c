/* Client state indication (XEP-0352): what hardly matters waits until its user
 * looks again, or until something comes that matters. It waits in `out`, where
 * it has its place in the order and its number for XEP-0198; nothing is left
 * out, as the client's count and sm's are one.
 *
 * In its user's quiet hours nothing matters that others send but what sm lets
 * through (sm/quiet): that is followed by <session-wake/>. What waits for a client
 * with XEP-0198 waits behind `out` then, so that an answer to <r/>, by which phones
 * find out that they are connected, does not bring it along. */
#include "client.h"

bool client_state(struct client *client, const struct xml *element)
{
    if (xml_is(element, NS_CSI, "inactive"))
        client->is_inactive = true;
    else if (xml_is(element, NS_CSI, "active"))
        client->is_inactive = false;
    else
        return false;
    client_let_out(client);
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

static bool can_wait(const struct xml *stanza, bool is_quiet)
{
    const struct xml *message;

    switch (stanza_kind(stanza)) {
    case STANZA_PRESENCE:
        return is_quiet || presence_type(stanza) == PRESENCE_AVAILABLE ||
               presence_type(stanza) == PRESENCE_UNAVAILABLE;
    case STANZA_MESSAGE:
        message = original(stanza);
        return message_type(message) != MESSAGE_ERROR &&
               (is_quiet || is_chat_state(message) || is_event(message));
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
        buf_len(&client->out) + buf_len(&client->waiting) + stanza.len >
            bound_of(client))
        return true;
    element = xml_parse(client->c2sd->parser, &arena, stanza);
    is_pressing = !element || !can_wait(element, client->is_quiet);
    arena_clear(&arena);
    return is_pressing;
}

void client_quieten(struct client *client, bool is_quiet)
{
    client->is_quiet = is_quiet;
    if (!is_quiet)
        client_let_out(client);
}

void client_let_out(struct client *client)
{
    client->out_end += buf_len(&client->waiting);
    buf_add(&client->out, buf_view(&client->waiting));
    buf_clear(&client->waiting);
    client_wake(client);
}

struct buf *client_way(struct client *client, bool is_pressing)
{
    if (!is_pressing && client->is_quiet && client->is_managed)
        return &client->waiting;
    if (buf_len(&client->waiting) > 0)
        client_let_out(client);
    return &client->out;
}

void client_wake_for(struct client *client, bool is_pressing)
{
    if (is_pressing)
        client_wake(client);
    else
        client_tell_held(client); /* its sender does not wait as well */
}
