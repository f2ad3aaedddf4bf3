#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "../codec/codec.h"
#include "socks.h"

void socks_make_key(char key[SOCKS_KEY + 1], struct str sid,
                    struct str initiator, struct str target)
{
    struct arena arena = {0};
    struct str text = arena_printf(&arena, "%.*s%.*s%.*s", STR_ARG(sid),
                                   STR_ARG(initiator), STR_ARG(target));
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned int length = 0;

    if (EVP_Digest(text.p, text.len, digest, &length, EVP_sha1(), NULL) != 1)
        abort(); /* OpenSSL without SHA-1 is no proxy's */
    memcpy(key, hex_encode(&arena, (struct str){(char *)digest, length}).p,
           SOCKS_KEY);
    key[SOCKS_KEY] = '\0';
    arena_clear(&arena);
}
