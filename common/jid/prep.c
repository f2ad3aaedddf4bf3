#include "jid.h"

#include <arpa/inet.h>
#include <idn2.h>
#include <string.h>

#include "precis.h"

#define MAX_LABEL 63 /* bytes (RFC 1035 §2.3.4) */

/* What an ASCII character may stand in without being changed. */
enum { LOCAL = 1, DOMAIN = 2, RESOURCE = 4 };
static const unsigned char plain[256] = {
    ['!'] = LOCAL | RESOURCE,
    ['#' ... '%'] = LOCAL | RESOURCE,
    ['(' ... ','] = LOCAL | RESOURCE,
    ['-' ... '.'] = LOCAL | DOMAIN | RESOURCE,
    ['0' ... '9'] = LOCAL | DOMAIN | RESOURCE,
    [';'] = LOCAL | RESOURCE,
    ['='] = LOCAL | RESOURCE,
    ['?'] = LOCAL | RESOURCE,
    ['[' ... '^'] = LOCAL | RESOURCE,
    ['_'] = LOCAL | DOMAIN | RESOURCE,
    ['`'] = LOCAL | RESOURCE,
    ['a' ... 'z'] = LOCAL | DOMAIN | RESOURCE,
    ['{' ... '~'] = LOCAL | RESOURCE,
    /* What RFC 7622 §3.3.1 forbids in a localpart, and capitals, which are
     * folded there. */
    [' '] = RESOURCE,
    ['"'] = RESOURCE,
    ['&' ... '\''] = RESOURCE,
    ['/'] = RESOURCE,
    [':'] = RESOURCE,
    ['<'] = RESOURCE,
    ['>'] = RESOURCE,
    ['@' ... 'Z'] = RESOURCE,
};

static bool is_plain(struct str s, unsigned char part)
{
    for (size_t i = 0; i < s.len; i++)
        if (!(plain[(unsigned char)s.p[i]] & part))
            return false;
    return true;
}

static bool fits(struct str s)
{
    return s.len > 0 && s.len <= JID_PART_MAX;
}

static bool is_clean(struct str text)
{
    return fits(text) && !memchr(text.p, '\0', text.len);
}

struct str jid_prep_local(struct arena *arena, struct str text)
{
    struct str out;

    if (fits(text) && is_plain(text, LOCAL))
        return text;
    if (!is_clean(text))
        return STR_NONE;
    out = precis_username_case_mapped(arena, text);
    if (!fits(out))
        return STR_NONE;
    for (size_t i = 0; i < out.len; i++)
        if ((unsigned char)out.p[i] < 0x80 &&
            !(plain[(unsigned char)out.p[i]] & LOCAL))
            return STR_NONE;
    return out;
}

struct str jid_prep_resource(struct arena *arena, struct str text)
{
    struct str out;

    if (fits(text) && is_plain(text, RESOURCE))
        return text;
    out = is_clean(text) ? precis_opaque_string(arena, text) : STR_NONE;
    return fits(out) ? out : STR_NONE;
}

struct str jid_fold(struct arena *arena, struct str text)
{
    return precis_fold(arena, text);
}

/* An address literal: 192.0.2.1 or [2001:db8::1]. */
static bool is_ip_literal(struct str text)
{
    char room[64];
    unsigned char address[16];
    bool v6 = text.len > 2 && text.p[0] == '[' && text.p[text.len - 1] == ']';

    if (v6)
        text = (struct str){text.p + 1, text.len - 2};
    if (text.len >= sizeof(room))
        return false;
    memcpy(room, text.p, text.len);
    room[text.len] = '\0';
    return inet_pton(v6 ? AF_INET6 : AF_INET, room, address) == 1;
}

static bool is_ascii(struct str text)
{
    for (size_t i = 0; i < text.len; i++)
        if ((unsigned char)text.p[i] >= 0x80)
            return false;
    return true;
}

/* Dot-separated labels of letters, digits and hyphens, 1 to 63 bytes each, not
 * beginning or ending with a hyphen (RFC 1123 §2.1). Bytes above ASCII belong
 * to internationalised labels, which IDNA has judged. */
static bool labels_valid(struct str domain)
{
    struct str rest = domain;

    while (rest.p) {
        struct str label = str_cut(&rest, '.');

        if (label.len == 0 || label.p[0] == '-' ||
            label.p[label.len - 1] == '-')
            return false;
        for (size_t i = 0; i < label.len; i++) {
            unsigned char c = (unsigned char)label.p[i];

            if (c < 0x80 && c != '-' && c != '_' && !(c >= 'a' && c <= 'z') &&
                !(c >= '0' && c <= '9'))
                return false;
        }
        if (label.len > MAX_LABEL && is_ascii(label))
            return false;
    }
    return true;
}

/* The U-label form of an internationalised domain, if IDNA2008 knows it. */
static struct str to_unicode(struct arena *arena, struct str text)
{
    const int flags = IDN2_NFC_INPUT | IDN2_NO_TR46;
    struct str copy = arena_dup(arena, text); /* with a NUL behind it */
    struct str out = STR_NONE;
    char *ascii = NULL, *unicode = NULL;

    if (idn2_to_ascii_8z(copy.p, &ascii, flags) != IDN2_OK)
        return STR_NONE;
    if (idn2_to_unicode_8z8z(ascii, &unicode, 0) == IDN2_OK)
        out = arena_dup(arena, str_of(unicode));
    idn2_free(ascii);
    idn2_free(unicode);
    return out;
}

/* An internationalised domain in a form that preparation leaves alone: encoded
 * names exist of which the decoded form is refused or becomes another. */
static struct str prepare_idna(struct arena *arena, struct str text)
{
    struct str once = to_unicode(arena, text);
    struct str twice = once.p ? to_unicode(arena, once) : STR_NONE;

    return twice.p && str_eq(once, twice) ? once : STR_NONE;
}

/* Whether a label may be an encoded one, of which the U-label is the same. */
static bool has_a_label(struct str domain)
{
    return memchr(domain.p, '-', domain.len) &&
           memmem(domain.p, domain.len, "xn--", 4);
}

struct str jid_prep_domain(struct arena *arena, struct str text)
{
    if (text.len > 1 && text.p[text.len - 1] == '.')
        text.len--;
    if (!fits(text))
        return STR_NONE;
    /* Addresses end with a digit or a bracket, names mostly with a letter. */
    if (text.p[text.len - 1] < 'a' && is_ip_literal(text))
        return text;
    if (!is_plain(text, DOMAIN)) {
        text = is_clean(text) ? precis_map_domain(arena, text) : STR_NONE;
        if (!fits(text))
            return STR_NONE;
    }
    if (!is_ascii(text) || has_a_label(text))
        text = prepare_idna(arena, text);
    return fits(text) && labels_valid(text) ? text : STR_NONE;
}
