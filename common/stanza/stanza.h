/* Stanzas: kinds, types, errors and the small parts that many of them carry
 * (RFC 6120 §8, RFC 6121). */
#ifndef POSTHOUSE_STANZA_H
#define POSTHOUSE_STANZA_H

#include "../text/text.h"
#include "../xml/xml.h"
#include "namespaces.h"

enum stanza_kind { STANZA_MESSAGE, STANZA_PRESENCE, STANZA_IQ, STANZA_NONE };
/* Kind of a top-level element in jabber:client; STANZA_NONE for any other. */
enum stanza_kind stanza_kind(const struct xml *element);

enum message_type {
    MESSAGE_NORMAL, /* also an absent or unknown type (RFC 6121 §5.2.2) */
    MESSAGE_CHAT,
    MESSAGE_GROUPCHAT,
    MESSAGE_HEADLINE,
    MESSAGE_ERROR
};
/* The type of a <message/>. */
enum message_type message_type(const struct xml *message);

enum presence_type {
    PRESENCE_AVAILABLE,
    PRESENCE_UNAVAILABLE,
    PRESENCE_PROBE,
    PRESENCE_SUBSCRIBE,
    PRESENCE_SUBSCRIBED,
    PRESENCE_UNSUBSCRIBE,
    PRESENCE_UNSUBSCRIBED,
    PRESENCE_ERROR,
    PRESENCE_INVALID /* an unknown type: bad-request */
};
/* The type of a <presence/>. */
enum presence_type presence_type(const struct xml *presence);

enum iq_type { IQ_GET, IQ_SET, IQ_RESULT, IQ_ERROR, IQ_INVALID };
/* The type of an <iq/>; IQ_INVALID when it is missing or unknown. */
enum iq_type iq_type(const struct xml *iq);

/* The defined conditions of RFC 6120 §8.3.3. */
enum stanza_error {
    ERR_BAD_REQUEST, ERR_CONFLICT, ERR_FEATURE_NOT_IMPLEMENTED, ERR_FORBIDDEN,
    ERR_GONE, ERR_INTERNAL_SERVER_ERROR, ERR_ITEM_NOT_FOUND, ERR_JID_MALFORMED,
    ERR_NOT_ACCEPTABLE, ERR_NOT_ALLOWED, ERR_NOT_AUTHORIZED,
    ERR_POLICY_VIOLATION, ERR_RECIPIENT_UNAVAILABLE, ERR_REDIRECT,
    ERR_REGISTRATION_REQUIRED, ERR_REMOTE_SERVER_NOT_FOUND,
    ERR_REMOTE_SERVER_TIMEOUT, ERR_RESOURCE_CONSTRAINT,
    ERR_SERVICE_UNAVAILABLE, ERR_SUBSCRIPTION_REQUIRED,
    ERR_UNDEFINED_CONDITION, ERR_UNEXPECTED_REQUEST
};
/* "bad-request". */
const char *stanza_error_name(enum stanza_error condition);

/* The language that a stanza asks for (RFC 6120 §8.1.5: its own xml:lang, which
 * c2sd adds from the stream's); the default one when it names none of ours. */
enum language stanza_language(const struct xml *stanza);
/* A text in the language that `asked` asks for, to stand in an answer to it. */
struct str stanza_text(const struct xml *asked, const char *english);
/* Tells by xml:lang in which language the texts in `element`, a part of an answer
 * to `asked`, are; nothing for English, where that is the default. */
void stanza_tell_language(struct xml *element, const struct xml *asked);

/* An error answer to `stanza`: same kind and id, type='error', to and from
 * exchanged, <error/> with the condition's default type, the legacy code
 * (XEP-0086) and an optional text (NULL: none), which is given in English and
 * written in the language of the stanza (§8.3.2); the original payload is not
 * repeated. Returns NULL when `stanza` must not be answered so: it is itself an
 * error or an IQ result (RFC 6120 §8.3.1). In `arena`. */
struct xml *stanza_error_reply(struct arena *arena, const struct xml *stanza,
                               enum stanza_error condition, const char *text);
/* The same with another error type ("wait", "cancel", "modify", "auth",
 * "continue") than the default. */
struct xml *stanza_error_reply_typed(struct arena *arena,
                                     const struct xml *stanza,
                                     enum stanza_error condition,
                                     const char *type, const char *text);
/* An empty <iq type='result'/> with id, to and from exchanged. */
struct xml *iq_result(struct arena *arena, const struct xml *iq);
/* The one child element of an IQ; NULL when there is none. */
struct xml *iq_payload(const struct xml *iq);

/* The presence's priority, -128 … 127, 0 when absent or wrong. */
int presence_priority(const struct xml *presence);

/* Whether there is a <delay/> that this address tells: those of others say
 * nothing of its own. */
bool stanza_is_delayed_by(const struct xml *stanza, struct str from);
/* Adds <delay/> (XEP-0203) with the time of `stamp_ms` (Unix milliseconds). */
void stanza_add_delay(struct xml *stanza, struct str from, int64_t stamp_ms,
                      const char *reason);
/* XEP-0082 UTC timestamp with milliseconds when they are not zero. */
struct str stanza_timestamp(struct arena *arena, int64_t unix_ms);
/* Reads a XEP-0082 date-time; false when it is none. */
MUST_CHECK bool stanza_parse_timestamp(struct str text, int64_t *unix_ms);

/* --- service discovery (XEP-0030 §3.1) ----------------------------------- */

/* Adds an identity to the <query/>; name absent: none. Returns it. */
struct xml *disco_identity(struct xml *query, const char *category,
                           const char *type, struct str name);
/* Adds a feature to the <query/>. */
void disco_feature(struct xml *query, struct str name);
/* The same, unless the <query/> has it. */
void disco_feature_once(struct xml *query, struct str name);

/* --- data forms (XEP-0004) ---------------------------------------------- */

/* Adds one field with its value (absent: none) to a form. */
struct xml *form_add(struct xml *form, const char *var, const char *type,
                     struct str value);
/* The first value of a field; STR_NONE when it is not there. */
struct str form_value(const struct xml *form, const char *var);
/* The <field/> of this name; NULL when it is not there. */
struct xml *form_field(const struct xml *form, const char *var);
/* The <x xmlns='jabber:x:data'/> of this type inside; NULL: none. */
struct xml *form_of(const struct xml *parent, const char *type);

/* A random id of 16 characters, [a-zA-Z0-9]. */
struct str stanza_new_id(struct arena *arena);

#endif
