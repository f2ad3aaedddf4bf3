#include "stanza.h"

/* Position of `name` in a table of names; `count` when it is not there. */
static size_t find(struct str name, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (str_is(name, names[i]))
            return i;
    return count;
}

enum stanza_kind stanza_kind(const struct xml *element)
{
    static const char *const names[] = {"message", "presence", "iq"};

    if (!str_eq(element->ns, NS_CLIENT))
        return STANZA_NONE;
    return (enum stanza_kind)find(element->name, names, COUNT_OF(names));
}

enum message_type message_type(const struct xml *message)
{
    static const char *const names[] = {"normal", "chat", "groupchat",
                                        "headline", "error"};
    size_t at = find(xml_get(message, "type"), names, COUNT_OF(names));

    return at == COUNT_OF(names) ? MESSAGE_NORMAL : (enum message_type)at;
}

static const char *const presence_names[] = {
    "",           "unavailable", "probe",        "subscribe",
    "subscribed", "unsubscribe", "unsubscribed", "error",
};

enum presence_type presence_type(const struct xml *presence)
{
    struct str type = xml_get(presence, "type");

    if (!type.p)
        return PRESENCE_AVAILABLE;
    if (type.len == 0)
        return PRESENCE_INVALID;
    return (enum presence_type)find(type, presence_names,
                                    COUNT_OF(presence_names));
}

enum iq_type iq_type(const struct xml *iq)
{
    static const char *const names[] = {"get", "set", "result", "error"};

    return (enum iq_type)find(xml_get(iq, "type"), names, COUNT_OF(names));
}

struct xml *iq_payload(const struct xml *iq)
{
    return xml_child(iq, STR_NONE, NULL);
}

int presence_priority(const struct xml *presence)
{
    struct str text = xml_child_text(presence, NS_CLIENT, "priority");
    int64_t value;

    if (!str_to_i64(text, &value) || value < -128 || value > 127)
        return 0;
    return (int)value;
}
