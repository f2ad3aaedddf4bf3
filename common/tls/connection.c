#include "internal.h"

#include <openssl/err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define READ_STEP (16u << 10) /* what one TLS record may hold */

/* The certificate for names without their own, or else the first. */
static SSL_CTX *default_context(const struct tls_server *server)
{
    for (size_t i = 0; i < server->count; i++)
        if (!server->contexts[i].domain)
            return server->contexts[i].ssl;
    return server->contexts[0].ssl;
}

static struct tls *connection_new(struct tls_server *server, SSL_CTX *context,
                                  int fd)
{
    struct tls *tls = NEW(struct tls);
    BIO *bio = tls_bio_new(fd);

    tls->ssl = SSL_new(context);
    if (!tls->ssl)
        abort(); /* without memory */
    SSL_set_bio(tls->ssl, bio, bio);
    tls->server = server;
    tls->fd = fd;
    server->references++;
    return tls;
}

struct tls *tls_accept(struct tls_server *server, int fd)
{
    struct tls *tls = connection_new(server, default_context(server), fd);

    SSL_set_accept_state(tls->ssl);
    return tls;
}

static SSL_CTX *context_of(const struct tls_server *server, struct str domain)
{
    for (size_t i = 0; i < server->count; i++)
        if (server->contexts[i].domain &&
            str_eq_nocase(str_of(server->contexts[i].domain), domain))
            return server->contexts[i].ssl;
    return default_context(server);
}

struct tls *tls_connect(struct tls_server *server, int fd, struct str own,
                        struct str name, const char *alpn)
{
    struct tls *tls = connection_new(server, context_of(server, own), fd);
    char *ascii = tls_ascii_name(name);
    unsigned char wire[64];
    size_t length = alpn ? strlen(alpn) : 0;

    SSL_set_connect_state(tls->ssl);
    if (ascii)
        (void)SSL_set_tlsext_host_name(tls->ssl, ascii);
    free(ascii);
    if (length > 0 && length < sizeof(wire)) {
        wire[0] = (unsigned char)length;
        memcpy(wire + 1, alpn, length);
        (void)SSL_set_alpn_protos(tls->ssl, wire, (unsigned)length + 1);
    }
    return tls;
}

void tls_free(struct tls *tls)
{
    if (!tls)
        return;
    SSL_free(tls->ssl);
    tls_server_unref(tls->server);
    free(tls);
}

/* What a call that did not succeed means. */
static enum tls_result judge(struct tls *tls, int result)
{
    unsigned long code;
    const char *reason;

    switch (SSL_get_error(tls->ssl, result)) {
    case SSL_ERROR_WANT_READ:
        return TLS_WANT_READ;
    case SSL_ERROR_WANT_WRITE:
        return TLS_WANT_WRITE;
    case SSL_ERROR_ZERO_RETURN:
        return TLS_CLOSED;
    default:
        code = ERR_get_error();
        reason = code ? ERR_reason_error_string(code) : NULL;
        tls->failure = reason ? reason : "the connection was lost";
        ERR_clear_error();
        return TLS_FAILED;
    }
}

/* What others left in this thread's queue of errors is not ours. */
static void forget_errors(void)
{
    if (ERR_peek_error())
        ERR_clear_error();
}

enum tls_result tls_handshake(struct tls *tls)
{
    int result;

    forget_errors();
    result = SSL_do_handshake(tls->ssl);
    return result == 1 ? TLS_OK : judge(tls, result);
}

enum tls_result tls_read(struct tls *tls, struct buf *into, size_t max)
{
    size_t total = 0;

    while (total < max) {
        size_t step = max - total < READ_STEP ? max - total : READ_STEP;
        size_t got = 0;
        int result;

        forget_errors();
        result = SSL_read_ex(tls->ssl, buf_reserve(into, step), step, &got);
        if (result != 1)
            return total > 0 ? TLS_OK : judge(tls, result);
        buf_added(into, got);
        total += got;
        /* What is still in the socket makes it readable again; to ask now would
         * mostly be a system call for nothing. */
        if (!SSL_has_pending(tls->ssl))
            break;
    }
    return TLS_OK;
}

enum tls_result tls_write(struct tls *tls, struct buf *from)
{
    while (buf_len(from) > 0) {
        struct str bytes = buf_view(from);
        size_t written = 0;
        int result;

        forget_errors();
        result = SSL_write_ex(tls->ssl, bytes.p, bytes.len, &written);
        if (result != 1)
            return judge(tls, result);
        buf_consume(from, written);
    }
    return TLS_OK;
}

void tls_shutdown(struct tls *tls)
{
    ERR_clear_error();
    /* Best effort: a peer that does not read gets none. Before the handshake is
     * done, or after a failure, there is nothing to close. */
    if (SSL_is_init_finished(tls->ssl) && !tls->failure)
        (void)SSL_shutdown(tls->ssl);
    ERR_clear_error();
}

const char *tls_failure(const struct tls *tls)
{
    return tls->failure ? tls->failure : "";
}
