/* What stands in a request's first line. */
#include "plan.h"

static int digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

struct str api_decode(struct arena *arena, struct str text, bool is_query)
{
    char *into = arena_bytes(arena, text.len + 1), *at = into;
    struct str decoded;

    for (size_t i = 0; i < text.len; i++) {
        if (text.p[i] != '%') {
            *at++ = (char)(is_query && text.p[i] == '+' ? ' ' : text.p[i]);
            continue;
        }
        if (i + 2 >= text.len || digit(text.p[i + 1]) < 0 ||
            digit(text.p[i + 2]) < 0)
            return STR_NONE;
        *at++ = (char)(digit(text.p[i + 1]) * 16 + digit(text.p[i + 2]));
        i += 2;
    }
    decoded = (struct str){into, (size_t)(at - into)};
    return memchr(into, '\0', decoded.len) || !xml_utf8_valid(decoded)
               ? STR_NONE
               : decoded;
}

bool api_path_fits(struct str path, const char *pattern,
                   struct str segments[API_MAX_SEGMENTS], unsigned *count)
{
    struct str rest = str_of(pattern);

    for (*count = 0; rest.p;) {
        struct str want = str_cut(&rest, '/');
        struct str have;

        if (!path.p)
            return false;
        have = str_cut(&path, '/');
        if (str_is(want, "*") && have.len && *count < API_MAX_SEGMENTS)
            segments[(*count)++] = have;
        else if (!have.len || !str_eq(want, have))
            return false;
    }
    return !path.p;
}
