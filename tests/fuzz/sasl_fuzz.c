/* Any bytes as the first message of SCRAM: refused, or read into parts of it;
 * and as the last one: never accepted by a verifier that no password fits. */
#include <stdlib.h>

#include "common/scram/scram.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct scram_verifier verifier = {
        .hash = SCRAM_SHA256, .iterations = 4096, .salt = STR("salt")};
    struct str bytes = {(const char *)data, size};
    struct scram_client_first first;
    struct arena arena = {0};
    struct str server_first, final = STR_NONE;

    if (size == 0)
        return 0;
    if (!scram_parse_client_first(&first, &arena, bytes) &&
        !scram_parse_client_first(&first, &arena, STR("n,,n=user,r=abc")))
        abort();
    if (first.gs2_header.len + first.bare.len > size &&
        !str_is(first.bare, "n=user,r=abc"))
        abort();
    server_first = scram_server_first(&arena, &first, STR("xyz"), &verifier);
    if (scram_finish(&arena, &first, server_first, &verifier, STR_NONE, bytes,
                     &final) == SCRAM_ACCEPTED)
        abort();
    arena_clear(&arena);
    return 0;
}
