/* What others ask this client: what it can (XEP-0030), whether it is there
 * (XEP-0199). Anything else is told that nobody answers it, and not left to
 * wait (RFC 6120 §8.2.3). */
#include <string.h>

#include "transfer.h"

#define NS_DISCO_INFO "http://jabber.org/protocol/disco#info"
#define NS_PING       "urn:xmpp:ping"
#define NS_ROSTER     "jabber:iq:roster"

#define FEATURE(name) "<feature var='" name "'/>"
#define INFO                                                                   \
    "<query xmlns='" NS_DISCO_INFO "'>"                                        \
    "<identity category='client' type='console' name='phchat'/>" FEATURE(      \
        NS_DISCO_INFO) FEATURE(NS_PING) FEATURE(NS_SI) FEATURE(NS_SI_FILE)     \
        FEATURE(NS_STREAMS_65) FEATURE(NS_HASHES)                              \
            FEATURE("urn:xmpp:hash-function-text-names:sha-256") "</query>"

static void answer_info(struct app *app, const char *id, const char *to,
                        const char *node)
{
    if (node)
        say(app,
            "<iq type='error' id='%s' to='%s'><error type='cancel'>"
            "<item-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>"
            "</error></iq>",
            id, to);
    else
        say(app, "<iq type='result' id='%s' to='%s'>" INFO "</iq>", id, to);
}

static void refuse(struct app *app, const char *id, const char *to)
{
    say(app,
        "<iq type='error' id='%s' to='%s'><error type='cancel'>"
        "<service-unavailable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>"
        "</error></iq>",
        id, to);
}

/* IQs of these have handlers of their own. */
static bool is_handled(const char *type, const char *ns)
{
    return strcmp(type, "set") == 0 &&
           (strcmp(ns, NS_SI) == 0 || strcmp(ns, NS_STREAMS_65) == 0 ||
            strcmp(ns, NS_ROSTER) == 0);
}

static int on_iq(xmpp_conn_t *conn, xmpp_stanza_t *iq, void *data)
{
    struct app *app = data;
    const char *type = xmpp_stanza_get_type(iq);
    const char *from = xmpp_stanza_get_from(iq);
    const char *id = xmpp_stanza_get_id(iq);
    xmpp_stanza_t *payload = xmpp_stanza_get_children(iq);
    const char *ns = payload ? xmpp_stanza_get_ns(payload) : NULL;
    bool is_get = type && strcmp(type, "get") == 0;

    (void)conn;
    if (!from || !type || (!is_get && strcmp(type, "set") != 0))
        return 1;
    id = id ? id : "";
    ns = ns ? ns : "";
    if (is_get && strcmp(ns, NS_DISCO_INFO) == 0)
        answer_info(app, id, from, xmpp_stanza_get_attribute(payload, "node"));
    else if (is_get && strcmp(ns, NS_PING) == 0)
        say(app, "<iq type='result' id='%s' to='%s'/>", id, from);
    else if (!is_handled(type, ns))
        refuse(app, id, from);
    return 1;
}

void disco_start(struct app *app)
{
    xmpp_handler_add(app->conn, on_iq, NULL, "iq", NULL, app);
}
