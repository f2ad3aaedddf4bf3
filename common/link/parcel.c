#include "parcel.h"

#include <string.h>

#include "control.h"

#define START     STR("<" CTL_PARCEL " xmlns='" NS_LINK "' to='")
#define ATTR_LENS STR("' lens='")
#define START_END STR("'>")
#define END       STR("</" CTL_PARCEL ">")

void parcel_add_receiver(struct buf *to, uint64_t sid, uint64_t n)
{
    if (buf_len(to) > 0)
        buf_add_char(to, ' ');
    buf_add_u64(to, sid);
    buf_add_char(to, ':');
    buf_add_u64(to, n);
}

void parcel_add_len(struct buf *lens, size_t len)
{
    if (buf_len(lens) > 0)
        buf_add_char(lens, ' ');
    buf_add_u64(lens, len);
}

void parcel_write(struct buf *out, const struct parcel_text *text)
{
    buf_add(out, START);
    buf_add(out, text->to);
    buf_add(out, ATTR_LENS);
    buf_add(out, text->lens);
    buf_add(out, START_END);
    buf_add(out, text->stanzas);
    buf_add(out, END);
}

bool parcel_is(struct str body)
{
    return str_starts(body, START);
}

static void drop(struct str *text, size_t count)
{
    text->p += count;
    text->len -= count;
}

/* A number off the front; false when there is none. */
static bool take_number(struct str *text, uint64_t *number)
{
    uint64_t value = 0;
    size_t at = 0;

    for (; at < text->len && text->p[at] >= '0' && text->p[at] <= '9'; at++) {
        unsigned digit = (unsigned)(text->p[at] - '0');

        if (value > (UINT64_MAX - digit) / 10)
            return false;
        value = value * 10 + digit;
    }
    drop(text, at);
    *number = value;
    return at > 0;
}

static bool take_char(struct str *text, char c)
{
    if (text->len == 0 || *text->p != c)
        return false;
    drop(text, 1);
    return true;
}

/* The end of an entry: the list's, or a space and one more. */
static bool ends(struct str *text)
{
    return text->len == 0 || (take_char(text, ' ') && text->len > 0);
}

bool parcel_next_receiver(struct str *to, uint64_t *sid, uint64_t *n)
{
    return take_number(to, sid) && take_char(to, ':') && take_number(to, n) &&
           ends(to);
}

bool parcel_next_stanza(struct parcel_text *text, struct str *stanza)
{
    uint64_t len;

    if (!take_number(&text->lens, &len) || !ends(&text->lens) ||
        len > text->stanzas.len)
        return false;
    *stanza = (struct str){text->stanzas.p, (size_t)len};
    drop(&text->stanzas, (size_t)len);
    return true;
}

size_t parcel_head(struct str stanza)
{
    size_t at = 0;

    while (at < stanza.len && stanza.p[at] != ' ' && stanza.p[at] != '>' &&
           stanza.p[at] != '/')
        at++;
    return at;
}

/* What stands before the mark; the rest begins behind it. */
static bool cut(struct str *rest, struct str mark, struct str *before)
{
    const char *at = rest->len ? memchr(rest->p, '\'', rest->len) : NULL;

    if (!at)
        return false;
    *before = (struct str){rest->p, (size_t)(at - rest->p)};
    drop(rest, before->len);
    if (!str_starts(*rest, mark))
        return false;
    drop(rest, mark.len);
    return true;
}

static bool is_sound(struct parcel_text text)
{
    struct str stanza;

    while (text.stanzas.len > 0)
        if (!parcel_next_stanza(&text, &stanza) || stanza.len < 4 ||
            stanza.p[0] != '<' || parcel_head(stanza) == stanza.len)
            return false;
    return text.lens.len == 0;
}

bool parcel_read(struct str body, struct parcel_text *text)
{
    if (!parcel_is(body))
        return false;
    drop(&body, START.len);
    if (!cut(&body, ATTR_LENS, &text->to) ||
        !cut(&body, START_END, &text->lens) || body.len < END.len)
        return false;
    text->stanzas = (struct str){body.p, body.len - END.len};
    drop(&body, text->stanzas.len);
    return str_eq(body, END) && text->to.len > 0 && text->stanzas.len > 0 &&
           is_sound(*text);
}
