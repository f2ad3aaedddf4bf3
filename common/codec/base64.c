#include "codec.h"

static const char alphabet[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

struct str base64_encode(struct arena *arena, struct str bytes)
{
    size_t length = (bytes.len + 2) / 3 * 4;
    char *text = arena_bytes(arena, length + 1);
    char *at = text;

    for (size_t i = 0; i < bytes.len; i += 3) {
        size_t left = bytes.len - i;
        unsigned a = (unsigned char)bytes.p[i];
        unsigned b = left > 1 ? (unsigned char)bytes.p[i + 1] : 0;
        unsigned c = left > 2 ? (unsigned char)bytes.p[i + 2] : 0;

        *at++ = alphabet[a >> 2];
        *at++ = alphabet[(a & 3) << 4 | b >> 4];
        *at++ = left > 1 ? alphabet[(b & 15) << 2 | c >> 6] : '=';
        *at++ = left > 2 ? alphabet[c & 63] : '=';
    }
    *at = '\0';
    return (struct str){text, length};
}

/* The six bits of a character; 64 for anything outside of the alphabet. */
static unsigned sextet(char c)
{
    if (c >= 'A' && c <= 'Z')
        return (unsigned)(c - 'A');
    if (c >= 'a' && c <= 'z')
        return (unsigned)(c - 'a') + 26;
    if (c >= '0' && c <= '9')
        return (unsigned)(c - '0') + 52;
    if (c == '+')
        return 62;
    return c == '/' ? 63 : 64;
}

struct str base64_decode(struct arena *arena, struct str text)
{
    size_t padding = 0;
    size_t length;
    char *bytes;
    unsigned bits = 0;
    size_t out = 0;

    if (!text.p || text.len % 4 != 0)
        return STR_NONE;
    while (padding < 2 && padding < text.len &&
           text.p[text.len - 1 - padding] == '=')
        padding++;
    length = text.len / 4 * 3 - padding;
    bytes = arena_bytes(arena, length + 1);
    for (size_t i = 0; i < text.len - padding; i++) {
        unsigned six = sextet(text.p[i]);

        if (six > 63)
            return STR_NONE;
        bits = (bits << 6 | six) & 0xffffff;
        if (i % 4 != 0)
            bytes[out++] = (char)(bits >> (6 - 2 * (i % 4)) & 0xff);
    }
    /* Bits behind the last byte are zero, so that one text stands for it. */
    if ((padding == 1 && (bits & 3)) || (padding == 2 && (bits & 15)))
        return STR_NONE;
    bytes[out] = '\0';
    return (struct str){bytes, out};
}
