#include "scram.h"

#include "../codec/codec.h"
#include "../xml/xml.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stringprep.h>
#include <stdlib.h>
#include <string.h>

#include "hash.h"

#define MAX_PASSWORD_BYTES 1024u

size_t scram_key_bytes(enum scram_hash hash)
{
    return hash == SCRAM_SHA256 ? 32 : 20;
}

static const EVP_MD *digest_of(enum scram_hash hash)
{
    return hash == SCRAM_SHA256 ? EVP_sha256() : EVP_sha1();
}

void scram_hmac(enum scram_hash hash, const unsigned char *key, struct str data,
                unsigned char out[SCRAM_MAX_KEY_BYTES])
{
    unsigned length = 0;

    if (!HMAC(digest_of(hash), key, (int)scram_key_bytes(hash),
              (const unsigned char *)data.p, data.len, out, &length))
        abort();
}

void scram_h(enum scram_hash hash, const unsigned char *data,
             unsigned char out[SCRAM_MAX_KEY_BYTES])
{
    unsigned length = 0;

    if (EVP_Digest(data, scram_key_bytes(hash), out, &length, digest_of(hash),
                   NULL) != 1)
        abort();
}

void scram_derive(struct scram_verifier *verifier, enum scram_hash hash,
                  struct str password, struct str salt, unsigned iterations)
{
    unsigned char salted[SCRAM_MAX_KEY_BYTES];
    unsigned char client_key[SCRAM_MAX_KEY_BYTES];

    verifier->hash = hash;
    verifier->iterations = iterations;
    verifier->salt = salt;
    if (PKCS5_PBKDF2_HMAC(password.p, (int)password.len,
                          (const unsigned char *)salt.p, (int)salt.len,
                          (int)iterations, digest_of(hash),
                          (int)scram_key_bytes(hash), salted) != 1)
        abort();
    scram_hmac(hash, salted, STR("Client Key"), client_key);
    scram_h(hash, client_key, verifier->stored_key);
    scram_hmac(hash, salted, STR("Server Key"), verifier->server_key);
    OPENSSL_cleanse(salted, sizeof(salted));
    OPENSSL_cleanse(client_key, sizeof(client_key));
}

bool scram_check_password(const struct scram_verifier *verifier,
                          struct str password)
{
    struct scram_verifier derived;

    scram_derive(&derived, verifier->hash, password, verifier->salt,
                 verifier->iterations);
    return CRYPTO_memcmp(derived.stored_key, verifier->stored_key,
                         scram_key_bytes(verifier->hash)) == 0;
}

static bool is_plain_ascii(struct str text)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.p[i] < 0x20 || text.p[i] > 0x7e)
            return false;
    return true;
}

struct str scram_prep_password(struct arena *arena, struct str password)
{
    struct str prepared, copy;
    char *out = NULL;

    if (password.len == 0 || password.len > MAX_PASSWORD_BYTES)
        return STR_NONE;
    copy = arena_dup(arena, password);
    if (is_plain_ascii(password))
        return copy;
    if (memchr(copy.p, '\0', copy.len) || !xml_utf8_valid(copy))
        return STR_NONE;
    if (stringprep_profile(copy.p, &out, "SASLprep", 0) != STRINGPREP_OK)
        return STR_NONE;
    prepared = arena_dup(arena, str_of(out));
    OPENSSL_cleanse(out, strlen(out));
    free(out);
    return prepared.len == 0 ? STR_NONE : prepared;
}

struct str scram_fake_salt(struct arena *arena, struct str secret,
                           struct str bare_jid)
{
    unsigned char mac[32];

    hmac_sha256(secret, bare_jid, mac);
    return arena_dup(arena, (struct str){(const char *)mac, SCRAM_SALT_BYTES});
}
