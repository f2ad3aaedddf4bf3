/* TLS of one connection: which side begins, and whose certificate is shown. */
#include "connection.h"

#define SERVER_PROTOCOL "xmpp-server" /* XEP-0368 §5 */

void connection_start_tls(struct connection *connection, bool is_direct)
{
    struct shell *shell = connection->shell;
    const struct stream *stream = connection->stream;

    connection->is_handshaking = true;
    if (!stream->is_outgoing) {
        connection->tls = tls_accept(is_direct ? shell->direct_tls : shell->tls,
                                     connection->fd);
        return;
    }
    connection->tls =
        tls_connect(shell->tls, connection->fd, stream->local, stream->remote,
                    is_direct ? SERVER_PROTOCOL : NULL);
    connection_wake(connection); /* the first word of the handshake is ours */
}

bool connection_shake_hands(struct connection *connection)
{
    enum tls_result result = tls_handshake(connection->tls);

    connection->wants_write = result == TLS_WANT_WRITE;
    if (result == TLS_OK) {
        connection->is_handshaking = false;
        stream_secured(connection->stream);
    }
    if (!tls_is_over(result))
        return true;
    log_event(LOG_LEVEL_WARN, "tls-failed",
              LOG_STR("domain", connection->stream->remote),
              LOG_TEXT("peer", connection->stream->peer),
              LOG_TEXT("reason", tls_failure(connection->tls)));
    return false;
}

bool connection_peer_is(void *ctx, struct str domain, struct error *why)
{
    const struct connection *connection = ctx;

    if (!connection->tls)
        return error_set(why, "no TLS");
    return tls_peer_is(connection->tls, domain, why);
}
