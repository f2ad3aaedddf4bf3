#include "router.h"

#include "../common/bytestreams/bytestreams.h"
#include "../common/rooms/rooms.h"

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
    if (kind == ADDRESS_DOMAIN && users->config &&
        rooms_serve(users->config, address))
        kind = ADDRESS_MUC;
    else if (kind == ADDRESS_DOMAIN && users->config &&
             bytestreams_serve(users->config, address))
        kind = ADDRESS_PROXY;
    return users->of_kind[kind] == uid;
}
