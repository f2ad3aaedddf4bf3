#include "jid.h"

#include <string.h>

struct str jid_escape_local(struct arena *arena, struct str text)
{
    static const char escaped[] = " \"&'/:<>@\\";
    static const char hex[] = "0123456789abcdef";
    char *start = arena_bytes(arena, text.len * 3 + 1);
    char *at = start;

    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.p[i];

        if (c == 0 || !strchr(escaped, c)) {
            *at++ = (char)c;
            continue;
        }
        *at++ = '\\';
        *at++ = hex[c >> 4];
        *at++ = hex[c & 15];
    }
    *at = '\0';
    return (struct str){start, (size_t)(at - start)};
}
