#include "postgres.h"

#include <glob.h>
#include <libpq-fe.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../common/log/log.h"
#include "../common/migrate/migrate.h"
#include "accounts.h"
#include "process.h"

#define SUPERUSER     "postgres"
#define CONNINFO_SIZE (LAYOUT_PATH + 64)

static const char *const roles[] = {SUPERUSER, "posthouse_owner",
                                    "posthouse_auth", "posthouse_sm", "posthouse_muc",
                                    "posthouse_ctl"};

/* Which system user may log in as which role when root started the suite. Root
 * itself migrates; posthousectl runs as posthouse-ctl. */
struct login {
    const char *user;
    const char *role;
};

static const struct login logins[] = {
    {"root", SUPERUSER},
    {"root", "posthouse_owner"},
    {"root", "posthouse_ctl"},
    {POSTGRES_USER, SUPERUSER},
    {POSTGRES_USER, "posthouse_owner"},
    {"posthouse-auth", "posthouse_auth"},
    {"posthouse-sm", "posthouse_sm"},
    {"posthouse-muc", "posthouse_muc"},
    {"posthouse-ctl", "posthouse_ctl"},
};

/* --- programs ------------------------------------------------------------- */

/* Version of a cluster that is there; 0: none. */
static unsigned cluster_version(const struct layout *layout)
{
    char path[LAYOUT_PATH + 16];
    char text[16] = "";
    FILE *file;

    (void)snprintf(path, sizeof(path), "%s/PG_VERSION", layout->pg_data);
    file = fopen(path, "re");
    if (!file)
        return 0;
    if (!fgets(text, sizeof(text), file))
        text[0] = '\0';
    (void)fclose(file);
    return (unsigned)strtoul(text, NULL, 10);
}

/* The newest version, or the one that made the cluster. */
static bool find_programs(struct layout *layout, struct error *error)
{
    const char *const pattern = "/usr/lib/postgresql/*/bin/postgres";
    unsigned wanted = cluster_version(layout), best = 0;
    glob_t found = {0};

    (void)glob(pattern, 0, NULL, &found);
    for (size_t i = 0; i < found.gl_pathc; i++) {
        const char *path = found.gl_pathv[i];
        unsigned version =
            (unsigned)strtoul(path + strlen("/usr/lib/postgresql/"), NULL, 10);

        if (version <= best || (wanted && version != wanted))
            continue;
        best = version;
        (void)snprintf(layout->pg_bin, sizeof(layout->pg_bin), "%.*s",
                       (int)(strlen(path) - strlen("/postgres")), path);
    }
    globfree(&found);
    if (best)
        return true;
    if (wanted)
        return error_set(error, "%s needs PostgreSQL %u, which is not at %s",
                         layout->pg_data, wanted, pattern);
    return error_set(error, "no PostgreSQL at %s; make deps installs it",
                     pattern);
}

/* --- cluster -------------------------------------------------------------- */

static bool init_cluster(const struct layout *layout, struct error *error)
{
    char program[LAYOUT_PATH + 16], log_path[LAYOUT_PATH];
    char *const argv[] = {program,
                          "--pgdata",
                          (char *)(uintptr_t)layout->pg_data,
                          "--username=" SUPERUSER,
                          "--auth=peer",
                          "--encoding=UTF8",
                          "--locale=C.UTF-8",
                          "--data-checksums",
                          "--no-sync",
                          NULL};
    struct owner owner;

    (void)snprintf(program, sizeof(program), "%s/initdb", layout->pg_bin);
    layout_log_path(layout, "postgres", 0, log_path);
    if (!accounts_owner(&owner, POSTGRES_USER, POSTGRES_USER, error) ||
        !files_touch(log_path, 0640, &owner, error))
        return false;
    if (process_run(&(struct process_options){.argv = argv,
                                              .user = layout->is_root
                                                          ? POSTGRES_USER
                                                          : NULL,
                                              .log_path = log_path},
                    error))
        return true;
    files_print_tail(log_path, 0, 10);
    return false;
}

static bool write_logins(const struct layout *layout, struct error *error)
{
    const struct passwd *self = getpwuid(geteuid());
    struct buf text = {0};
    struct owner owner;
    bool is_written;

    if (!self)
        return error_set(error, "the user %u has no name", geteuid());
    if (layout->is_root)
        for (size_t i = 0; i < COUNT_OF(logins); i++)
            buf_printf(&text, "posthouse \"%s\" %s\n", logins[i].user,
                       logins[i].role);
    else
        for (size_t i = 0; i < COUNT_OF(roles); i++)
            buf_printf(&text, "posthouse \"%s\" %s\n", self->pw_name, roles[i]);
    is_written =
        accounts_owner(&owner, NULL, NULL, error) &&
        files_write(layout->pg_ident, buf_view(&text), 0644, &owner, error) &&
        files_write(layout->pg_hba, STR("local all all peer map=posthouse\n"),
                    0644, &owner, error);
    buf_clear(&text);
    return is_written;
}

bool postgres_prepare(struct layout *layout, struct error *error)
{
    return find_programs(layout, error) && write_logins(layout, error) &&
           (cluster_version(layout) || init_cluster(layout, error));
}

/* --- a server that runs --------------------------------------------------- */

static void conninfo(char out[CONNINFO_SIZE], const struct layout *layout,
                     const char *role, const char *database)
{
    (void)snprintf(out, CONNINFO_SIZE, "host=%s user=%s dbname=%s",
                   layout->pg_socket, role, database);
}

bool postgres_answers(const struct layout *layout)
{
    char info[CONNINFO_SIZE];

    conninfo(info, layout, SUPERUSER, "postgres");
    return PQping(info) == PQPING_OK;
}

static bool ensure_database(const char *info, struct error *error)
{
    PGconn *pg = PQconnectdb(info);
    PGresult *found =
        PQexec(pg, "SELECT 1 FROM pg_database WHERE datname = 'posthouse'");
    bool is_there = PQresultStatus(found) == PGRES_TUPLES_OK;

    if (is_there && PQntuples(found) == 0) {
        PGresult *made =
            PQexec(pg, "CREATE DATABASE posthouse OWNER posthouse_owner");

        is_there = PQresultStatus(made) == PGRES_COMMAND_OK;
        PQclear(made);
    }
    if (!is_there)
        (void)error_set(error, "database posthouse: %s", PQerrorMessage(pg));
    PQclear(found);
    PQfinish(pg);
    return is_there;
}

bool postgres_set_up(const struct layout *layout, struct error *error)
{
    char info[CONNINFO_SIZE], sql[PATH_MAX - 32], path[PATH_MAX];
    struct migrate_result result;

    if (!migrate_find_sql(sql, sizeof(sql), error))
        return false;
    (void)snprintf(path, sizeof(path), "%s/cluster.sql", sql);
    conninfo(info, layout, SUPERUSER, "postgres");
    if (!migrate_run_file(info, path, error) || !ensure_database(info, error))
        return false;
    conninfo(info, layout, "posthouse_owner", "posthouse");
    if (!migrate_run(info, sql, &result, error))
        return false;
    if (result.after != result.before)
        log_event(LOG_LEVEL_INFO, "migrated", LOG_INT("from", result.before),
                  LOG_INT("to", result.after));
    return true;
}
