#include "router.h"

#include "../common/jid/jid.h"
#include "../common/service/service.h"

bool users_may_come(const struct router_users *users, uid_t uid)
{
    if (uid == NO_USER)
        return false;
    if (uid == 0 || uid == users->developer)
        return true;
    for (int kind = 0; kind < ADDRESS_INVALID; kind++)
        if (users->of_kind[kind] == uid)
            return true;
    return false;
}

static bool is_component(const struct config *config, struct str domain)
{
    size_t count = config_titles_count(config, "component");
    struct arena arena = {0};
    bool is = false;

    for (size_t i = 0; i < count && !is; i++) {
        struct str title = config_title(config, "component", i);

        is = str_eq(jid_prep_domain(&arena, title), domain);
    }
    arena_clear(&arena);
    return is;
}

/* Whose daemon a domain belongs to. A served one is nobody's, for whoever
 * answers there could speak for its users; so is one that no component is
 * configured for. */
static enum address_kind owner_of(const struct config *config,
                                  struct str domain)
{
    if (config_list_has(config, "domains", domain))
        return ADDRESS_INVALID;
    if (service_has(config, SERVICE_ROOMS, domain))
        return ADDRESS_MUC;
    if (service_has(config, SERVICE_PROXY, domain))
        return ADDRESS_PROXY;
    if (service_has(config, SERVICE_UPLOAD, domain))
        return ADDRESS_WEB;
    return is_component(config, domain) ? ADDRESS_DOMAIN : ADDRESS_INVALID;
}

bool users_may_bind(const struct router_users *users, uid_t uid,
                    struct str address)
{
    enum address_kind kind = address_parse(address, NULL);

    if (kind == ADDRESS_INVALID || uid == NO_USER)
        return false;
    if (uid == 0 && kind == ADDRESS_CTL)
        return true; /* the administrator's command */
    if (users->developer != NO_USER && (uid == 0 || uid == users->developer))
        return true;
    if (kind == ADDRESS_DOMAIN && users->config)
        kind = owner_of(users->config, address);
    return kind != ADDRESS_INVALID && users->of_kind[kind] == uid;
}
