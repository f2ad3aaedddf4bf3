/* The Bidi Rule (RFC 5893 §2), without which parts of an address could seem to
 * change places on the screen. */
#include "precis.h"

#include <unictype.h>

#define KIND(category) (1u << (category))

enum {
    RIGHT = KIND(UC_BIDI_R) | KIND(UC_BIDI_AL),
    EUROPEAN = KIND(UC_BIDI_EN),
    ARABIC = KIND(UC_BIDI_AN),
    MARK = KIND(UC_BIDI_NSM),
    NEUTRAL = KIND(UC_BIDI_ES) | KIND(UC_BIDI_CS) | KIND(UC_BIDI_ET) |
              KIND(UC_BIDI_ON) | KIND(UC_BIDI_BN),
    RIGHT_ALLOWED = RIGHT | ARABIC | EUROPEAN | NEUTRAL | MARK
};

static unsigned kind_of(uint32_t c)
{
    return KIND((unsigned)uc_bidi_category(c));
}

bool precis_keeps_bidi_rule(const uint32_t *text, size_t len)
{
    unsigned kinds = 0, first, last;

    for (size_t i = 0; i < len; i++)
        kinds |= kind_of(text[i]);
    if (!(kinds & (RIGHT | ARABIC)))
        return true;
    while (len > 1 && kind_of(text[len - 1]) == MARK)
        len--;
    first = kind_of(text[0]);
    last = kind_of(text[len - 1]);
    if (first & RIGHT) /* rules 2 to 4 */
        return (kinds | RIGHT_ALLOWED) == RIGHT_ALLOWED &&
               last & (RIGHT | EUROPEAN | ARABIC) &&
               !((kinds & EUROPEAN) && (kinds & ARABIC));
    return false; /* rules 1, 5: what begins otherwise has no such characters */
}
