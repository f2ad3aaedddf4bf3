#include "internal.h"

#include <idn2.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define XMPP_ADDRESS_OID "1.3.6.1.5.5.7.8.5" /* RFC 6120 §13.7.1.4 */
#define SRV_NAME_OID     "1.3.6.1.5.5.7.8.7" /* RFC 4985 §2 */
#define SRV_SERVICE      "_xmpp-server."

char *tls_ascii_name(struct str domain)
{
    char *text = str_dup_heap(domain);
    char *made = NULL, *ascii;

    if (strlen(text) != domain.len ||
        idn2_to_ascii_8z(text, &made, IDN2_NFC_INPUT | IDN2_NO_TR46) !=
            IDN2_OK) {
        free(text);
        return NULL;
    }
    free(text);
    ascii = str_dup_heap(str_of(made));
    idn2_free(made);
    return ascii;
}

/* The text of an otherName of this kind, as its type of string says; absent for
 * every other name. */
static struct str other_name(const GENERAL_NAME *name, const char *oid,
                             int type)
{
    ASN1_OBJECT *kind = OBJ_txt2obj(oid, 1);
    struct str text = STR_NONE;

    if (kind && name->type == GEN_OTHERNAME &&
        OBJ_cmp(name->d.otherName->type_id, kind) == 0 &&
        name->d.otherName->value->type == type) {
        const ASN1_STRING *value = name->d.otherName->value->value.asn1_string;

        text = (struct str){(const char *)ASN1_STRING_get0_data(value),
                            (size_t)ASN1_STRING_length(value)};
    }
    ASN1_OBJECT_free(kind);
    return text;
}

static bool names_service(const GENERAL_NAME *name, struct str domain,
                          struct str ascii)
{
    struct str srv = other_name(name, SRV_NAME_OID, V_ASN1_IA5STRING);

    if (srv.len > strlen(SRV_SERVICE) &&
        strncasecmp(srv.p, SRV_SERVICE, strlen(SRV_SERVICE)) == 0) {
        srv.p += strlen(SRV_SERVICE);
        srv.len -= strlen(SRV_SERVICE);
        if (str_eq_nocase(srv, ascii))
            return true;
    }
    return str_eq(other_name(name, XMPP_ADDRESS_OID, V_ASN1_UTF8STRING),
                  domain);
}

static bool names(X509 *certificate, struct str domain, const char *ascii)
{
    GENERAL_NAMES *all;
    bool is_named = X509_check_host(certificate, ascii, 0,
                                    X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS |
                                        X509_CHECK_FLAG_NEVER_CHECK_SUBJECT,
                                    NULL) == 1;

    if (is_named)
        return true;
    all = X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);
    for (int i = 0; !is_named && i < sk_GENERAL_NAME_num(all); i++)
        is_named =
            names_service(sk_GENERAL_NAME_value(all, i), domain, str_of(ascii));
    GENERAL_NAMES_free(all);
    return is_named;
}

bool tls_peer_is(struct tls *tls, struct str domain, struct error *why)
{
    X509 *certificate = SSL_get0_peer_certificate(tls->ssl);
    long result = SSL_get_verify_result(tls->ssl);
    char *ascii;
    bool is_named;

    if (!certificate)
        return error_set(why, "no certificate");
    if (result != X509_V_OK)
        return error_set(why, "%s", X509_verify_cert_error_string(result));
    ascii = tls_ascii_name(domain);
    is_named = ascii && names(certificate, domain, ascii);
    free(ascii);
    return is_named || error_set(why, "the certificate is for another domain");
}
