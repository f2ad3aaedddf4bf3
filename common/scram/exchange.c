#include "scram.h"

#include "../codec/codec.h"
#include "../xml/xml.h"
#include "hash.h"

#include <openssl/crypto.h>
#include <string.h>

#define MAX_MESSAGE_BYTES 8192u
#define MAX_NONCE_BYTES   512u

/* "=2C" and "=3D" (RFC 5802 §5.1); any other '=' is malformed. STR_NONE for
 * that, and for an empty name. */
static struct str unescape(struct arena *arena, struct str name)
{
    char *out;
    size_t used = 0;

    if (name.len == 0 || memchr(name.p, '\0', name.len))
        return STR_NONE;
    out = arena_bytes(arena, name.len);
    for (size_t i = 0; i < name.len; i++) {
        if (name.p[i] != '=') {
            out[used++] = name.p[i];
            continue;
        }
        if (name.len - i < 3)
            return STR_NONE;
        if (memcmp(name.p + i, "=2C", 3) == 0)
            out[used++] = ',';
        else if (memcmp(name.p + i, "=3D", 3) == 0)
            out[used++] = '=';
        else
            return STR_NONE;
        i += 2;
    }
    return (struct str){out, used};
}

static bool is_printable(struct str text)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.p[i] < 0x21 || text.p[i] > 0x7e)
            return false;
    return true;
}

/* Takes "x=value" off the front, up to the next comma. False when the message
 * does not go on with that attribute. */
static bool take(struct str *rest, char attribute, struct str *value)
{
    struct str part;

    if (!rest->p)
        return false;
    part = str_cut(rest, ',');
    if (part.len < 2 || part.p[0] != attribute || part.p[1] != '=')
        return false;
    *value = (struct str){part.p + 2, part.len - 2};
    return true;
}

static bool is_binding_name(struct str name)
{
    for (size_t i = 0; i < name.len; i++) {
        char c = name.p[i];

        if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') &&
            !(c >= '0' && c <= '9') && c != '.' && c != '-')
            return false;
    }
    return name.len > 0;
}

static bool parse_gs2(struct scram_client_first *first, struct arena *arena,
                      struct str *rest)
{
    const char *begin = rest->p;
    struct str flag = str_cut(rest, ',');
    struct str authzid;

    if (!rest->p)
        return false;
    authzid = str_cut(rest, ',');
    if (!rest->p)
        return false;
    first->gs2_header = (struct str){begin, (size_t)(rest->p - begin)};
    if (str_is(flag, "n")) {
        first->gs2 = SCRAM_GS2_NONE;
    } else if (str_is(flag, "y")) {
        first->gs2 = SCRAM_GS2_SUPPORTED;
    } else {
        if (!take(&flag, 'p', &first->cb_name) ||
            !is_binding_name(first->cb_name))
            return false;
        first->gs2 = SCRAM_GS2_USED;
    }
    if (authzid.len == 0)
        return true;
    if (authzid.len < 3 || memcmp(authzid.p, "a=", 2) != 0)
        return false;
    first->authzid =
        unescape(arena, (struct str){authzid.p + 2, authzid.len - 2});
    return first->authzid.p != NULL;
}

bool scram_parse_client_first(struct scram_client_first *first,
                              struct arena *arena, struct str message)
{
    struct str rest, name;

    *first = (struct scram_client_first){0};
    if (message.len == 0 || message.len > MAX_MESSAGE_BYTES ||
        !xml_utf8_valid(message))
        return false;
    rest = arena_dup(arena, message);
    if (!parse_gs2(first, arena, &rest))
        return false;
    first->bare = rest;
    if (!take(&rest, 'n', &name) || !take(&rest, 'r', &first->nonce))
        return false;
    first->username = unescape(arena, name);
    return first->username.p && first->nonce.len > 0 &&
           first->nonce.len <= MAX_NONCE_BYTES && is_printable(first->nonce);
}

struct str scram_server_first(struct arena *arena,
                              const struct scram_client_first *first,
                              struct str server_nonce,
                              const struct scram_verifier *verifier)
{
    struct str salt = base64_encode(arena, verifier->salt);

    return arena_printf(arena, "r=%.*s%.*s,s=%.*s,i=%u", STR_ARG(first->nonce),
                        STR_ARG(server_nonce), STR_ARG(salt),
                        verifier->iterations);
}

struct client_final {
    struct str binding;       /* c=, in Base64 */
    struct str nonce;         /* r= */
    struct str proof;         /* p=, decoded */
    struct str without_proof; /* client-final-message-without-proof */
};

static bool parse_client_final(struct client_final *final, struct arena *arena,
                               struct str message)
{
    struct str rest, proof = STR_NONE;
    const char *comma;

    if (message.len == 0 || message.len > MAX_MESSAGE_BYTES)
        return false;
    comma = memrchr(message.p, ',', message.len);
    if (!comma)
        return false;
    final->without_proof = (struct str){message.p, (size_t)(comma - message.p)};
    rest = (struct str){comma + 1, message.len - final->without_proof.len - 1};
    if (!take(&rest, 'p', &proof))
        return false;
    final->proof = base64_decode(arena, proof);
    rest = final->without_proof;
    return final->proof.p && take(&rest, 'c', &final->binding) &&
           take(&rest, 'r', &final->nonce);
}

/* Whether c= is the GS2 header of the first message followed by the channel
 * binding's bytes: nobody in between has changed either. */
static bool binding_matches(struct arena *arena,
                            const struct scram_client_first *first,
                            struct str cb_data, struct str binding)
{
    size_t header = first->gs2_header.len;
    char *expected = arena_bytes(arena, header + cb_data.len + 1);

    memcpy(expected, first->gs2_header.p, header);
    if (cb_data.len > 0)
        memcpy(expected + header, cb_data.p, cb_data.len);
    return str_eq_constant_time(
        binding,
        base64_encode(arena, (struct str){expected, header + cb_data.len}));
}

static bool proof_matches(const struct scram_verifier *verifier,
                          struct str auth_message, struct str proof)
{
    size_t size = scram_key_bytes(verifier->hash);
    unsigned char key[SCRAM_MAX_KEY_BYTES], hashed[SCRAM_MAX_KEY_BYTES];

    scram_hmac(verifier->hash, verifier->stored_key, auth_message, key);
    for (size_t i = 0; i < size; i++)
        key[i] ^= (unsigned char)proof.p[i];
    scram_h(verifier->hash, key, hashed);
    OPENSSL_cleanse(key, sizeof(key));
    return CRYPTO_memcmp(hashed, verifier->stored_key, size) == 0;
}

enum scram_outcome scram_finish(struct arena *arena,
                                const struct scram_client_first *first,
                                struct str server_first,
                                const struct scram_verifier *verifier,
                                struct str cb_data, struct str client_final,
                                struct str *server_final)
{
    size_t size = scram_key_bytes(verifier->hash);
    unsigned char signature[SCRAM_MAX_KEY_BYTES];
    struct client_final final = {0};
    struct str rest = server_first, nonce = STR_NONE, auth_message;

    if (!parse_client_final(&final, arena, client_final) ||
        final.proof.len != size || !take(&rest, 'r', &nonce))
        return SCRAM_MALFORMED;
    if (!str_eq_constant_time(final.nonce, nonce) ||
        !binding_matches(arena, first, cb_data, final.binding))
        return SCRAM_WRONG;
    auth_message =
        arena_printf(arena, "%.*s,%.*s,%.*s", STR_ARG(first->bare),
                     STR_ARG(server_first), STR_ARG(final.without_proof));
    if (!proof_matches(verifier, auth_message, final.proof))
        return SCRAM_WRONG;
    scram_hmac(verifier->hash, verifier->server_key, auth_message, signature);
    *server_final =
        arena_printf(arena, "v=%.*s",
                     STR_ARG(base64_encode(
                         arena, (struct str){(const char *)signature, size})));
    return SCRAM_ACCEPTED;
}
