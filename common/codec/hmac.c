#include "codec.h"

#include <limits.h>
#include <openssl/hmac.h>
#include <stdlib.h>

void hmac_sha256(struct str key, struct str data, unsigned char mac[32])
{
    unsigned length = 32;

    if (key.len > INT_MAX ||
        !HMAC(EVP_sha256(), key.p ? key.p : "", (int)key.len,
              (const unsigned char *)(data.p ? data.p : ""), data.len, mac,
              &length))
        abort(); /* OpenSSL without SHA-256 */
}
