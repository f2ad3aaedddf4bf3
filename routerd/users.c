#include "router.h"

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

/* Whose daemon a domain belongs to. */
static enum address_kind owner_of(const struct config *config,
                                  struct str domain)
{
    if (service_has(config, SERVICE_ROOMS, domain))
        return ADDRESS_MUC;
    if (service_has(config, SERVICE_PROXY, domain))
        return ADDRESS_PROXY;
    return ADDRESS_DOMAIN;
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
    return users->of_kind[kind] == uid;
}
