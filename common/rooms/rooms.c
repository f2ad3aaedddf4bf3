#include "rooms.h"

#define PREFIX STR("conference.")

static bool is_listed(const struct config *config, const char *key,
                      struct str domain)
{
    for (size_t i = 0; i < config_list_count(config, key); i++)
        if (str_eq(config_list_item(config, key, i), domain))
            return true;
    return false;
}

bool rooms_serve(const struct config *config, struct str domain)
{
    if (config_list_count(config, "mucd.domains") > 0)
        return is_listed(config, "mucd.domains", domain);
    if (!str_starts(domain, PREFIX))
        return false;
    domain.p += PREFIX.len;
    domain.len -= PREFIX.len;
    return is_listed(config, "domains", domain);
}

size_t rooms_domain_count(const struct config *config)
{
    size_t own = config_list_count(config, "mucd.domains");

    return own > 0 ? own : config_list_count(config, "domains");
}

struct str rooms_domain(const struct config *config, struct arena *arena,
                        size_t index)
{
    if (config_list_count(config, "mucd.domains") > 0)
        return arena_dup(arena,
                         config_list_item(config, "mucd.domains", index));
    return arena_printf(arena, "%.*s%.*s", STR_ARG(PREFIX),
                        STR_ARG(config_list_item(config, "domains", index)));
}
