#include "path.h"

#include "common/xml/xml.h"
#include "slot.h"

static bool is_unreserved(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' ||
           c == '~';
}

struct str path_encode(struct arena *arena, struct str text)
{
    static const char digits[] = "0123456789ABCDEF";
    char *into = arena_bytes(arena, 3 * text.len + 1);
    size_t length = 0;

    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.p[i];

        if (is_unreserved(text.p[i])) {
            into[length++] = text.p[i];
            continue;
        }
        into[length++] = '%';
        into[length++] = digits[c >> 4];
        into[length++] = digits[c & 15];
    }
    into[length] = '\0';
    return (struct str){into, length};
}

static int digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* One byte, decoded; -1: none. */
static int take_byte(struct str *rest)
{
    int high, low, byte = (unsigned char)rest->p[0];
    size_t used = 1;

    if (byte == '%') {
        high = rest->len > 2 ? digit(rest->p[1]) : -1;
        low = rest->len > 2 ? digit(rest->p[2]) : -1;
        byte = high < 0 || low < 0 ? -1 : high * 16 + low;
        used = 3;
    }
    if (byte < 0)
        return -1;
    rest->p += used;
    rest->len -= used;
    return byte;
}

struct str path_decode(struct arena *arena, struct str segment)
{
    char *into = arena_bytes(arena, segment.len + 1);
    struct str rest = segment, text = {into, 0};

    while (rest.len > 0) {
        int byte = take_byte(&rest);

        if (byte < ' ' || byte == 0x7f || byte == '/' || byte == '\\')
            return STR_NONE;
        into[text.len++] = (char)byte;
    }
    into[text.len] = '\0';
    return xml_utf8_valid(text) ? text : STR_NONE;
}

bool path_read_upload(struct arena *arena, struct str rest, struct str *id,
                      struct str *name)
{
    struct str segment = rest;

    *id = str_cut(&segment, '/');
    if (id->len != SLOT_ID_LENGTH || !segment.p || segment.len == 0)
        return false;
    *name = path_decode(arena, segment);
    return name->p != NULL;
}
