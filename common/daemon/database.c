/* Apart from daemon.c, so that daemons without tables do not load libpq. */
#include "../db/db.h"
#include "daemon.h"

const char *daemon_conninfo(const struct daemon *daemon, struct arena *arena,
                            const char *role)
{
    const char *own =
        db_role(arena, config_str(daemon->config, "database-roles"), role);

    return arena_printf(
               arena, "%s application_name=%s/%lld",
               db_conninfo(arena, config_str(daemon->config, "database"), own),
               daemon->name, (long long)clock_unix_ms())
        .p;
}

bool daemon_drop_all_but_database(struct daemon *daemon, struct error *error)
{
    return daemon_drop_privileges(
        daemon, db_is_remote(config_str(daemon->config, "database")), error);
}
