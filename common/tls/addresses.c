#include "internal.h"

#include <openssl/x509v3.h>
#include <string.h>

/* id-on-xmppAddr (RFC 6120 §13.7.1.4). */
#define XMPP_ADDRESS_OID "1.3.6.1.5.5.7.8.5"

/* Adds the address of one subjectAltName when it is a UTF8String without white
 * space or NUL, so that no name can pretend to be two. */
static void add_address(const GENERAL_NAME *name, const ASN1_OBJECT *kind,
                        struct buf *into)
{
    const ASN1_UTF8STRING *text;
    struct str address;

    if (name->type != GEN_OTHERNAME ||
        OBJ_cmp(name->d.otherName->type_id, kind) != 0 ||
        name->d.otherName->value->type != V_ASN1_UTF8STRING)
        return;
    text = name->d.otherName->value->value.utf8string;
    address = (struct str){(const char *)ASN1_STRING_get0_data(text),
                           (size_t)ASN1_STRING_length(text)};
    for (size_t i = 0; i < address.len; i++)
        if ((unsigned char)address.p[i] <= ' ')
            return;
    if (address.len == 0)
        return;
    if (buf_len(into) > 0)
        buf_add_char(into, ' ');
    buf_add(into, address);
}

struct str tls_client_addresses(struct tls *tls, struct arena *arena)
{
    X509 *certificate = SSL_get0_peer_certificate(tls->ssl);
    GENERAL_NAMES *names;
    ASN1_OBJECT *kind;
    struct buf found = {0};
    struct str addresses;

    if (!certificate || SSL_get_verify_result(tls->ssl) != X509_V_OK)
        return STR_NONE;
    names = X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);
    kind = OBJ_txt2obj(XMPP_ADDRESS_OID, 1);
    for (int i = 0; kind && i < sk_GENERAL_NAME_num(names); i++)
        add_address(sk_GENERAL_NAME_value(names, i), kind, &found);
    addresses = arena_dup(arena, buf_view(&found));
    buf_clear(&found);
    ASN1_OBJECT_free(kind);
    GENERAL_NAMES_free(names);
    return addresses;
}
