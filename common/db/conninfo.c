/* Where the database is, out of option `database`. */
#include <libpq-fe.h>
#include <string.h>

#include "db.h"

#define ROLE_MARK "{role}"

const char *db_conninfo(struct arena *arena, struct str database,
                        const char *role)
{
    const char *rest =
        arena_dup(arena, database.len ? database : STR("dbname=posthouse")).p;
    struct buf text = {0};
    const char *mark, *conninfo;

    while ((mark = strstr(rest, ROLE_MARK)) != NULL) {
        buf_printf(&text, "%.*s%s", (int)(mark - rest), rest, role);
        rest = mark + strlen(ROLE_MARK);
    }
    buf_printf(&text, "%s user=%s", rest, role);
    conninfo = arena_dup(arena, buf_view(&text)).p;
    buf_clear(&text);
    return conninfo;
}

const char *db_role(struct arena *arena, struct str suite, const char *role)
{
    static const char usual[] = "posthouse_";

    if (strcmp(role, DB_OWNER) == 0 || strncmp(role, usual, strlen(usual)) != 0)
        return role;
    return arena_printf(arena, "%.*s_%s", STR_ARG(suite), role + strlen(usual)).p;
}

/* One of the hosts of a list is no folder of a socket. */
static bool names_a_host(const char *value)
{
    struct str rest = str_of(value);

    while (rest.p) {
        struct str host = str_cut(&rest, ',');

        if (host.len && host.p[0] != '/' && host.p[0] != '@')
            return true;
    }
    return false;
}

static bool leaves_the_machine(const PQconninfoOption *option)
{
    if (!option->val || !option->val[0])
        return false;
    if (strcmp(option->keyword, "host") == 0)
        return names_a_host(option->val);
    /* A service file may name any host. */
    return strcmp(option->keyword, "hostaddr") == 0 ||
           strcmp(option->keyword, "service") == 0;
}

bool db_is_remote(struct str database)
{
    struct arena arena = {0};
    PQconninfoOption *options =
        PQconninfoParse(db_conninfo(&arena, database, "any"), NULL);
    bool is_remote = false;

    for (PQconninfoOption *o = options; o && o->keyword; o++)
        is_remote = is_remote || leaves_the_machine(o);
    PQconninfoFree(options);
    arena_clear(&arena);
    return is_remote;
}
