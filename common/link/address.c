#include "link.h"

#include <stdio.h>
#include <string.h>

static const char *const kind_names[] = {
    [ADDRESS_C2S] = "c2s",       [ADDRESS_SM] = "sm",
    [ADDRESS_AUTH] = "auth",     [ADDRESS_MUC] = "muc",
    [ADDRESS_S2S] = "s2s",       [ADDRESS_COMP] = "comp",
    [ADDRESS_PROXY] = "proxy",   [ADDRESS_WEB] = "web",
    [ADDRESS_MAIL] = "mail",
    [ADDRESS_CTL] = "ctl",       [ADDRESS_DOMAIN] = "domain",
    [ADDRESS_INVALID] = "invalid",
};

/* Characters that need no escape between single quotes and are no separator of
 * the envelope. */
static bool is_plain(struct str address)
{
    for (size_t i = 0; i < address.len; i++) {
        unsigned char c = (unsigned char)address.p[i];

        if (c <= ' ' || c == 0x7f || strchr("'\"&<>=", c))
            return false;
    }
    return address.len > 0 && address.len <= LINK_MAX_ADDRESS;
}

enum address_kind address_parse(struct str address, unsigned *instance)
{
    struct str number = address;
    struct str kind = str_cut(&number, '/');
    uint64_t value;

    if (!is_plain(address))
        return ADDRESS_INVALID;
    if (!number.p)
        return ADDRESS_DOMAIN;
    if (!str_to_u64(number, &value) || value > UINT32_MAX ||
        (number.len > 1 && number.p[0] == '0'))
        return ADDRESS_INVALID;
    for (int k = 0; k < ADDRESS_DOMAIN; k++) {
        if (!str_is(kind, kind_names[k]))
            continue;
        if (instance)
            *instance = (unsigned)value;
        return (enum address_kind)k;
    }
    return ADDRESS_INVALID;
}

struct str address_write(char into[32], enum address_kind kind,
                         unsigned instance)
{
    int length = snprintf(into, 32, "%s/%u", kind_names[kind], instance);

    return (struct str){into, (size_t)length};
}
