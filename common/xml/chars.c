#include <string.h>

#include "parse.h"
#include "plain.h"

static char *fail(enum xml_error *error, enum xml_error why)
{
    *error = why;
    return NULL;
}

/* --- references ----------------------------------------------------------- */

/* XML 1.0 §2.2. */
static bool is_character(uint32_t code)
{
    if (code < ' ')
        return code == '\t' || code == '\n' || code == '\r';
    return code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff) &&
           code != 0xfffe && code != 0xffff;
}

/* A reference is never shorter than what it stands for. */
static void write_utf8(char **write, uint32_t code)
{
    static const unsigned char lead[] = {0, 0, 0xc0, 0xe0, 0xf0};
    unsigned length = code < 0x80      ? 1
                      : code < 0x800   ? 2
                      : code < 0x10000 ? 3
                                       : 4;
    char *at = *write;

    for (unsigned i = length - 1; i > 0; i--) {
        at[i] = (char)(0x80 | (code & 0x3f));
        code >>= 6;
    }
    at[0] = (char)(lead[length] | code);
    *write += length;
}

static int digit_of(char c, unsigned base)
{
    int value = c >= '0' && c <= '9'   ? c - '0'
                : c >= 'a' && c <= 'f' ? c - 'a' + 10
                : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                       : -1;

    return value < (int)base ? value : -1;
}

/* "&#10;", "&#xA;": `at` is behind the '#'. */
static char *numeric(char *at, char *end, char **write, enum xml_error *error)
{
    unsigned base = 10;
    uint32_t code = 0;
    char *start;

    if (at < end && *at == 'x') {
        base = 16;
        at++;
    }
    for (start = at; at < end && *at != ';'; at++) {
        int digit = digit_of(*at, base);

        if (digit < 0 || code > 0x10ffff)
            return fail(error, XML_NOT_WELL_FORMED);
        code = code * base + (uint32_t)digit;
    }
    if (at == end || at == start || !is_character(code))
        return fail(error, XML_NOT_WELL_FORMED);
    write_utf8(write, code);
    return at + 1;
}

/* `at` is behind the '&'. Only the five predefined entities exist. */
static char *reference(char *at, char *end, char **write, enum xml_error *error)
{
    static const struct {
        struct str name;
        char meaning;
    } known[] = {{{"lt", 2}, '<'},
                 {{"gt", 2}, '>'},
                 {{"amp", 3}, '&'},
                 {{"apos", 4}, '\''},
                 {{"quot", 4}, '"'}};
    struct str name;
    const char *behind;

    if (at < end && *at == '#')
        return numeric(at + 1, end, write, error);
    behind = name_end(at, end);
    name = (struct str){at, (size_t)(behind - at)};
    if (name.len == 0 || behind == end || *behind != ';')
        return fail(error, XML_NOT_WELL_FORMED);
    for (size_t i = 0; i < COUNT_OF(known); i++) {
        if (str_eq(name, known[i].name)) {
            *(*write)++ = known[i].meaning;
            return at + name.len + 1;
        }
    }
    return fail(error, XML_RESTRICTED);
}

/* --- values and text ------------------------------------------------------ */

static void copy(char **write, const char *from, size_t length)
{
    if (*write != from)
        memmove(*write, from, length);
    *write += length;
}

char *chars_value(char *at, char *end, char quote, struct str *value,
                  enum xml_error *error)
{
    char *write;

    value->p = at;
    at += xml_skip_value(at, end) - at;
    write = at;
    while (at < end && *at != quote) {
        char c = *at++;

        if (c == '<')
            return fail(error, XML_NOT_WELL_FORMED);
        if (c == '&') {
            at = reference(at, end, &write, error);
            if (!at)
                return NULL;
            continue;
        }
        if (c == '\r' && at < end && *at == '\n')
            at++;
        *write++ = c == '\t' || c == '\n' || c == '\r' ? ' ' : c;
    }
    if (at == end)
        return fail(error, XML_NOT_WELL_FORMED);
    value->len = (size_t)(write - value->p);
    *write = '\0';
    return at + 1;
}

/* A line end that begins with CR becomes LF. */
static char *line_end(char *at, const char *end, char **write)
{
    if (at < end && *at == '\n')
        at++;
    *(*write)++ = '\n';
    return at;
}

/* What does not stand for itself, or may not. */
static const bool special[256] = {
    ['<'] = true, ['&'] = true, ['\r'] = true, [']'] = true};

char *chars_text(char *at, char *end, char **write, enum xml_error *error)
{
    while (at && at < end && *at != '<') {
        char *plain = at;

        at += xml_skip_text(at, end) - at;
        while (at < end && !special[(unsigned char)*at])
            at++;
        copy(write, plain, (size_t)(at - plain));
        if (at == end || *at == '<')
            break;
        if (*at == '&') {
            at = reference(at + 1, end, write, error);
        } else if (*at == '\r') {
            at = line_end(at + 1, end, write);
        } else {
            if (end - at >= 3 && at[1] == ']' && at[2] == '>')
                return fail(error, XML_NOT_WELL_FORMED);
            *(*write)++ = *at++;
        }
    }
    return at;
}

char *chars_cdata(char *at, char *end, char **write, enum xml_error *error)
{
    char *behind = memmem(at, (size_t)(end - at), "]]>", 3);

    if (!behind)
        return fail(error, XML_NOT_WELL_FORMED);
    while (at < behind) {
        char *cr = memchr(at, '\r', (size_t)(behind - at));
        char *stop = cr ? cr : behind;

        copy(write, at, (size_t)(stop - at));
        at = cr ? line_end(stop + 1, behind, write) : stop;
    }
    return behind + 3;
}
