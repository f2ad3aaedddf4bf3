#include "language.h"

/* "0.5" in thousandths (RFC 9110 §12.4.2); 0 when it is none. */
static unsigned read_weight(struct str text)
{
    unsigned weight = 0, place = 100;

    if (!text.len || text.len > 5 || (text.len > 1 && text.p[1] != '.'))
        return 0;
    if (text.p[0] == '1')
        return 1000;
    for (size_t i = 2; i < text.len && text.p[i] >= '0' && text.p[i] <= '9';
         i++, place /= 10)
        weight += (unsigned)(text.p[i] - '0') * place;
    return text.p[0] == '0' ? weight : 0;
}

/* What stands behind the tag: ";q=0.5"; without it 1. */
static unsigned weight_of(struct str parameters)
{
    while (parameters.p) {
        struct str value = str_trim(str_cut(&parameters, ';'));
        struct str name = str_cut(&value, '=');

        if (str_eq_nocase(name, STR("q")))
            return read_weight(value.p ? value : STR(""));
    }
    return 1000;
}

enum language language_choose(struct str accepted)
{
    enum language chosen = text_default();
    unsigned most = 0;

    while (accepted.p) {
        struct str rest = str_cut(&accepted, ',');
        struct str tag = str_trim(str_cut(&rest, ';'));
        unsigned weight = weight_of(rest);

        if (weight <= most || !text_knows(tag))
            continue;
        most = weight;
        chosen = text_language(tag);
    }
    return chosen;
}
