#include "key.h"

#include <stdlib.h>
#include <string.h>

unsigned key_owner(const char key[SOCKS_KEY + 1], unsigned of)
{
    char first[9];

    memcpy(first, key, 8);
    first[8] = '\0';
    return of > 1 ? (unsigned)(strtoul(first, NULL, 16) % of) : 0;
}
