/* People who publish, and resources that tell what they want. */
#ifndef POSTHOUSE_TEST_SM_PEP_H
#define POSTHOUSE_TEST_SM_PEP_H

#include "tests/unit/sm/queries.h"

#include "sm/presence/caps.h"

#define PUBSUB(inside)                                                         \
    "<pubsub xmlns='http://jabber.org/protocol/pubsub'>" inside "</pubsub>"
#define OWNER(inside)                                                          \
    "<pubsub xmlns='http://jabber.org/protocol/pubsub#owner'>" inside          \
    "</pubsub>"
#define MINE(type, payload) "<iq type='" type "' id='q1'>" payload "</iq>"
#define PUBLISH_WITH(node, id, payload, options)                               \
    MINE("set", PUBSUB("<publish node='" node "'><item id='" id "'>" payload   \
                       "</item></publish>" options))
#define PUBLISH(node, id, payload) PUBLISH_WITH(node, id, payload, "")
#define FIELD(name, value)                                                     \
    "<field var='pubsub#" name "'><value>" value "</value></field>"
#define FORM(type, fields)                                                     \
    "<x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE' "           \
    "type='hidden'><value>http://jabber.org/protocol/pubsub#" type             \
    "</value></field>" fields "</x>"
#define OPTIONS(fields)                                                        \
    "<publish-options>" FORM("publish-options", fields) "</publish-options>"
#define ITEMS(node) PUBSUB("<items node='" node "'/>")
#define TUNE        "<tune xmlns='urn:tune'><title>Aubade</title></tune>"

/* Who wants events of urn:tune alone, and how it says so. */
#define TUNE_DISCO                                                             \
    "<query xmlns='http://jabber.org/protocol/disco#info'>"                    \
    "<identity category='client' type='pc' name='x'/>"                         \
    "<feature var='urn:tune'/><feature var='urn:tune+notify'/></query>"

/* The hash of such an answer. */
static inline const char *hash_of(struct fixture *t, const char *query)
{
    static char text[128];
    struct str hash;
    struct xml *element = xml_parse(t->sm.parser, &t->sm.arena, str_of(query));

    assert_non_null(element);
    assert_true(caps_hash_of(&t->sm.arena, element, STR("sha-1"), &hash));
    snprintf(text, sizeof(text), "%.*s", STR_ARG(hash));
    return text;
}

/* Presence with the hash of a client. */
static inline void shows(struct fixture *t, const char *user, uint64_t sid,
                         const char *ver)
{
    char text[512];

    snprintf(text, sizeof(text),
             "<presence><c xmlns='http://jabber.org/protocol/caps' "
             "hash='sha-1' node='urn:client' ver='%s'/></presence>",
             ver);
    say(t, user, sid, text);
}

/* The id of the question for capabilities that comes to this stream; "" when
 * none does. */
static inline const char *asked_id(struct fixture *t, uint64_t sid)
{
    static char id[32];

    id[0] = 0;
    while (!id[0] && waiting(t, sid) > 0) {
        const char *body = received(t, sid), *at = strstr(body, " id='");

        if (strstr(body, "node='urn:client#") && at)
            sscanf(at, " id='%31[^']", id);
    }
    return id;
}

static inline void answers_with(struct fixture *t, const char *user,
                                uint64_t sid, const char *id, const char *query)
{
    char text[2048];

    snprintf(text, sizeof(text),
             "<iq type='result' id='%s' to='%s@example.com'>%s</iq>", id, user,
             query);
    say(t, user, sid, text);
}

/* Logs in with a client that wants urn:tune. What comes by that is there to be
 * heard. */
static inline void listens(struct fixture *t, const char *user, uint64_t sid,
                           const char *resource)
{
    const char *id;

    open_session(t, user, sid, resource);
    shows(t, user, sid, hash_of(t, TUNE_DISCO));
    id = asked_id(t, sid);
    if (id[0])
        answers_with(t, user, sid, id, TUNE_DISCO);
}

/* Both see each other. */
static inline void befriend(struct fixture *t)
{
    has_contact(t, "romeo", JULIET, SUB_BOTH);
    has_contact(t, "juliet", ROMEO, SUB_BOTH);
}

/* Nothing with this part has come. */
static inline void hears_nothing_of(struct fixture *t, uint64_t sid,
                                    const char *part)
{
    while (waiting(t, sid) > 0)
        assert_lacks(received(t, sid), part);
}

#endif
