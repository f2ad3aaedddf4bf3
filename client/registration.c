/* An account of one's own (XEP-0077), before the login: STARTTLS first. */
#include <stdlib.h>
#include <string.h>

#include "phchat.h"

static void on_registered(struct app *app, xmpp_stanza_t *answer, void *data)
{
    (void)data;
    if (is_refused(app, answer)) {
        session_end(app, EXIT_REFUSED);
        return;
    }
    SHOW(app, "registered", {"jid", app->options.jid});
    session_end(app, EXIT_SUCCESS);
}

static void ask_for_account(struct app *app)
{
    const char *jid = app->options.jid;
    const char *domain = strchr(jid, '@') + 1;
    char *user = str_dup_heap((struct str){jid, strcspn(jid, "@")});
    char *to = str_dup_heap((struct str){domain, strcspn(domain, "/")});

    ask(app, "set", to, on_registered, NULL,
        "<query xmlns='jabber:iq:register'><username>%s</username>"
        "<password>%s</password></query>",
        user, app->options.password);
    free(user);
    free(to);
}

static int on_proceed(xmpp_conn_t *conn, xmpp_stanza_t *stanza, void *data)
{
    (void)stanza;
    if (xmpp_conn_tls_start(conn) == 0)
        xmpp_conn_open_stream_default(conn);
    else
        session_end(data, EXIT_REFUSED);
    return 0;
}

static int on_features(xmpp_conn_t *conn, xmpp_stanza_t *stanza, void *data)
{
    struct app *app = data;

    if (xmpp_conn_is_secured(conn)) {
        ask_for_account(app);
    } else if (xmpp_stanza_get_child_by_name(stanza, "starttls")) {
        xmpp_handler_add(conn, on_proceed, XMPP_NS_TLS, "proceed", NULL, app);
        say(app, "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>");
    } else {
        SHOW(app, "error", {"text", "The server offers no TLS"});
        session_end(app, EXIT_REFUSED);
    }
    return 1;
}

bool registration_start(struct app *app)
{
    if (!app->is_registering)
        return false;
    xmpp_handler_add(app->conn, on_features, XMPP_NS_STREAMS, "features", NULL,
                     app);
    xmpp_conn_open_stream_default(app->conn);
    return true;
}
