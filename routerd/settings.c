#include "settings.h"

#include <pwd.h>
#include <stdlib.h>

static uid_t find_user(const struct config *config, const char *key)
{
    char *name = str_dup_heap(config_str(config, key));
    const struct passwd *user = getpwnam(name);

    free(name);
    return user ? user->pw_uid : NO_USER;
}

void settings_read(struct router_options *options, const struct config *config,
                   uid_t self)
{
    struct router_users *users = &options->users;

    for (int kind = 0; kind < ADDRESS_INVALID; kind++)
        users->of_kind[kind] = NO_USER;
    users->of_kind[ADDRESS_C2S] = find_user(config, "users.c2s");
    users->of_kind[ADDRESS_AUTH] = find_user(config, "users.auth");
    users->of_kind[ADDRESS_SM] = find_user(config, "users.sm");
    users->of_kind[ADDRESS_MUC] = find_user(config, "users.muc");
    users->of_kind[ADDRESS_COMP] = find_user(config, "users.comp");
    users->of_kind[ADDRESS_DOMAIN] = users->of_kind[ADDRESS_COMP];
    users->of_kind[ADDRESS_PROXY] = find_user(config, "users.proxy");
    users->of_kind[ADDRESS_WEB] = find_user(config, "users.web");
    users->of_kind[ADDRESS_S2S] = find_user(config, "users.s2s");
    users->of_kind[ADDRESS_MAIL] = find_user(config, "users.mail");
    users->config = config;
    users->developer =
        self == find_user(config, "users.router") ? NO_USER : self;
    options->max_peer_buffer =
        (size_t)config_int(config, "routerd.max-peer-buffer");
    options->max_peers = (size_t)config_int(config, "routerd.max-peers");
    options->max_peers_per_user =
        (size_t)config_int(config, "routerd.max-peers-per-user");
    options->header_timeout_ms =
        config_int(config, "routerd.header-timeout") * 1000;
    options->stall_timeout_ms =
        config_int(config, "routerd.stall-timeout") * 1000;
}
