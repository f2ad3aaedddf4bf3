#include "internal.h"

#include <openssl/x509.h>

/* In TLS 1.2 it needs the extended master secret to be unique. */
static bool has_exporter(SSL *ssl)
{
    return SSL_version(ssl) >= TLS1_3_VERSION || SSL_get_extms_support(ssl);
}

static bool has_end_point(SSL *ssl)
{
    return SSL_get_certificate(ssl) != NULL;
}

static bool has_unique(SSL *ssl)
{
    return SSL_version(ssl) == TLS1_2_VERSION && !SSL_session_reused(ssl);
}

/* RFC 9266 §4: 32 bytes for this label, no context. */
static struct str exporter(SSL *ssl, struct arena *arena)
{
    static const char label[] = "EXPORTER-Channel-Binding";
    char *bytes = arena_bytes(arena, 32);

    if (SSL_export_keying_material(ssl, (unsigned char *)bytes, 32, label,
                                   sizeof(label) - 1, NULL, 0, 0) != 1)
        return STR_NONE;
    return (struct str){bytes, 32};
}

/* RFC 5929 §4: the certificate's hash, by the hash of its signature, where MD5
 * and SHA-1 count as SHA-256. */
static struct str end_point(SSL *ssl, struct arena *arena)
{
    X509 *certificate = SSL_get_certificate(ssl);
    const EVP_MD *digest = NULL;
    unsigned length = 0;
    char *bytes = arena_bytes(arena, EVP_MAX_MD_SIZE);
    int nid;

    if (X509_get_signature_info(certificate, &nid, NULL, NULL, NULL) == 1 &&
        nid != NID_undef && nid != NID_md5 && nid != NID_sha1)
        digest = EVP_get_digestbynid(nid);
    if (X509_digest(certificate, digest ? digest : EVP_sha256(),
                    (unsigned char *)bytes, &length) != 1)
        return STR_NONE;
    return (struct str){bytes, length};
}

/* RFC 5929 §3: the first Finished message, which without resumption is the
 * client's. TLS 1.3 has none. */
static struct str unique(SSL *ssl, struct arena *arena)
{
    char *bytes = arena_bytes(arena, EVP_MAX_MD_SIZE);
    size_t length = SSL_get_peer_finished(ssl, bytes, EVP_MAX_MD_SIZE);

    return length ? (struct str){bytes, length} : STR_NONE;
}

static const struct binding {
    const char *type;
    bool (*is_there)(SSL *ssl);
    struct str (*bytes)(SSL *ssl, struct arena *arena);
} bindings[] = {
    {"tls-exporter", has_exporter, exporter},
    {"tls-server-end-point", has_end_point, end_point},
    {"tls-unique", has_unique, unique},
};

/* NULL: it does not exist here. */
static const struct binding *find(const struct tls *tls, struct str type)
{
    for (size_t i = 0; i < COUNT_OF(bindings); i++)
        if (str_is(type, bindings[i].type))
            return bindings[i].is_there(tls->ssl) ? &bindings[i] : NULL;
    return NULL;
}

bool tls_has_channel_binding(const struct tls *tls, struct str type)
{
    return find(tls, type) != NULL;
}

struct str tls_channel_binding(struct tls *tls, struct arena *arena,
                               struct str type)
{
    const struct binding *binding = find(tls, type);

    return binding ? binding->bytes(tls->ssl, arena) : STR_NONE;
}
