/* Which code points the string classes of PRECIS allow: derived from Unicode's
 * properties, in the order of RFC 8264 §8. */
#include "precis.h"

#include <stdlib.h>
#include <string.h>
#include <unictype.h>
#include <unigbrk.h>
#include <uninorm.h>

#define ZERO_WIDTH_NON_JOINER 0x200cu
#define ZERO_WIDTH_JOINER     0x200du
#define VIRAMA                UC_CCC_VR

enum property {
    VALID,         /* PVALID */
    FREEFORM_ONLY, /* ID_DIS or FREE_PVAL */
    BY_CONTEXT,    /* CONTEXTJ or CONTEXTO */
    FORBIDDEN      /* DISALLOWED or UNASSIGNED */
};

/* --- the derived property (§8, §9) ---------------------------------------- */

/* §9.6 (of RFC 5892 §2.6). */
static const struct {
    uint32_t first, last;
    enum property property;
} exceptions[] = {
    {0x00b7, 0x00b7, BY_CONTEXT}, /* middle dot */
    {0x00df, 0x00df, VALID},      /* sharp s */
    {0x0375, 0x0375, BY_CONTEXT}, /* Greek keraia */
    {0x03c2, 0x03c2, VALID},      /* final sigma */
    {0x05f3, 0x05f4, BY_CONTEXT}, /* Hebrew geresh, gershayim */
    {0x0640, 0x0640, FORBIDDEN},  /* Arabic tatweel */
    {0x0660, 0x0669, BY_CONTEXT}, /* Arabic-Indic digits */
    {0x06f0, 0x06f9, BY_CONTEXT}, /* extended Arabic-Indic digits */
    {0x06fd, 0x06fe, VALID},      /* Sindhi signs */
    {0x07fa, 0x07fa, FORBIDDEN},  /* Nko lajanyalan */
    {0x0f0b, 0x0f0b, VALID},      /* Tibetan tsheg */
    {0x3007, 0x3007, VALID},      /* ideographic zero */
    {0x302e, 0x302f, FORBIDDEN},  /* Hangul tone marks */
    {0x3031, 0x3035, FORBIDDEN},  /* vertical kana repeat marks */
    {0x303b, 0x303b, FORBIDDEN},  /* vertical ideographic iteration mark */
    {0x30fb, 0x30fb, BY_CONTEXT}, /* Katakana middle dot */
};

/* §9.9: Hangul_Syllable_Type L, V or T. */
static bool is_old_hangul_jamo(uint32_t c)
{
    int kind = uc_graphemeclusterbreak_property(c);

    return kind == GBP_L || kind == GBP_V || kind == GBP_T;
}

/* §9.17: toNFKC(c) is not c. */
static bool has_compatibility_form(uint32_t c)
{
    uint32_t room[UC_DECOMPOSITION_MAX_LENGTH];
    size_t len = COUNT_OF(room);
    uint32_t *form = u32_normalize(UNINORM_NFKC, &c, 1, room, &len);
    bool is_itself = form && len == 1 && form[0] == c;

    if (form != room)
        free(form);
    return !is_itself;
}

static enum property property_by_category(uint32_t c)
{
    enum {
        LETTER_DIGITS = UC_CATEGORY_MASK_Ll | UC_CATEGORY_MASK_Lu |
                        UC_CATEGORY_MASK_Lo | UC_CATEGORY_MASK_Nd |
                        UC_CATEGORY_MASK_Lm | UC_CATEGORY_MASK_Mn |
                        UC_CATEGORY_MASK_Mc,
        OTHERS = UC_CATEGORY_MASK_Lt | UC_CATEGORY_MASK_Nl |
                 UC_CATEGORY_MASK_No | UC_CATEGORY_MASK_Me |
                 UC_CATEGORY_MASK_Zs | UC_CATEGORY_MASK_S | UC_CATEGORY_MASK_P
    };

    if (uc_is_general_category_withtable(c, LETTER_DIGITS))
        return VALID;
    return uc_is_general_category_withtable(c, OTHERS) ? FREEFORM_ONLY
                                                       : FORBIDDEN;
}

static enum property property_of(uint32_t c)
{
    for (size_t i = 0; i < COUNT_OF(exceptions); i++)
        if (c >= exceptions[i].first && c <= exceptions[i].last)
            return exceptions[i].property;
    if (c > 0x20 && c < 0x7f)
        return VALID;
    if (uc_is_general_category_withtable(c, UC_CATEGORY_MASK_Cn))
        return FORBIDDEN;
    if (uc_is_property_join_control(c))
        return BY_CONTEXT;
    if (is_old_hangul_jamo(c) ||
        uc_is_property_default_ignorable_code_point(c) ||
        uc_is_property_not_a_character(c) ||
        uc_is_general_category_withtable(c, UC_CATEGORY_MASK_Cc))
        return FORBIDDEN;
    return has_compatibility_form(c) ? FREEFORM_ONLY : property_by_category(c);
}

/* --- context (RFC 5892 appendix A) ---------------------------------------- */

struct place {
    const uint32_t *text;
    size_t len, at;
};

static uint32_t before(const struct place *place)
{
    return place->at > 0 ? place->text[place->at - 1] : 0;
}

static uint32_t after(const struct place *place)
{
    return place->at + 1 < place->len ? place->text[place->at + 1] : 0;
}

static bool is_of(uint32_t c, const char *script)
{
    const uc_script_t *is = c ? uc_script(c) : NULL;

    return is && strcmp(is->name, script) == 0;
}

static bool follows_virama(const struct place *place)
{
    return place->at > 0 && uc_combining_class(before(place)) == VIRAMA;
}

/* A.1: a cursive connection would be made here, that the character breaks. */
static bool breaks_a_connection(const struct place *place)
{
    size_t left = place->at, right = place->at + 1;
    int type;

    while (left > 0 &&
           uc_joining_type(place->text[left - 1]) == UC_JOINING_TYPE_T)
        left--;
    while (right < place->len &&
           uc_joining_type(place->text[right]) == UC_JOINING_TYPE_T)
        right++;
    if (left == 0 || right == place->len)
        return false;
    type = uc_joining_type(place->text[left - 1]);
    if (type != UC_JOINING_TYPE_L && type != UC_JOINING_TYPE_D)
        return false;
    type = uc_joining_type(place->text[right]);
    return type == UC_JOINING_TYPE_R || type == UC_JOINING_TYPE_D;
}

/* A.7: the text has a character of the scripts that use the dot. */
static bool stands_in_japanese(const struct place *place)
{
    for (size_t i = 0; i < place->len; i++)
        if (is_of(place->text[i], "Hiragana") ||
            is_of(place->text[i], "Katakana") || is_of(place->text[i], "Han"))
            return true;
    return false;
}

static bool has_within(const struct place *place, uint32_t first, uint32_t last)
{
    for (size_t i = 0; i < place->len; i++)
        if (place->text[i] >= first && place->text[i] <= last)
            return true;
    return false;
}

static bool context_allows(const struct place *place)
{
    uint32_t c = place->text[place->at];

    switch (c) {
    case ZERO_WIDTH_NON_JOINER:
        return follows_virama(place) || breaks_a_connection(place);
    case ZERO_WIDTH_JOINER:
        return follows_virama(place);
    case 0x00b7: /* as Catalan has it */
        return before(place) == 'l' && after(place) == 'l';
    case 0x0375:
        return is_of(after(place), "Greek");
    case 0x05f3:
    case 0x05f4:
        return is_of(before(place), "Hebrew");
    case 0x30fb:
        return stands_in_japanese(place);
    default: /* one kind of Arabic digits or the other */
        return c < 0x06f0 ? !has_within(place, 0x06f0, 0x06f9)
                          : !has_within(place, 0x0660, 0x0669);
    }
}

bool precis_allows(enum precis_class class, const uint32_t *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        const struct place place = {text, len, i};

        switch (property_of(text[i])) {
        case VALID:
            break;
        case FREEFORM_ONLY:
            if (class != PRECIS_FREEFORM)
                return false;
            break;
        case BY_CONTEXT:
            if (!context_allows(&place))
                return false;
            break;
        case FORBIDDEN:
            return false;
        }
    }
    return true;
}
