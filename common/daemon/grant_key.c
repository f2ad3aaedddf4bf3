/* The key that authd signs grants with and sm verifies them. */
#include "daemon.h"

bool daemon_load_grant_key(const struct daemon *daemon, struct grant_key *key,
                           struct error *error)
{
    struct arena arena = {0};
    struct str path = config_str(daemon->config, "grant-key");
    bool is_loaded;

    if (path.len == 0)
        path = arena_printf(&arena, "%s/../keys/grant.key",
                            daemon->options.run_dir);
    else
        path = arena_dup(&arena, path);
    is_loaded = grant_key_load(key, path.p, error);
    arena_clear(&arena);
    return is_loaded;
}
