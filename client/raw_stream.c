/* A stream on which nobody logs in: STARTTLS, then what is done before a login.
 */
#include "phchat.h"

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
        app->before_login(app);
    } else if (xmpp_stanza_get_child_by_name(stanza, "starttls")) {
        xmpp_handler_add(conn, on_proceed, XMPP_NS_TLS, "proceed", NULL, app);
        say(app, "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>");
    } else {
        SHOW(app, "error", {"text", "The server offers no TLS"});
        session_end(app, EXIT_REFUSED);
    }
    return 1;
}

bool raw_stream_start(struct app *app)
{
    if (!app->before_login)
        return false;
    xmpp_handler_add(app->conn, on_features, XMPP_NS_STREAMS, "features", NULL,
                     app);
    xmpp_conn_open_stream_default(app->conn);
    return true;
}
