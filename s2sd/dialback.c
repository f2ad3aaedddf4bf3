#include "dialback.h"

#include <openssl/evp.h>

#include "common/codec/codec.h"

struct str dialback_key(struct arena *arena, struct str secret,
                        struct str receiving, struct str originating,
                        struct str stream_id)
{
    unsigned char digest[EVP_MAX_MD_SIZE], mac[32];
    struct str data = arena_printf(arena, "%.*s %.*s %.*s", STR_ARG(receiving),
                                   STR_ARG(originating), STR_ARG(stream_id));
    unsigned length = 0;
    struct str hashed;

    if (!EVP_Digest(secret.p, secret.len, digest, &length, EVP_sha256(), NULL))
        return STR_NONE;
    hashed = hex_encode(arena, (struct str){(const char *)digest, length});
    hmac_sha256(hashed, data, mac);
    return hex_encode(arena, (struct str){(const char *)mac, sizeof(mac)});
}
