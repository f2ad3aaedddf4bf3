#include "identity.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "../common/grant/grant.h"
#include "../common/tls/tls.h"
#include "accounts.h"

#define VALID_SECONDS (10L * 365 * 24 * 3600)

static bool names_all(X509 *certificate, const struct values *domains)
{
    bool is_named = true;

    for (size_t i = 0; is_named && i < domains->count; i++) {
        char *name = tls_ascii_name(str_of(domains->items[i]));

        is_named = name && X509_check_host(certificate, name, 0, 0, NULL) == 1;
        free(name);
    }
    return is_named;
}

static bool is_usable(const struct layout *layout, const struct values *domains)
{
    FILE *file = fopen(layout->certificate, "re");
    X509 *certificate = file ? PEM_read_X509(file, NULL, NULL, NULL) : NULL;
    bool is_fine = certificate && access(layout->tls_key, R_OK) == 0 &&
                   names_all(certificate, domains);

    X509_free(certificate);
    if (file)
        (void)fclose(file);
    return is_fine;
}

static bool add_extension(X509 *certificate, int nid, const char *value)
{
    X509V3_CTX context;
    X509_EXTENSION *extension;
    bool is_added;

    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, certificate, certificate, NULL, NULL, 0);
    extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
    is_added = extension && X509_add_ext(certificate, extension, -1) == 1;
    X509_EXTENSION_free(extension);
    return is_added;
}

static bool add_names(X509 *certificate, const struct values *domains)
{
    struct buf names = {0};
    bool is_added = true;

    buf_add_text(&names, "DNS:localhost,IP:127.0.0.1,IP:::1");
    for (size_t i = 0; is_added && i < domains->count; i++) {
        char *name = tls_ascii_name(str_of(domains->items[i]));

        is_added = name != NULL;
        if (name)
            buf_printf(&names, ",DNS:%s", name);
        free(name);
    }
    buf_add_char(&names, '\0');
    is_added = is_added && add_extension(certificate, NID_subject_alt_name,
                                         buf_view(&names).p);
    buf_clear(&names);
    return is_added;
}

/* It is its own authority, so that clients can be told to trust it. */
static bool fill(X509 *certificate, EVP_PKEY *key, const struct values *domains)
{
    X509_NAME *name = X509_get_subject_name(certificate);
    uint64_t serial;

    return RAND_bytes((unsigned char *)&serial, sizeof(serial)) == 1 &&
           X509_set_version(certificate, X509_VERSION_3) == 1 &&
           ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate),
                                   serial >> 1) == 1 &&
           X509_gmtime_adj(X509_getm_notBefore(certificate), -3600) &&
           X509_gmtime_adj(X509_getm_notAfter(certificate), VALID_SECONDS) &&
           X509_NAME_add_entry_by_txt(
               name, "CN", MBSTRING_UTF8,
               (const unsigned char *)"Posthouse, self-signed", -1, -1,
               0) == 1 &&
           X509_set_issuer_name(certificate, name) == 1 &&
           X509_set_pubkey(certificate, key) == 1 &&
           add_extension(certificate, NID_basic_constraints,
                         "critical,CA:TRUE") &&
           add_extension(certificate, NID_key_usage,
                         "critical,digitalSignature,keyCertSign") &&
           add_extension(certificate, NID_ext_key_usage, "serverAuth") &&
           add_extension(certificate, NID_subject_key_identifier, "hash") &&
           add_names(certificate, domains) &&
           X509_sign(certificate, key, EVP_sha256()) > 0;
}

/* What a memory BIO holds becomes a file. */
static bool save(BIO *bio, const char *path, mode_t mode, const char *group,
                 struct error *error)
{
    char *bytes;
    long length = BIO_get_mem_data(bio, &bytes);
    struct owner owner;

    return accounts_owner(&owner, NULL, group, error) &&
           files_write(path, (struct str){bytes, (size_t)length}, mode, &owner,
                       error);
}

static bool save_both(const struct layout *layout, X509 *certificate,
                      EVP_PKEY *key, struct error *error)
{
    BIO *key_text = BIO_new(BIO_s_mem());
    BIO *certificate_text = BIO_new(BIO_s_mem());
    bool is_saved = (PEM_write_bio_PrivateKey(key_text, key, NULL, NULL, 0,
                                              NULL, NULL) == 1 &&
                     PEM_write_bio_X509(certificate_text, certificate) == 1) ||
                    error_set(error, "the certificate could not be written");

    is_saved = is_saved &&
               save(key_text, layout->tls_key, 0640, "posthouse-c2s", error) &&
               save(certificate_text, layout->certificate, 0644, NULL, error);
    BIO_free(key_text);
    BIO_free(certificate_text);
    return is_saved;
}

bool identity_ensure_certificate(const struct layout *layout,
                                 const struct values *domains,
                                 struct error *error)
{
    EVP_PKEY *key;
    X509 *certificate;
    bool is_made;

    if (is_usable(layout, domains))
        return true;
    key = EVP_EC_gen("P-256");
    certificate = X509_new();
    is_made = (key && certificate && fill(certificate, key, domains)) ||
              error_set(error, "no certificate could be made for the domains");
    is_made = is_made && save_both(layout, certificate, key, error);
    X509_free(certificate);
    EVP_PKEY_free(key);
    return is_made;
}

/* grant_key_load judges no more than the length. */
static bool ensure_key(const char *path, const char *group, struct error *error)
{
    struct grant_key key;
    struct owner owner;
    bool is_made;

    if (grant_key_load(&key, path, NULL))
        return true;
    if (RAND_bytes(key.bytes, sizeof(key.bytes)) != 1)
        return error_set(error, "%s: no random bytes for the key", path);
    is_made =
        accounts_owner(&owner, NULL, group, error) &&
        files_write(path,
                    (struct str){(const char *)key.bytes, sizeof(key.bytes)},
                    0640, &owner, error);
    OPENSSL_cleanse(&key, sizeof(key));
    return is_made;
}

bool identity_ensure_keys(const struct layout *layout, struct error *error)
{
    return ensure_key(layout->grant_key, GROUP_GRANT, error) &&
           ensure_key(layout->dialback_key, "posthouse-s2s", error);
}
