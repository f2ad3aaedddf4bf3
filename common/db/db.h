/* PostgreSQL through libpq's asynchronous interface on the loop.
 *
 * Reads go out at once, pipelined. Writes are committed in groups: while one
 * transaction is under way the next gathers; when the server is idle a write
 * goes out at once. A callback comes only after the commit. A statement that
 * fails fails alone, its group is tried again in halves. Writes of a batch
 * statement that stand next to one another become one statement over arrays; in
 * all else each is a write of its own. A search, which may have to look at
 * every row, goes out on a connection of its own and is given up when it takes
 * too long, so that nobody's login waits for it. When the connection is lost
 * everything not committed is sent again on the next one; it must therefore be
 * idempotent. */
#ifndef POSTHOUSE_DB_H
#define POSTHOUSE_DB_H

#include <uv.h>
#include "../mem/mem.h"

#define DB_MAX_PARAMS 16

struct db;
struct db_result; /* rows of one statement; valid during the callback */

/* How a statement is run. */
enum db_kind {
    DB_SINGLE,
    DB_BATCH, /* each parameter is a text[]: a value of every write, in their
                 order; only for db_write, and gives no rows */
    DB_BATCH_LAST, /* the same; it goes at the end of its group, where all such
                      writes are one statement, whatever stood between them */
    DB_SEARCH, /* only for reads: on the connections for searches, one after the
                  other, for search_ms at most */
};

/* A prepared statement; the tables are generated from sql/statements/NAME.sql.
 */
struct db_statement {
    const char *name;
    const char *sql;
    unsigned params;
    enum db_kind kind;
};

enum db_status {
    DB_OK,
    DB_CONFLICT, /* a unique key (SQLSTATE 23505) */
    DB_REFUSED,  /* another error of this statement: logged, not repeated */
    DB_TOO_LONG, /* a search that was given up (SQLSTATE 57014) */
    DB_CLOSED    /* db_close came first */
};
typedef void db_callback(void *ctx, enum db_status status,
                         const struct db_result *result);

/* Values as parameters; the number's text stands in the caller's array. */
struct str db_number(char into[24], int64_t value);
/* "true" or "false"; not to be freed. */
struct str db_boolean(bool value);

/* libpq's connection string (in the arena) for a role, out of option `database`;
 * empty: database posthouse on the usual socket. {role} in it stands for the
 * role's name, so that each has a certificate or a password file of its own. */
const char *db_conninfo(struct arena *arena, struct str database,
                        const char *role);
/* Whether it leads to a host, over TCP, and not to a Unix socket alone. False,
 * too, for what libpq does not understand. */
bool db_is_remote(struct str database);

struct db_options {
    const char *conninfo; /* "host=/run/… dbname=posthouse" */
    const struct db_statement *statements;
    size_t statement_count;
    unsigned readers;        /* connections for reads; one more for writes */
    unsigned searchers;      /* and these for searches; 0: there are none */
    unsigned search_ms;      /* what one may take; 0: as long as it likes */
    size_t max_queued_bytes; /* db_is_full above this; for who asks for it */
    void (*on_connected)(void *ctx); /* each time the writer connects */
    void (*on_notify)(void *ctx, struct str channel, struct str payload);
    const char *const *listen; /* channels to LISTEN on, NULL-terminated */
    void *ctx;
};

/* Starts connecting; retries for ever with back-off, one log line for each
 * change of state. */
struct db *db_open(uv_loop_t *loop, const struct db_options *options);
/* Tells everything not finished DB_CLOSED; the loop frees the rest. Not from a
 * callback of this db. */
void db_close(struct db *db);
/* Runs statements[index]. Parameters are text, copied; STR_NONE is NULL. */
void db_read(struct db *db, size_t index, const struct str *params,
             db_callback *callback, void *ctx);
/* The same when all writes so far are committed, or refused: what was told to
 * somebody is found by him. */
void db_read_behind(struct db *db, size_t index, const struct str *params,
                    db_callback *callback, void *ctx);
/* The same in the group commit. Writes keep their order. */
void db_write(struct db *db, size_t index, const struct str *params,
              db_callback *callback, void *ctx);
/* Too much waits: take no more work that needs the database. */
bool db_is_full(const struct db *db);

/* How many rows a result has; 0 for NULL. */
size_t db_rows(const struct db_result *result);
/* A column as text, STR_NONE for NULL. Borrowed from the result. */
struct str db_text(const struct db_result *result, size_t row, unsigned column);
/* A column as a number; 0 for NULL and for what is none. */
int64_t db_int(const struct db_result *result, size_t row, unsigned column);
/* Whether a column is true. */
bool db_bool(const struct db_result *result, size_t row, unsigned column);

#endif
