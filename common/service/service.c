#include "service.h"

struct service_row {
    const char *key;   /* of a list in the configuration */
    struct str prefix; /* before each served domain when it is empty */
};

static const struct service_row rows[] = {
    [SERVICE_ROOMS] = {"mucd.domains",
                       {"conference.", sizeof("conference.") - 1}},
    [SERVICE_BROADCAST] = {"sm.broadcast-domains",
                           {"broadcast.", sizeof("broadcast.") - 1}},
    [SERVICE_PROXY] = {"proxy65d.domains", {"proxy.", sizeof("proxy.") - 1}},
    [SERVICE_UPLOAD] = {"webd.domains", {"upload.", sizeof("upload.") - 1}},
};

/* What stands behind the service's prefix; absent: something else stands there.
 */
static struct str without_prefix(enum service_kind service, struct str domain)
{
    struct str prefix = rows[service].prefix;

    if (!str_starts(domain, prefix))
        return STR_NONE;
    return (struct str){domain.p + prefix.len, domain.len - prefix.len};
}

size_t service_count(const struct config *config, enum service_kind service)
{
    size_t own = config_list_count(config, rows[service].key);

    return own > 0 ? own : config_list_count(config, "domains");
}

struct str service_domain(const struct config *config,
                          enum service_kind service, struct arena *arena,
                          size_t index)
{
    const char *key = rows[service].key;

    if (config_list_count(config, key) > 0)
        return arena_dup(arena, config_list_item(config, key, index));
    return arena_printf(arena, "%.*s%.*s", STR_ARG(rows[service].prefix),
                        STR_ARG(config_list_item(config, "domains", index)));
}

bool service_has(const struct config *config, enum service_kind service,
                 struct str domain)
{
    struct str served = without_prefix(service, domain);

    if (config_list_count(config, rows[service].key) > 0)
        return config_list_has(config, rows[service].key, domain);
    return served.p && config_list_has(config, "domains", served);
}

bool service_is_for(const struct config *config, enum service_kind service,
                    struct str domain, struct str served)
{
    const char *key = rows[service].key;
    struct str rest = without_prefix(service, domain);

    if (config_list_count(config, key) > 0)
        return str_eq(domain, config_list_item(config, key, 0));
    return rest.p && str_eq(rest, served);
}
