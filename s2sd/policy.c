#include "policy.h"

#include <string.h>

#include "common/network/network.h"

bool policy_allows(const struct config *config, struct str domain)
{
    return !config_list_has(config, "s2sd.blocked", domain) &&
           (config_list_count(config, "s2sd.allowed") == 0 ||
            config_list_has(config, "s2sd.allowed", domain));
}

bool policy_needs_tls(const struct config *config, struct str domain)
{
    return policy_needs_certificate(config, domain) ||
           (config_bool(config, "s2sd.require-tls") &&
            !config_list_has(config, "s2sd.plain-domains", domain));
}

bool policy_needs_certificate(const struct config *config, struct str domain)
{
    return config_bool(config, "s2sd.require-certificate") ||
           !config_bool(config, "s2sd.dialback") ||
           config_list_has(config, "s2sd.certificate-domains", domain);
}

bool policy_may_call(const struct config *config,
                     const struct sockaddr *address)
{
    for (size_t i = config_list_count(config, "s2sd.refused-networks"); i > 0;
         i--) {
        struct network network;

        if (network_parse(
                config_list_item(config, "s2sd.refused-networks", i - 1),
                &network) &&
            network_has(&network, address))
            return false;
    }
    return true;
}

/* "tls:HOST:PORT"; its form was checked with the configuration. */
static void read_place(struct str place, struct str *host, uint16_t *port,
                       bool *is_direct_tls)
{
    const char *colon;
    uint64_t number = 0;

    *is_direct_tls = str_starts(place, STR("tls:"));
    if (*is_direct_tls)
        (void)str_cut(&place, ':');
    colon = memrchr(place.p, ':', place.len);
    *host = (struct str){place.p, (size_t)(colon - place.p)};
    if (host->len > 2 && host->p[0] == '[')
        *host = (struct str){host->p + 1, host->len - 2};
    if (str_to_u64(
            (struct str){colon + 1, (size_t)(place.p + place.len - colon) - 1},
            &number))
        *port = (uint16_t)number;
}

bool policy_place(const struct config *config, struct str domain,
                  struct str *host, uint16_t *port, bool *is_direct_tls)
{
    for (size_t i = config_list_count(config, "s2sd.connect"); i > 0; i--) {
        struct str place = config_list_item(config, "s2sd.connect", i - 1);

        if (!str_eq(str_cut(&place, '='), domain))
            continue;
        read_place(place, host, port, is_direct_tls);
        return true;
    }
    return false;
}
