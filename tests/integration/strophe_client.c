/* A client on libstrophe: logs in over TLS, sends one message to itself, and
 * leaves with status 0 when it has come back.
 *
 *   strophe_client JID PASSWORD HOST PORT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strophe.h>

#define TEXT "a word to myself"

struct visitor {
    xmpp_ctx_t *ctx;
    int status;
};

static int on_message(xmpp_conn_t *conn, xmpp_stanza_t *stanza, void *data)
{
    struct visitor *visitor = data;
    char *body;
    xmpp_stanza_t *child = xmpp_stanza_get_child_by_name(stanza, "body");

    if (!child)
        return 1;
    body = xmpp_stanza_get_text(child);
    if (body && strcmp(body, TEXT) == 0)
        visitor->status = EXIT_SUCCESS;
    xmpp_free(visitor->ctx, body);
    xmpp_disconnect(conn);
    return 0;
}

static void greet(xmpp_conn_t *conn, struct visitor *visitor)
{
    xmpp_stanza_t *presence = xmpp_presence_new(visitor->ctx);
    xmpp_stanza_t *message = xmpp_message_new(
        visitor->ctx, "chat", xmpp_conn_get_bound_jid(conn), "self-1");

    xmpp_message_set_body(message, TEXT);
    xmpp_send(conn, presence);
    xmpp_send(conn, message);
    xmpp_stanza_release(presence);
    xmpp_stanza_release(message);
}

static void on_connection(xmpp_conn_t *conn, xmpp_conn_event_t event, int error,
                          xmpp_stream_error_t *stream_error, void *data)
{
    struct visitor *visitor = data;

    (void)error;
    (void)stream_error;
    if (event != XMPP_CONN_CONNECT) {
        xmpp_stop(visitor->ctx);
        return;
    }
    xmpp_handler_add(conn, on_message, NULL, "message", NULL, visitor);
    greet(conn, visitor);
}

static int on_late(xmpp_ctx_t *ctx, void *data)
{
    (void)data;
    fprintf(stderr, "strophe_client: too late\n");
    xmpp_stop(ctx);
    return 0;
}

int main(int argc, char **argv)
{
    struct visitor visitor = {.status = EXIT_FAILURE};
    xmpp_conn_t *conn;

    if (argc != 5) {
        fprintf(stderr, "usage: strophe_client JID PASSWORD HOST PORT\n");
        return 2;
    }
    xmpp_initialize();
    visitor.ctx = xmpp_ctx_new(NULL, xmpp_get_default_logger(XMPP_LEVEL_WARN));
    conn = xmpp_conn_new(visitor.ctx);
    xmpp_conn_set_flags(conn, XMPP_CONN_FLAG_MANDATORY_TLS |
                                  XMPP_CONN_FLAG_TRUST_TLS);
    xmpp_conn_set_jid(conn, argv[1]);
    xmpp_conn_set_pass(conn, argv[2]);
    xmpp_global_timed_handler_add(visitor.ctx, on_late, 15000, NULL);
    if (xmpp_connect_client(conn, argv[3], (unsigned short)atoi(argv[4]),
                            on_connection, &visitor) == XMPP_EOK)
        xmpp_run(visitor.ctx);
    xmpp_conn_release(conn);
    xmpp_ctx_free(visitor.ctx);
    xmpp_shutdown();
    return visitor.status;
}
