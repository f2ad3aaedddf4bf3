#include "xml.h"

#include <string.h>

/* Length of the well-formed sequence that begins at p (RFC 3629 §4), 0 when it
 * is none; *code gets the character. */
static size_t sequence(const unsigned char *p, size_t left, uint32_t *code)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    size_t length = p[0] >= 0xf0 ? 4 : p[0] >= 0xe0 ? 3 : 2;
    uint32_t value;

    if (p[0] < 0xc2 || p[0] > 0xf4 || length > left)
        return 0;
    value = p[0] & (0x7fu >> length);
    for (size_t i = 1; i < length; i++) {
        if ((p[i] & 0xc0) != 0x80)
            return 0;
        value = value << 6 | (p[i] & 0x3fu);
    }
    *code = value;
    return value >= least[length] ? length : 0;
}

bool xml_utf8_valid(struct str bytes)
{
    const unsigned char *p = (const unsigned char *)bytes.p;
    size_t i = 0;

    while (i < bytes.len) {
        uint32_t code;
        size_t length;
        uint64_t eight;

        /* Eight plain ASCII bytes at once: no high bit, none below space. */
        while (bytes.len - i >= 8) {
            memcpy(&eight, p + i, 8);
            if ((eight | (eight - UINT64_C(0x2020202020202020))) &
                UINT64_C(0x8080808080808080))
                break;
            i += 8;
        }
        if (i >= bytes.len)
            return true;
        if (p[i] < 0x80) {
            if (p[i] < ' ' && p[i] != '\t' && p[i] != '\n' && p[i] != '\r')
                return false;
            i++;
            continue;
        }
        length = sequence(p + i, bytes.len - i, &code);
        if (length == 0 || (code >= 0xd800 && code <= 0xdfff) ||
            code > 0x10ffff || code == 0xfffe || code == 0xffff)
            return false;
        i += length;
    }
    return true;
}
