#include "hash.h"

#include "common/codec/codec.h"

static uint64_t key[2];
const uint64_t *const hash_key = key;

/* Before main, as tables are made everywhere. The factor must be odd, or bits
 * would get lost. */
__attribute__((constructor)) static void draw_key(void)
{
    random_bytes(key, sizeof(key));
    key[1] |= 1;
}
