#include "internal.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Forward secrecy and AEAD only, for TLS 1.2. */
#define DEFAULT_CIPHERS                                                        \
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:"               \
    "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:"               \
    "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305"
/* For TLS 1.3: SHA-256 costs less than SHA-384 in each of a handshake's
 * derivations. */
#define CIPHERSUITES                                                           \
    "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:"                           \
    "TLS_CHACHA20_POLY1305_SHA256"
#define GROUPS "X25519:P-256:P-384"

static bool ssl_error(struct error *error, const char *what)
{
    char text[160] = "unknown reason";
    unsigned long code = ERR_get_error();

    if (code && ERR_SYSTEM_ERROR(code))
        (void)snprintf(text, sizeof(text), "%s",
                       strerror(ERR_GET_REASON(code)));
    else if (code)
        ERR_error_string_n(code, text, sizeof(text));
    ERR_clear_error();
    return error_set(error, "%s: %s", what, text);
}

/* --- names and protocols of a handshake ---------------------------------- */

/* Gives the connection the certificate of the name that the client asked for.
 * Without one of its own the first certificate stays. */
static int on_server_name(SSL *ssl, int *alert, void *argument)
{
    const struct tls_server *server = argument;
    const char *name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);

    (void)alert;
    for (size_t i = 0; name && i < server->count; i++) {
        const struct tls_context *context = &server->contexts[i];

        if (context->domain && strcasecmp(context->domain, name) == 0) {
            (void)SSL_set_SSL_CTX(ssl, context->ssl);
            break;
        }
    }
    return SSL_TLSEXT_ERR_OK;
}

static int on_alpn(SSL *ssl, const unsigned char **out, unsigned char *length,
                   const unsigned char *offered, unsigned offered_length,
                   void *argument)
{
    const struct tls_server *server = argument;
    unsigned char *chosen;

    (void)ssl;
    if (SSL_select_next_proto(&chosen, length, server->alpn,
                              (unsigned)server->alpn_length, offered,
                              offered_length) == OPENSSL_NPN_NEGOTIATED) {
        *out = chosen;
        return SSL_TLSEXT_ERR_OK;
    }
    return server->require_alpn ? SSL_TLSEXT_ERR_ALERT_FATAL
                                : SSL_TLSEXT_ERR_NOACK;
}

static bool set_alpn(struct tls_server *server, const char *const *names)
{
    for (; names && *names; names++) {
        size_t length = strlen(*names);

        if (length == 0 || length > 255 ||
            server->alpn_length + 1 + length > sizeof(server->alpn))
            return false;
        server->alpn[server->alpn_length] = (unsigned char)length;
        memcpy(server->alpn + server->alpn_length + 1, *names, length);
        server->alpn_length += 1 + length;
    }
    return true;
}

/* --- contexts ------------------------------------------------------------- */

static bool set_policy(SSL_CTX *ssl, const struct tls_server_options *options)
{
    const char *ciphers = options->ciphers && options->ciphers[0]
                              ? options->ciphers
                              : DEFAULT_CIPHERS;

    (void)SSL_CTX_set_options(
        ssl, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
                 SSL_OP_NO_TICKET | SSL_OP_CIPHER_SERVER_PREFERENCE |
                 SSL_OP_IGNORE_UNEXPECTED_EOF);
    (void)SSL_CTX_set_mode(ssl, SSL_MODE_RELEASE_BUFFERS |
                                    SSL_MODE_ENABLE_PARTIAL_WRITE |
                                    SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    (void)SSL_CTX_set_session_cache_mode(ssl, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_read_ahead(ssl, 1); /* one system call for a record, not two */
    /* Two tickets after each TLS 1.3 handshake cost a quarter of it. */
    return SSL_CTX_set_num_tickets(ssl, 0) &&
           SSL_CTX_set_min_proto_version(ssl, TLS1_2_VERSION) &&
           SSL_CTX_set1_groups_list(ssl, GROUPS) &&
           SSL_CTX_set_ciphersuites(ssl, CIPHERSUITES) &&
           SSL_CTX_set_cipher_list(ssl, ciphers);
}

/* A client certificate is asked for, never demanded: who has none logs in
 * another way, and one that does not verify proves nothing (see
 * tls_client_addresses), which SASL EXTERNAL then says. */
static int accept_unverified(int is_verified, X509_STORE_CTX *store)
{
    (void)is_verified;
    (void)store;
    return 1;
}

/* Other servers show a server's certificate, whichever side they are on. The
 * list of authorities stays empty: that of a whole system is too long to be
 * sent. */
static bool judge_peers(SSL_CTX *ssl, const struct tls_server_options *options,
                        struct error *error)
{
    SSL_CTX_set_verify(ssl, SSL_VERIFY_PEER, accept_unverified);
    if (SSL_CTX_set_purpose(ssl, X509_PURPOSE_SSL_SERVER) != 1)
        return ssl_error(error, "TLS settings");
    if (!options->client_ca || !options->client_ca[0])
        return SSL_CTX_set_default_verify_paths(ssl) == 1 ||
               ssl_error(error, "the authorities of the system");
    return SSL_CTX_load_verify_locations(ssl, options->client_ca, NULL) == 1 ||
           ssl_error(error, options->client_ca);
}

static bool load(SSL_CTX *ssl, const struct tls_certificate *certificate,
                 const struct tls_server_options *options, struct error *error)
{
    if (SSL_CTX_use_certificate_chain_file(ssl, certificate->chain_path) != 1)
        return ssl_error(error, certificate->chain_path);
    if (SSL_CTX_use_PrivateKey_file(ssl, certificate->key_path,
                                    SSL_FILETYPE_PEM) != 1 ||
        SSL_CTX_check_private_key(ssl) != 1)
        return ssl_error(error, certificate->key_path);
    if (options->judges_peers)
        return judge_peers(ssl, options, error);
    if (!options->client_ca || !options->client_ca[0])
        return true;
    if (SSL_CTX_load_verify_locations(ssl, options->client_ca, NULL) != 1)
        return ssl_error(error, options->client_ca);
    SSL_CTX_set_client_CA_list(ssl,
                               SSL_load_client_CA_file(options->client_ca));
    SSL_CTX_set_verify(ssl, SSL_VERIFY_PEER, accept_unverified);
    return true;
}

static bool add_context(struct tls_server *server,
                        const struct tls_certificate *certificate,
                        const struct tls_server_options *options,
                        struct error *error)
{
    struct tls_context *context = &server->contexts[server->count++];

    context->domain =
        certificate->domain ? str_dup_heap(str_of(certificate->domain)) : NULL;
    context->ssl =
        SSL_CTX_new(options->judges_peers ? TLS_method() : TLS_server_method());
    if (!context->ssl || !set_policy(context->ssl, options))
        return ssl_error(error, "TLS settings");
    if (!load(context->ssl, certificate, options, error))
        return false;
    (void)SSL_CTX_set_tlsext_servername_callback(context->ssl, on_server_name);
    (void)SSL_CTX_set_tlsext_servername_arg(context->ssl, server);
    if (server->alpn_length)
        SSL_CTX_set_alpn_select_cb(context->ssl, on_alpn, server);
    return true;
}

struct tls_server *tls_server_new(const struct tls_server_options *options,
                                  struct error *error)
{
    struct tls_server *server = NEW(struct tls_server);
    bool is_right = set_alpn(server, options->alpn) && options->count > 0;

    server->references = 1;
    server->require_alpn = options->require_alpn;
    server->contexts = mem_zalloc(options->count * sizeof(struct tls_context));
    if (!is_right)
        (void)error_set(error, "no certificate, or a wrong ALPN name");
    for (size_t i = 0; is_right && i < options->count; i++)
        is_right =
            add_context(server, &options->certificates[i], options, error);
    if (is_right)
        return server;
    tls_server_unref(server);
    return NULL;
}

void tls_server_unref(struct tls_server *server)
{
    if (!server || --server->references > 0)
        return;
    for (size_t i = 0; i < server->count; i++) {
        free(server->contexts[i].domain);
        SSL_CTX_free(server->contexts[i].ssl);
    }
    free(server->contexts);
    free(server);
}
