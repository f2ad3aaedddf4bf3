#include "codec.h"

struct str hex_encode(struct arena *arena, struct str bytes)
{
    static const char digits[] = "0123456789abcdef";
    char *text = arena_bytes(arena, bytes.len * 2 + 1);

    for (size_t i = 0; i < bytes.len; i++) {
        text[2 * i] = digits[(unsigned char)bytes.p[i] >> 4];
        text[2 * i + 1] = digits[(unsigned char)bytes.p[i] & 15];
    }
    text[bytes.len * 2] = '\0';
    return (struct str){text, bytes.len * 2};
}

static int digit_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

struct str hex_decode(struct arena *arena, struct str text)
{
    char *bytes;

    if (!text.p || text.len % 2 != 0)
        return STR_NONE;
    bytes = arena_bytes(arena, text.len / 2 + 1);
    for (size_t i = 0; i < text.len / 2; i++) {
        int high = digit_value(text.p[2 * i]);
        int low = digit_value(text.p[2 * i + 1]);

        if (high < 0 || low < 0)
            return STR_NONE;
        bytes[i] = (char)(high << 4 | low);
    }
    bytes[text.len / 2] = '\0';
    return (struct str){bytes, text.len / 2};
}
