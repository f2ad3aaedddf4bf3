#include "stanza.h"

/* RFC 6120 §8.3.3 with its default types, and the codes of XEP-0086. */
struct condition {
    const char *name;
    const char *type;
    const char *code;
};

static const struct condition conditions[] = {
    [ERR_BAD_REQUEST] = {"bad-request", "modify", "400"},
    [ERR_CONFLICT] = {"conflict", "cancel", "409"},
    [ERR_FEATURE_NOT_IMPLEMENTED] = {"feature-not-implemented", "cancel",
                                     "501"},
    [ERR_FORBIDDEN] = {"forbidden", "auth", "403"},
    [ERR_GONE] = {"gone", "cancel", "302"},
    [ERR_INTERNAL_SERVER_ERROR] = {"internal-server-error", "cancel", "500"},
    [ERR_ITEM_NOT_FOUND] = {"item-not-found", "cancel", "404"},
    [ERR_JID_MALFORMED] = {"jid-malformed", "modify", "400"},
    [ERR_NOT_ACCEPTABLE] = {"not-acceptable", "modify", "406"},
    [ERR_NOT_ALLOWED] = {"not-allowed", "cancel", "405"},
    [ERR_NOT_AUTHORIZED] = {"not-authorized", "auth", "401"},
    [ERR_POLICY_VIOLATION] = {"policy-violation", "modify", "405"},
    [ERR_RECIPIENT_UNAVAILABLE] = {"recipient-unavailable", "wait", "404"},
    [ERR_REDIRECT] = {"redirect", "modify", "302"},
    [ERR_REGISTRATION_REQUIRED] = {"registration-required", "auth", "407"},
    [ERR_REMOTE_SERVER_NOT_FOUND] = {"remote-server-not-found", "cancel",
                                     "404"},
    [ERR_REMOTE_SERVER_TIMEOUT] = {"remote-server-timeout", "wait", "504"},
    [ERR_RESOURCE_CONSTRAINT] = {"resource-constraint", "wait", "500"},
    [ERR_SERVICE_UNAVAILABLE] = {"service-unavailable", "cancel", "503"},
    [ERR_SUBSCRIPTION_REQUIRED] = {"subscription-required", "auth", "407"},
    [ERR_UNDEFINED_CONDITION] = {"undefined-condition", "cancel", "500"},
    [ERR_UNEXPECTED_REQUEST] = {"unexpected-request", "wait", "400"},
};

const char *stanza_error_name(enum stanza_error condition)
{
    return conditions[condition].name;
}

/* The empty answer to a stanza: its kind and id, addresses exchanged. */
static struct xml *answer(struct arena *arena, const struct xml *stanza,
                          struct str type)
{
    struct xml *reply = xml_new(arena, NS_CLIENT, stanza->name);

    xml_set(reply, STR("to"), xml_get(stanza, "from"));
    xml_set(reply, STR("from"), xml_get(stanza, "to"));
    xml_set(reply, STR("id"), xml_get(stanza, "id"));
    xml_set(reply, STR("type"), type);
    return reply;
}

/* --- in the language of who asks ------------------------------------------ */

enum language stanza_language(const struct xml *stanza)
{
    return text_language(xml_lang(stanza));
}

struct str stanza_text(const struct xml *asked, const char *english)
{
    return str_of(text_in(stanza_language(asked), english));
}

void stanza_tell_language(struct xml *element, const struct xml *asked)
{
    enum language language = stanza_language(asked);

    if (language != LANGUAGE_EN || text_default() != LANGUAGE_EN)
        xml_set_lang(element, text_tag(language));
}

/* --- errors --------------------------------------------------------------- */

struct xml *stanza_error_reply(struct arena *arena, const struct xml *stanza,
                               enum stanza_error condition, const char *text)
{
    return stanza_error_reply_typed(arena, stanza, condition,
                                    conditions[condition].type, text);
}

struct xml *stanza_error_reply_typed(struct arena *arena,
                                     const struct xml *stanza,
                                     enum stanza_error condition,
                                     const char *type, const char *text)
{
    struct str kind = xml_get(stanza, "type");
    struct xml *reply;
    struct xml *error;

    if (str_is(kind, "error") ||
        (stanza_kind(stanza) == STANZA_IQ && str_is(kind, "result")))
        return NULL;
    reply = answer(arena, stanza, STR("error"));
    error = xml_add(reply, NS_CLIENT, STR("error"));
    xml_set(error, STR("code"), str_of(conditions[condition].code));
    xml_set(error, STR("type"), str_of(type));
    xml_add(error, NS_STANZA_ERROR, str_of(conditions[condition].name));
    if (text)
        stanza_tell_language(
            xml_add_leaf(error, NS_STANZA_ERROR, STR("text"),
                         arena_dup(arena, stanza_text(stanza, text))),
            stanza);
    return reply;
}

struct xml *iq_result(struct arena *arena, const struct xml *iq)
{
    return answer(arena, iq, STR("result"));
}
