/* Any bytes: refused, or prepared to a form that preparation leaves alone. */
#include <stdlib.h>

#include "common/jid/jid.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena = {0};
    struct jid once, twice;

    if (jid_parse(&once, &arena, (struct str){(const char *)data, size}) &&
        jid_parse(&twice, &arena, once.full) && !jid_eq(&once, &twice))
        abort();
    arena_clear(&arena);
    return 0;
}
