#include "internal.h"

#include <openssl/x509.h>

/* RFC 9266 §4: 32 bytes for this label, no context. */
static struct str exporter(SSL *ssl, struct arena *arena)
{
    static const char label[] = "EXPORTER-Channel-Binding";
    char *bytes = arena_bytes(arena, 32);

    /* In TLS 1.2 it needs the extended master secret to be unique. */
    if (SSL_version(ssl) < TLS1_3_VERSION && !SSL_get_extms_support(ssl))
        return STR_NONE;
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

    if (!certificate)
        return STR_NONE;
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
    size_t length;

    if (SSL_version(ssl) != TLS1_2_VERSION || SSL_session_reused(ssl))
        return STR_NONE;
    length = SSL_get_peer_finished(ssl, bytes, EVP_MAX_MD_SIZE);
    return length ? (struct str){bytes, length} : STR_NONE;
}

struct str tls_channel_binding(struct tls *tls, struct arena *arena,
                               struct str type)
{
    if (str_is(type, "tls-exporter"))
        return exporter(tls->ssl, arena);
    if (str_is(type, "tls-server-end-point"))
        return end_point(tls->ssl, arena);
    if (str_is(type, "tls-unique"))
        return unique(tls->ssl, arena);
    return STR_NONE;
}
