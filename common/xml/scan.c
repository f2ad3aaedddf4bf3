#include "scan.h"

#include <stdlib.h>
#include <string.h>

#define MAX_DECLARATION 256u

void scan_clear(struct scan *scan)
{
    free(scan->open);
    scan->open = NULL;
    scan->open_cap = 0;
}

bool scan_is_idle(const struct scan *scan)
{
    return scan->state == SCAN_TEXT && scan->depth == 1;
}

static enum scan_result fail(struct scan *scan, enum xml_error error)
{
    scan->error = error;
    return SCAN_FAILED;
}

/* FNV-1a: names of open elements are told apart by it. Whoever builds the tree
 * compares them whole. */
#define HASH_START 2166136261u
static uint32_t hash_on(uint32_t hash, char c)
{
    return (hash ^ (unsigned char)c) * 16777619u;
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static enum scan_result open_element(struct scan *scan)
{
    const struct xml_limits *limits = &scan->limits;

    if (limits->max_depth && scan->depth > limits->max_depth)
        return fail(scan, XML_TOO_DEEP);
    if (scan->depth == scan->open_cap) {
        scan->open_cap = scan->open_cap ? scan->open_cap * 2 : 8;
        scan->open = mem_realloc(scan->open, scan->open_cap * sizeof(uint32_t));
    }
    scan->open[scan->depth++] = scan->name;
    scan->state = SCAN_TEXT;
    return scan->depth == 1 ? SCAN_OPENED : SCAN_MORE;
}

static enum scan_result close_element(struct scan *scan, uint32_t name)
{
    scan->state = SCAN_TEXT;
    if (scan->depth == 0 || scan->open[scan->depth - 1] != name)
        return fail(scan, XML_NOT_WELL_FORMED);
    scan->depth--;
    if (scan->depth == 0) {
        scan->state = SCAN_DONE;
        return SCAN_CLOSED;
    }
    return scan->depth == 1 ? SCAN_ELEMENT : SCAN_MORE;
}

static enum scan_result on_text(struct scan *scan, char c)
{
    if (c == '<') {
        scan->state = SCAN_LESS;
        scan->token = 1;
        scan->attrs = 0;
        return SCAN_MORE;
    }
    if (scan->depth <= 1 && !is_space(c))
        return fail(scan, XML_NOT_WELL_FORMED);
    return SCAN_MORE;
}

static enum scan_result on_less(struct scan *scan, char c)
{
    scan->name = HASH_START;
    if (c == '/') {
        scan->state = SCAN_END_NAME;
        return SCAN_MORE;
    }
    if (c == '?')
        return fail(scan, XML_RESTRICTED);
    if (c == '!') {
        scan->state = SCAN_BANG;
        scan->matched = 0;
        return SCAN_MORE;
    }
    if (is_space(c) || c == '>' || c == '<' || c == '=')
        return fail(scan, XML_NOT_WELL_FORMED);
    scan->name = hash_on(scan->name, c);
    scan->state = SCAN_NAME;
    return SCAN_MORE;
}

/* "<!" begins a comment, a DTD or an entity, unless it begins CDATA. */
static enum scan_result on_bang(struct scan *scan, char c)
{
    static const char expected[] = "[CDATA[";

    if (c != expected[scan->matched] || scan->depth <= 1)
        return fail(scan, XML_RESTRICTED);
    if (++scan->matched == sizeof(expected) - 1) {
        scan->state = SCAN_CDATA;
        scan->matched = 0;
    }
    return SCAN_MORE;
}

static enum scan_result on_cdata(struct scan *scan, char c)
{
    if (c == ']') {
        scan->matched += scan->matched < 2;
    } else if (c == '>' && scan->matched == 2) {
        scan->state = SCAN_TEXT;
    } else {
        scan->matched = 0;
    }
    return SCAN_MORE;
}

static enum scan_result on_tag(struct scan *scan, char c)
{
    switch (c) {
    case '>':
        return open_element(scan);
    case '/':
        scan->state = SCAN_SLASH;
        return SCAN_MORE;
    case '"':
    case '\'':
        scan->quote = c;
        scan->state = SCAN_QUOTE;
        scan->attrs++;
        if (scan->limits.max_attrs && scan->attrs > scan->limits.max_attrs)
            return fail(scan, XML_TOO_DEEP);
        return SCAN_MORE;
    case '<':
        return fail(scan, XML_NOT_WELL_FORMED);
    default:
        scan->state = SCAN_TAG;
        return SCAN_MORE;
    }
}

static enum scan_result on_name(struct scan *scan, char c)
{
    if (is_space(c) || c == '>' || c == '/')
        return on_tag(scan, c);
    if (c == '<' || c == '"' || c == '\'' || c == '=' || c == '&')
        return fail(scan, XML_NOT_WELL_FORMED);
    scan->name = hash_on(scan->name, c);
    return SCAN_MORE;
}

static enum scan_result on_slash(struct scan *scan, char c)
{
    enum scan_result opened;

    if (c != '>')
        return fail(scan, XML_NOT_WELL_FORMED);
    opened = open_element(scan);
    if (opened == SCAN_FAILED)
        return opened;
    if (scan->depth == 1) /* <stream:stream/>: opened and closed at once */
        return fail(scan, XML_NOT_WELL_FORMED);
    return close_element(scan, scan->name);
}

static enum scan_result on_quote(struct scan *scan, char c)
{
    if (c == '<')
        return fail(scan, XML_NOT_WELL_FORMED);
    if (c == scan->quote)
        scan->state = SCAN_TAG;
    return SCAN_MORE;
}

static enum scan_result on_end_name(struct scan *scan, char c)
{
    if (c == '>')
        return close_element(scan, scan->name);
    if (is_space(c))
        scan->state = SCAN_END_TAG;
    else
        scan->name = hash_on(scan->name, c);
    return SCAN_MORE;
}

static enum scan_result on_end_tag(struct scan *scan, char c)
{
    if (c == '>')
        return close_element(scan, scan->name);
    return is_space(c) ? SCAN_MORE : fail(scan, XML_NOT_WELL_FORMED);
}

static enum scan_result on_done(struct scan *scan, char c)
{
    return is_space(c) ? SCAN_MORE : fail(scan, XML_NOT_WELL_FORMED);
}

/* The very beginning: "<?xml " or an element, or white space before it. */
static enum scan_result on_start(struct scan *scan, char c)
{
    scan->token = 1;
    if (c != '<') {
        scan->state = SCAN_TEXT;
        return on_text(scan, c);
    }
    scan->state = SCAN_DECL;
    scan->matched = 0;
    return SCAN_MORE;
}

static enum scan_result on_declaration(struct scan *scan, char c)
{
    static const char expected[] = "<?xml";

    if (scan->token == 2 && c != '?') {
        scan->attrs = 0;
        return on_less(scan, c);
    }
    if (scan->token <= sizeof(expected) - 1)
        return c == expected[scan->token - 1] ? SCAN_MORE
                                              : fail(scan, XML_RESTRICTED);
    if (scan->token == sizeof(expected) && !is_space(c))
        return fail(scan, XML_RESTRICTED);
    if (scan->token > MAX_DECLARATION)
        return fail(scan, XML_NOT_WELL_FORMED);
    if (c == '>' && scan->matched == 1) {
        scan->state = SCAN_TEXT;
        return SCAN_DECLARED;
    }
    scan->matched = c == '?';
    return c == '<' || c == '>' ? fail(scan, XML_NOT_WELL_FORMED) : SCAN_MORE;
}

static enum scan_result step(struct scan *scan, char c)
{
    typedef enum scan_result handler(struct scan *, char);
    static handler *const handlers[] = {
        [SCAN_START] = on_start,       [SCAN_TEXT] = on_text,
        [SCAN_LESS] = on_less,         [SCAN_DECL] = on_declaration,
        [SCAN_BANG] = on_bang,         [SCAN_CDATA] = on_cdata,
        [SCAN_NAME] = on_name,         [SCAN_TAG] = on_tag,
        [SCAN_SLASH] = on_slash,       [SCAN_QUOTE] = on_quote,
        [SCAN_END_NAME] = on_end_name, [SCAN_END_TAG] = on_end_tag,
        [SCAN_DONE] = on_done,
    };
    return handlers[scan->state](scan, c);
}

/* What means something in a tag outside of quotes, or must not stand there. */
static const bool marks[256] = {
    [' '] = true,  ['\t'] = true, ['\n'] = true, ['\r'] = true,
    ['>'] = true,  ['/'] = true,  ['<'] = true,  ['"'] = true,
    ['\''] = true, ['='] = true,  ['&'] = true,
};

static const char *skip_name(struct scan *scan, const char *at, const char *end)
{
    uint32_t hash = scan->name;

    for (; at < end && !marks[(unsigned char)*at]; at++)
        hash = hash_on(hash, *at);
    scan->name = hash;
    return at;
}

static const char *skip_quoted(const struct scan *scan, const char *at,
                               const char *end)
{
    for (; at < end && *at != scan->quote && *at != '<'; at++)
        ;
    return at;
}

static const char *skip_text(const char *at, const char *end)
{
    const char *less = memchr(at, '<', (size_t)(end - at));

    return less ? less : end;
}

/* Names, values and text are most of the bytes: they are passed over without a
 * call for each. Returns where something else begins. */
static const char *skip(struct scan *scan, const char *at, const char *end)
{
    switch (scan->state) {
    case SCAN_NAME:
    case SCAN_END_NAME:
        return skip_name(scan, at, end);
    case SCAN_QUOTE:
        return skip_quoted(scan, at, end);
    case SCAN_TEXT:
        return scan->depth > 1 ? skip_text(at, end) : at;
    case SCAN_TAG:
        while (at < end && !marks[(unsigned char)*at])
            at++;
        return at;
    default:
        return at;
    }
}

static bool exceeds(size_t count, size_t limit)
{
    return limit && count > limit;
}

enum scan_result scan_run(struct scan *scan, const char **at, const char *end)
{
    while (*at < end) {
        const char *next = skip(scan, *at, end);
        bool is_step = next == *at;
        enum scan_result result;

        next += is_step;
        scan->bytes += (size_t)(next - *at);
        if (scan->state != SCAN_TEXT && scan->state != SCAN_CDATA)
            scan->token += (size_t)(next - *at);
        if (exceeds(scan->bytes, scan->limits.max_stanza) ||
            exceeds(scan->token, scan->limits.max_token))
            return fail(scan, XML_TOO_BIG);
        result = is_step ? step(scan, **at) : SCAN_MORE;
        *at = next;
        if (result == SCAN_ELEMENT || result == SCAN_OPENED)
            scan->bytes = 0;
        if (result != SCAN_MORE)
            return result;
    }
    return SCAN_MORE;
}
