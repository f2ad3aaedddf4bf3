#include "check.h"

#include <string.h>

#define MAX_DOMAIN 1023u
#define MAX_LABEL  63u

static bool is_letter(unsigned char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c >= 0x80;
}

static bool is_label(struct str label)
{
    if (label.len == 0 || label.len > MAX_LABEL || label.p[0] == '-' ||
        label.p[label.len - 1] == '-')
        return false;
    for (size_t i = 0; i < label.len; i++)
        if (!is_letter((unsigned char)label.p[i]) && label.p[i] != '-')
            return false;
    return true;
}

bool check_domain(struct str value)
{
    if (value.len == 0 || value.len > MAX_DOMAIN)
        return false;
    while (value.p)
        if (!is_label(str_cut(&value, '.')))
            return false;
    return true;
}

bool check_account(struct str value)
{
    struct str domain = value;
    struct str user = str_cut(&domain, '@');

    return user.len > 0 && domain.p && check_domain(domain);
}

bool check_contact(struct str value)
{
    static const char *const kinds[] = {
        "abuse", "admin", "feedback", "sales", "security", "status", "support"};
    struct str uri = value;
    struct str kind = str_cut(&uri, '=');
    struct str rest = uri;
    struct str scheme = str_cut(&rest, ':');

    if (!uri.p || scheme.len == 0 || rest.len == 0)
        return false;
    for (size_t i = 0; i < COUNT_OF(kinds); i++)
        if (str_is(kind, kinds[i]))
            return true;
    return false;
}

bool check_connect(struct str value)
{
    struct str place = value;
    struct str domain = str_cut(&place, '=');
    const char *colon;
    uint64_t port;

    if (str_starts(place, STR("tls:")))
        (void)str_cut(&place, ':');
    colon = place.len ? memrchr(place.p, ':', place.len) : NULL;
    if (!check_domain(domain) || !colon || colon == place.p)
        return false;
    place.len -= (size_t)(colon + 1 - place.p);
    place.p = colon + 1;
    return str_to_u64(place, &port) && port > 0 && port <= 65535;
}
