#include "migrate.h"

#include <errno.h>
#include <glob.h>
#include <libpq-fe.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifndef POSTHOUSE_DATADIR
#define POSTHOUSE_DATADIR "/usr/local/share/posthouse"
#endif
/* Any number of our own, the same for all who migrate this database. */
#define MIGRATION_LOCK "4961317"
#define MAX_FILE_BYTES (1u << 20)

static bool is_sql_dir(const char *path)
{
    char roles[PATH_MAX];
    int length = snprintf(roles, sizeof(roles), "%s/roles.sql", path);

    return length > 0 && (size_t)length < sizeof(roles) &&
           access(roles, R_OK) == 0;
}

/* The folder of the running program. */
static bool program_folder(char *path, size_t size)
{
    ssize_t length = readlink("/proc/self/exe", path, size - 1);
    char *slash;

    if (length < 0)
        return false;
    path[length] = '\0';
    slash = strrchr(path, '/');
    if (slash)
        *slash = '\0';
    return slash != NULL;
}

bool migrate_find_sql(char *path, size_t size, struct error *error)
{
    static const char *const beside[] = {"/../share/posthouse/sql",
                                         "/../../sql"};
    const char *chosen = getenv("POSTHOUSE_SQL");
    char folder[PATH_MAX];

    if (chosen) {
        (void)snprintf(path, size, "%s", chosen);
        return is_sql_dir(path) ||
               error_set(error, "POSTHOUSE_SQL=%s: holds no roles.sql", chosen);
    }
    if (program_folder(folder, sizeof(folder))) {
        for (size_t i = 0; i < COUNT_OF(beside); i++) {
            int length = snprintf(path, size, "%s%s", folder, beside[i]);

            if (length > 0 && (size_t)length < size && is_sql_dir(path))
                return true;
        }
    }
    (void)snprintf(path, size, "%s", POSTHOUSE_DATADIR "/sql");
    return is_sql_dir(path) ||
           error_set(error,
                     "no folder of SQL files beside the program or at "
                     "%s; POSTHOUSE_SQL may name it",
                     path);
}

static bool read_file(struct buf *text, const char *path, struct error *error)
{
    FILE *file = fopen(path, "re");
    size_t count;

    if (!file)
        return error_set(error, "%s: %s", path, strerror(errno));
    do {
        count = fread(buf_reserve(text, 65536), 1, 65536, file);
        buf_added(text, count);
    } while (count > 0 && buf_len(text) < MAX_FILE_BYTES);
    (void)fclose(file);
    buf_add_char(text, '\0');
    return count == 0 || error_set(error, "%s: too large", path);
}

static bool run(PGconn *pg, const char *sql, const char *what,
                struct error *error)
{
    PGresult *result = PQexec(pg, sql);
    ExecStatusType status = PQresultStatus(result);
    bool is_done = status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK ||
                   status == PGRES_EMPTY_QUERY;

    if (!is_done)
        (void)error_set(error, "%s: %s", what, PQerrorMessage(pg));
    PQclear(result);
    return is_done;
}

/* One file is one transaction: it is there as a whole or not at all. */
static bool run_file(PGconn *pg, const char *path, struct error *error)
{
    struct buf text = {0};
    bool is_done = read_file(&text, path, error) &&
                   run(pg, "BEGIN", path, error) &&
                   run(pg, buf_view(&text).p, path, error) &&
                   run(pg, "COMMIT", path, error);

    buf_clear(&text);
    return is_done;
}

/* What PostgreSQL has to remark ("does not exist, skipping") is no event. */
static void ignore_notice(void *ctx, const char *text)
{
    (void)ctx;
    (void)text;
}

static PGconn *connect_to(const char *conninfo, struct error *error)
{
    PGconn *pg = PQconnectdb(conninfo);

    if (PQstatus(pg) == CONNECTION_OK) {
        (void)PQsetNoticeProcessor(pg, ignore_notice, NULL);
        return pg;
    }
    (void)error_set(error, "%s", PQerrorMessage(pg));
    PQfinish(pg);
    return NULL;
}

static bool ask_number(PGconn *pg, const char *sql, unsigned *number,
                       struct error *error)
{
    PGresult *result = PQexec(pg, sql);
    bool is_there = PQresultStatus(result) == PGRES_TUPLES_OK;

    if (is_there)
        *number = PQntuples(result)
                      ? (unsigned)strtoul(PQgetvalue(result, 0, 0), NULL, 10)
                      : 0;
    else
        (void)error_set(error, "schema version: %s", PQerrorMessage(pg));
    PQclear(result);
    return is_there;
}

static bool find_version(PGconn *pg, unsigned *version, struct error *error)
{
    unsigned is_there = 0;

    *version = 0;
    if (!ask_number(pg,
                    "SELECT count(*) FROM pg_class "
                    "WHERE oid = to_regclass('schema_version')",
                    &is_there, error))
        return false;
    return !is_there ||
           ask_number(pg,
                      "SELECT coalesce(max(version), 0) FROM schema_version",
                      version, error);
}

/* "…/0002_im.sql" is version 2. */
static unsigned version_of(const char *path)
{
    return (unsigned)strtoul(strrchr(path, '/') + 1, NULL, 10);
}

/* The migrations in their order; globfree() what it finds. */
static bool list_migrations(const char *sql_dir, glob_t *files)
{
    char pattern[PATH_MAX];
    int length =
        snprintf(pattern, sizeof(pattern), "%s/migrations/*.sql", sql_dir);

    *files = (glob_t){0};
    return length > 0 && (size_t)length < sizeof(pattern) &&
           glob(pattern, 0, NULL, files) == 0;
}

static bool apply_all(PGconn *pg, const char *sql_dir,
                      struct migrate_result *result, struct error *error)
{
    glob_t files;
    bool is_done = list_migrations(sql_dir, &files) ||
                   error_set(error, "%s/migrations: no migrations", sql_dir);

    for (size_t i = 0; is_done && i < files.gl_pathc; i++) {
        unsigned version = version_of(files.gl_pathv[i]);

        if (version <= result->after)
            continue;
        /* One that forgets its number would be applied again. */
        is_done =
            run_file(pg, files.gl_pathv[i], error) &&
            find_version(pg, &result->after, error) &&
            (result->after == version ||
             error_set(error, "%s: does not insert %u into schema_version",
                       files.gl_pathv[i], version));
    }
    globfree(&files);
    return is_done;
}

static bool migrate(PGconn *pg, const char *sql_dir,
                    struct migrate_result *result, struct error *error)
{
    char roles[PATH_MAX];

    (void)snprintf(roles, sizeof(roles), "%s/roles.sql", sql_dir);
    if (!run(pg, "SELECT pg_advisory_lock(" MIGRATION_LOCK ")", "lock", error))
        return false;
    if (!find_version(pg, &result->before, error))
        return false;
    result->after = result->before;
    return apply_all(pg, sql_dir, result, error) && run_file(pg, roles, error);
}

bool migrate_run(const char *conninfo, const char *sql_dir,
                 struct migrate_result *result, struct error *error)
{
    struct migrate_result own;
    PGconn *pg = connect_to(conninfo, error);
    bool is_done;

    if (!pg)
        return false;
    is_done = migrate(pg, sql_dir, result ? result : &own, error);
    PQfinish(pg); /* releases the lock */
    return is_done;
}

bool migrate_run_file(const char *conninfo, const char *path,
                      struct error *error)
{
    PGconn *pg = connect_to(conninfo, error);
    bool is_done;

    if (!pg)
        return false;
    is_done = run_file(pg, path, error);
    PQfinish(pg);
    return is_done;
}
