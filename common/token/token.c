#include "token.h"

#include <openssl/evp.h>
#include <stdlib.h>

#include "../codec/codec.h"
#include "../jid/jid.h"

#define PREFIX STR("phapi_")

struct str token_new(struct arena *arena, unsigned shard)
{
    return arena_printf(arena, "%.*s%02x_%.*s", STR_ARG(PREFIX), shard,
                        STR_ARG(random_id(arena, TOKEN_RANDOM_CHARS)));
}

static int digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool is_random_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c >= '0' && c <= '9') || c == '-' || c == '_';
}

bool token_shard(struct str token, unsigned *shard)
{
    int high, low;

    if (token.len != TOKEN_CHARS || !str_starts(token, PREFIX))
        return false;
    high = digit(token.p[6]);
    low = digit(token.p[7]);
    if (high < 0 || low < 0 || token.p[8] != '_' ||
        high * 16 + low >= (int)JID_SHARDS)
        return false;
    for (size_t i = 9; i < token.len; i++)
        if (!is_random_char(token.p[i]))
            return false;
    *shard = (unsigned)(high * 16 + low);
    return true;
}

struct str token_hash(struct arena *arena, struct str token)
{
    unsigned char digest[32];

    if (EVP_Digest(token.p, token.len, digest, NULL, EVP_sha256(), NULL) != 1)
        abort(); /* without SHA-256 nothing here works */
    return hex_encode(arena,
                      (struct str){(const char *)digest, sizeof(digest)});
}
