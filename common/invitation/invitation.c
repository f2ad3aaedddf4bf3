#include "invitation.h"

#include "../codec/codec.h"

struct str invitation_hash(struct arena *arena, struct str domain,
                           struct str token)
{
    unsigned char mac[32];

    if (token.len != INVITATION_TOKEN_CHARS)
        return STR_NONE;
    /* So many random bits need neither salt nor stretching. */
    hmac_sha256(domain, token, mac);
    return hex_encode(arena, (struct str){(const char *)mac, sizeof(mac)});
}
