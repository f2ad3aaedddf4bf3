/* Without libldap: for daemons that never speak to it. */
#include "ldap.h"

bool ldap_serves(const struct config *config, struct str domain)
{
    return config_str(config, "ldap.uri").len &&
           config_list_has(config, "ldap.domains", domain);
}
