/* Profiles of PRECIS: what is made of a text before its code points are judged
 * (RFC 8265, RFC 7622 §3.2). */
#include "precis.h"

#include <stdlib.h>
#include <unicase.h>
#include <unictype.h>
#include <uninorm.h>
#include <unistr.h>

#include "../xml/xml.h"

/* A profile is applied until it changes nothing, but not for ever (RFC 8264
 * §7). */
#define MAX_ROUNDS 3

#define IDEOGRAPHIC_FULL_STOP 0x3002u

/* Code points; heap. NULL: there is no such text. */
struct points {
    uint32_t *at;
    size_t len;
};

static struct points decode(struct str text)
{
    struct points points = {0};

    if (xml_utf8_valid(text))
        points.at =
            u8_to_u32((const uint8_t *)text.p, text.len, NULL, &points.len);
    return points;
}

static struct str encode(struct arena *arena, const struct points *points)
{
    size_t len = 0;
    uint8_t *text = u32_to_u8(points->at, points->len, NULL, &len);
    struct str out =
        text ? arena_dup(arena, (struct str){(const char *)text, len})
             : STR_NONE;

    free(text);
    return out;
}

static void replace(struct points *points, uint32_t *at, size_t len)
{
    free(points->at);
    *points = (struct points){at, at ? len : 0};
}

static void normalize(struct points *points, uninorm_t form)
{
    size_t len = 0;
    uint32_t *at = u32_normalize(form, points->at, points->len, NULL, &len);

    replace(points, at, len);
}

static void map_widths(struct points *points)
{
    for (size_t i = 0; i < points->len; i++)
        points->at[i] = precis_map_width(points->at[i]);
}

static void lower_and_compose(struct points *points)
{
    size_t len = 0;
    uint32_t *at =
        u32_tolower(points->at, points->len, NULL, UNINORM_NFC, NULL, &len);

    replace(points, at, len);
}

static void fold(struct points *points)
{
    size_t len = 0;
    uint32_t *at =
        u32_casefold(points->at, points->len, NULL, UNINORM_NFKC, NULL, &len);

    replace(points, at, len);
}

uint32_t precis_map_width(uint32_t c)
{
    ucs4_t made[UC_DECOMPOSITION_MAX_LENGTH];
    int tag;

    if (uc_decomposition(c, &tag, made) == 1 &&
        (tag == UC_DECOMP_WIDE || tag == UC_DECOMP_NARROW))
        return made[0];
    return c;
}

/* RFC 8265 §3.3.1 to §3.3.2. */
static bool username_round(struct points *points)
{
    map_widths(points);
    if (!precis_allows(PRECIS_IDENTIFIER, points->at, points->len))
        return false;
    lower_and_compose(points);
    return points->at && precis_keeps_bidi_rule(points->at, points->len) &&
           precis_allows(PRECIS_IDENTIFIER, points->at, points->len);
}

/* RFC 8265 §4.2.1 to §4.2.2. */
static bool opaque_round(struct points *points)
{
    if (!precis_allows(PRECIS_FREEFORM, points->at, points->len))
        return false;
    for (size_t i = 0; i < points->len; i++)
        if (uc_is_general_category_withtable(points->at[i],
                                             UC_CATEGORY_MASK_Zs))
            points->at[i] = ' ';
    normalize(points, UNINORM_NFC);
    return points->at &&
           precis_allows(PRECIS_FREEFORM, points->at, points->len);
}

static struct str enforce(struct arena *arena, struct str text,
                          bool (*one_round)(struct points *))
{
    for (int i = 0; i < MAX_ROUNDS; i++) {
        struct points points = decode(text);
        struct str out =
            points.at && one_round(&points) ? encode(arena, &points) : STR_NONE;

        free(points.at);
        if (!out.p || str_eq(out, text))
            return out;
        text = out;
    }
    return STR_NONE;
}

struct str precis_username_case_mapped(struct arena *arena, struct str text)
{
    return enforce(arena, text, username_round);
}

struct str precis_opaque_string(struct arena *arena, struct str text)
{
    return enforce(arena, text, opaque_round);
}

struct str precis_map_domain(struct arena *arena, struct str text)
{
    struct points points = decode(text);
    struct str out = STR_NONE;

    if (!points.at)
        return STR_NONE;
    map_widths(&points);
    for (size_t i = 0; i < points.len; i++)
        if (points.at[i] == IDEOGRAPHIC_FULL_STOP)
            points.at[i] = '.';
    lower_and_compose(&points);
    if (points.at)
        out = encode(arena, &points);
    free(points.at);
    return out;
}

struct str precis_fold(struct arena *arena, struct str text)
{
    struct points points = decode(text);
    struct str out = STR_NONE;

    if (points.at)
        fold(&points);
    if (points.at)
        out = encode(arena, &points);
    free(points.at);
    return out;
}
