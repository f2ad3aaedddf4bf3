#include "ldap.h"

#define USER STR("{user}")

static void add_escaped(struct buf *out, struct str value)
{
    static const char digits[] = "0123456789abcdef";

    for (size_t i = 0; i < value.len; i++) {
        unsigned char c = (unsigned char)value.p[i];

        if (c >= 0x20 && c != '*' && c != '(' && c != ')' && c != '\\') {
            buf_add_char(out, (char)c);
            continue;
        }
        buf_add_char(out, '\\');
        buf_add_char(out, digits[c >> 4]);
        buf_add_char(out, digits[c & 15]);
    }
}

struct str ldap_filter(struct arena *arena, struct str pattern,
                       struct str username)
{
    struct buf out = {0};
    struct str filter;

    while (pattern.len) {
        bool is_user = str_starts(pattern, USER);
        size_t taken = is_user ? USER.len : 1;

        if (is_user)
            add_escaped(&out, username);
        else
            buf_add_char(&out, pattern.p[0]);
        pattern = (struct str){pattern.p + taken, pattern.len - taken};
    }
    filter = arena_dup(arena, out.data ? buf_view(&out) : STR(""));
    buf_clear(&out);
    return filter;
}
