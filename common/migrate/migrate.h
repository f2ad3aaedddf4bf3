/* Brings a database to the schema of this version: numbered migrations, then
 * the rights of every role. Used by posthouse up and posthousectl db migrate;
 * it blocks, so no daemon calls it. */
#ifndef POSTHOUSE_MIGRATE_H
#define POSTHOUSE_MIGRATE_H

#include "../mem/mem.h"

struct migrate_result {
    unsigned before; /* schema version that was found; 0: none */
    unsigned after;
};

/* Writes into `path` the folder that holds migrations/ and roles.sql: the
 * environment's POSTHOUSE_SQL, else what lies beside the program (an install's
 * ../share/posthouse/sql, a build's ../../sql), else that of the build. False
 * when there is none. */
MUST_CHECK bool migrate_find_sql(char *path, size_t size, struct error *error);

/* Applies every migration above the database's schema version, each with its
 * row of schema_version in one transaction, then roles.sql. Two that run at
 * once wait for each other. `conninfo` is libpq's and names the owner's role;
 * `result` may be NULL. On failure the error names the file, and what was
 * applied before it stays. */
MUST_CHECK bool migrate_run(const char *conninfo, const char *sql_dir,
                            struct migrate_result *result, struct error *error);

/* Runs one file of statements without parameters in one transaction. */
MUST_CHECK bool migrate_run_file(const char *conninfo, const char *path,
                                 struct error *error);

#endif
