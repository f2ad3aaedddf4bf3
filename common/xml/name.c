#include "name_ranges.h"
#include "parse.h"

static bool is_in(const struct range *ranges, size_t count, uint32_t code)
{
    size_t low = 0, high = count;

    while (low < high) {
        size_t middle = (low + high) / 2;

        if (code > ranges[middle].last)
            low = middle + 1;
        else
            high = middle;
    }
    return low < count && code >= ranges[low].first;
}

static bool is_ascii_start(unsigned char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool is_ascii_in_name(unsigned char c)
{
    return is_ascii_start(c) || (c >= '0' && c <= '9') || c == '-' || c == '.';
}

/* The length of the character at `at` when it may stand there, else 0. No name
 * has characters of four bytes. */
static size_t name_character(const unsigned char *at, const char *end,
                             bool is_first)
{
    uint32_t code;
    size_t length;

    if (at[0] < 0x80)
        return is_first ? is_ascii_start(at[0]) : is_ascii_in_name(at[0]);
    if (at[0] >= 0xf0)
        return 0;
    length = at[0] >= 0xe0 ? 3 : 2;
    if ((size_t)(end - (const char *)at) < length)
        return 0;
    code = length == 2
               ? (at[0] & 0x1fu) << 6 | (at[1] & 0x3fu)
               : (at[0] & 0x0fu) << 12 | (at[1] & 0x3fu) << 6 | (at[2] & 0x3fu);
    return (is_first ? is_in(name_starts, COUNT_OF(name_starts), code)
                     : is_in(name_characters, COUNT_OF(name_characters), code))
               ? length
               : 0;
}

/* ASCII that may stand in a name behind its first character: all that most names
 * are made of. */
static const bool ascii_in_name[256] = {
    ['a' ... 'z'] = true, ['A' ... 'Z'] = true, ['0' ... '9'] = true,
    ['_'] = true,         ['-'] = true,         ['.'] = true,
};

const char *name_end(const char *at, const char *end)
{
    const char *start = at;

    if (at < end && is_ascii_start((unsigned char)*at))
        at++;
    while (at > start && at < end && ascii_in_name[(unsigned char)*at])
        at++;
    while (at < end) {
        size_t length =
            name_character((const unsigned char *)at, end, at == start);

        if (length == 0)
            break;
        at += length;
    }
    return at;
}
