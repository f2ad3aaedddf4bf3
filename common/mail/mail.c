#include "mail.h"

#include <string.h>

static bool is_allowed(char c)
{
    return (unsigned char)c > ' ' && c != 0x7f &&
           !strchr("@,;:<>()[]\"'\\`", c);
}

static bool are_allowed(struct str part)
{
    for (size_t i = 0; i < part.len; i++)
        if (!is_allowed(part.p[i]))
            return false;
    return part.len > 0;
}

bool mail_is_address(struct str text)
{
    struct str domain = text;
    struct str local = str_cut(&domain, '@');

    return text.len <= MAIL_MAX_ADDRESS && are_allowed(local) &&
           local.p[0] != '-' && are_allowed(domain);
}
