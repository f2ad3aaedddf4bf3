/* The suite's configuration and its database. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/migrate/migrate.h"
#include "ctl.h"
#include "ctl_statements.h"
#include "dry_run.h"

#define INSTALLED_CONFIG "/etc/posthouse/posthouse.conf"

bool ctl_load_config(struct ctl *ctl)
{
    struct error error;
    const char *path = INSTALLED_CONFIG;

    if (ctl->state)
        path = arena_printf(&ctl->arena, "%s/posthouse.conf", ctl->state).p;
    ctl->config = config_load(path, NULL, 0, &error);
    if (!ctl->config)
        ctl_refuse("%s%s", error.text,
                   ctl->state ? ""
                              : ctl_words("; --state DIR names another suite"));
    return ctl->config != NULL;
}

const char *ctl_conninfo(struct ctl *ctl, const char *role)
{
    struct str database = config_str(ctl->config, "database");

    if (!database.len && ctl->state)
        database = arena_printf(&ctl->arena, "host=%s/run/pg dbname=posthouse",
                                ctl->state);
    return db_conninfo(
        &ctl->arena, database,
        db_role(&ctl->arena, config_str(ctl->config, "database-roles"), role));
}

/* The name of the local time zone, absent when it has none that can be found.
 * In the arena. */
static struct str local_zone(struct arena *arena)
{
    static const char folder[] = "/zoneinfo/";
    char path[256];
    const char *zone = getenv("TZ");
    const char *at;
    ssize_t length;

    if (zone && *zone)
        return arena_dup(arena, str_of(zone + (*zone == ':')));
    length = readlink("/etc/localtime", path, sizeof(path) - 1);
    if (length <= 0)
        return STR_NONE;
    path[length] = '\0';
    at = strstr(path, folder);
    return at ? arena_dup(arena, str_of(at + sizeof(folder) - 1)) : STR_NONE;
}

/* People read times by their own clocks, with the zone behind them; programs by
 * UTC. libpq tells PostgreSQL what PGTZ says. */
static void choose_zone(struct ctl *ctl)
{
    struct str zone = ctl->json ? STR("UTC") : local_zone(&ctl->arena);

    if (zone.len)
        (void)setenv("PGTZ", zone.p, 0);
}

bool ctl_connect(struct ctl *ctl, const char *role)
{
    choose_zone(ctl);
    ctl->connection = PQconnectdb(ctl_conninfo(ctl, role));
    if (PQstatus(ctl->connection) == CONNECTION_OK)
        return true;
    ctl_refuse("%s", PQerrorMessage(ctl->connection));
    return false;
}

void ctl_clear(struct ctl *ctl)
{
    PQfinish(ctl->connection);
    config_free(ctl->config);
    arena_clear(&ctl->arena);
}

/* What the database's own words do not tell an administrator. */
struct refusal_row {
    size_t statement;
    const char *constraint;
    const char *reason;
};

static const struct refusal_row refusals[] = {
    {CTL_USER_ADD, "account_pkey", "the account exists already"},
    {CTL_DEPARTMENT_ADD, "department_domain_path_key",
     "the department exists already"},
    {CTL_DEPARTMENT_DEL, "department_domain_parent_fkey",
     "departments lie below it; remove them first"},
    {CTL_MEMBER_MOVE, "department_member_pkey",
     "the account is in that department already"},
    {CTL_DEPARTMENT_CHANGE, "department_domain_path_key",
     "the department exists already"},
    {CTL_MEMBER_ADD, "department_member_domain_username_fkey",
     "there is no such account"},
};

static const char *reason_of(const struct ctl *ctl, size_t statement,
                             const PGresult *result)
{
    const char *constraint =
        PQresultErrorField(result, PG_DIAG_CONSTRAINT_NAME);
    const char *reason = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);

    for (size_t i = 0; constraint && i < COUNT_OF(refusals); i++)
        if (refusals[i].statement == statement &&
            strcmp(refusals[i].constraint, constraint) == 0)
            return refusals[i].reason;
    return reason ? reason : PQerrorMessage(ctl->connection);
}

bool ctl_execute(struct ctl *ctl, const char *sql)
{
    PGresult *result = PQexec(ctl->connection, sql);
    bool ok = PQresultStatus(result) == PGRES_COMMAND_OK;

    if (!ok)
        ctl_refuse("%s", PQerrorMessage(ctl->connection));
    PQclear(result);
    return ok;
}

bool ctl_begin(struct ctl *ctl)
{
    return ctl->dry || ctl_execute(ctl, "BEGIN");
}

bool ctl_commit(struct ctl *ctl)
{
    return ctl->dry || ctl_execute(ctl, "COMMIT");
}

void ctl_rollback(struct ctl *ctl)
{
    if (!ctl->dry)
        (void)!ctl_execute(ctl, "ROLLBACK");
}

PGresult *ctl_run(struct ctl *ctl, size_t index, const struct str *params)
{
    const struct db_statement *statement = &ctl_statements[index];
    const char *values[DB_MAX_PARAMS] = {NULL};
    struct arena arena = {0}; /* a batch of an import is large */
    PGresult *result;

    for (unsigned i = 0; params && i < statement->params; i++)
        if (params[i].p)
            values[i] = arena_dup(&arena, params[i]).p;
    result = PQexecParams(ctl->connection, statement->sql,
                          (int)statement->params, NULL, values, NULL, NULL, 0);
    arena_clear(&arena);
    if (PQresultStatus(result) == PGRES_COMMAND_OK ||
        PQresultStatus(result) == PGRES_TUPLES_OK)
        return result;
    ctl_refuse("%s", reason_of(ctl, index, result));
    PQclear(result);
    return NULL;
}

long ctl_change(struct ctl *ctl, size_t index, const struct str *params)
{
    PGresult *result = ctl_run(ctl, index, params);
    long count;

    if (!result)
        return -1;
    count = strtol(PQcmdTuples(result), NULL, 10);
    PQclear(result);
    return count;
}

/* Each of them is a transaction of its own: they are counted, not tried. */
static int count_migrations(struct ctl *ctl, unsigned newest)
{
    PGresult *result = ctl_run(ctl, CTL_SCHEMA_VERSION, NULL);
    unsigned long version;

    if (!result)
        return EXIT_REFUSED;
    version = strtoul(PQgetvalue(result, 0, 0), NULL, 10);
    dry_run_count(ctl, "migrations", newest > version ? newest - version : 0);
    PQclear(result);
    return EXIT_SUCCESS;
}

int db_migrate(struct ctl *ctl)
{
    struct migrate_result result;
    struct error error;
    char folder[4096];

    if (!migrate_find_sql(folder, sizeof(folder), &error))
        return ctl_refuse("%s", error.text);
    if (ctl->dry)
        return count_migrations(ctl, migrate_newest(folder));
    if (!migrate_run(ctl_conninfo(ctl, "posthouse_owner"), folder, &result,
                     &error))
        return ctl_refuse("%s", error.text);
    printf(ctl->json ? "{\"before\": %u, \"after\": %u}\n"
                     : "schema version %u, now %u\n",
           result.before, result.after);
    return EXIT_SUCCESS;
}
