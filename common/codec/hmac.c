#include "codec.h"

#include <limits.h>
#include <openssl/hmac.h>
#include <stdlib.h>

static void hmac(const EVP_MD *hash, struct str key, struct str data,
                 unsigned char *mac, unsigned length)
{
    if (key.len > INT_MAX ||
        !HMAC(hash, key.p ? key.p : "", (int)key.len,
              (const unsigned char *)(data.p ? data.p : ""), data.len, mac,
              &length))
        abort(); /* OpenSSL without SHA */
}

void hmac_sha1(struct str key, struct str data, unsigned char mac[20])
{
    hmac(EVP_sha1(), key, data, mac, 20);
}

void hmac_sha256(struct str key, struct str data, unsigned char mac[32])
{
    hmac(EVP_sha256(), key, data, mac, 32);
}
