#include "scram.h"

/* In ISO 8859-1 when all its characters are there; else as it is. */
static struct str latin_1(struct arena *arena, struct str text)
{
    char *latin = arena_bytes(arena, text.len + 1);
    size_t length = 0;

    for (size_t i = 0; i < text.len; i++) {
        unsigned char byte = (unsigned char)text.p[i];

        if (byte >= 0x80) {
            /* C2 and C3 begin U+0080 to U+00FF, two bytes each. */
            if (byte > 0xc3 || ++i == text.len)
                return text;
            byte = (unsigned char)((byte & 3) << 6 | (text.p[i] & 0x3f));
        }
        latin[length++] = (char)byte;
    }
    return (struct str){latin, length};
}

struct str scram_digest_text(struct arena *arena, struct str username,
                             struct str realm, struct str password)
{
    struct str user = latin_1(arena, username);
    struct str secret = latin_1(arena, password);

    return arena_printf(arena, "%.*s:%.*s:%.*s", STR_ARG(user), STR_ARG(realm),
                        STR_ARG(secret));
}
