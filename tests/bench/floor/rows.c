/* PostgreSQL alone, a private one: the very statements of the daemons, by one
 * client that waits for each answer. */
#include "floor.h"

#include <libpq-fe.h>
#include <stdio.h>
#include <string.h>

#include "common/daemon/daemon.h"
#include "common/migrate/migrate.h"
#include "authd_statements.h"
#include "sm_statements.h"
#include "tests/support/cluster.h"

#define PEOPLE   100u
#define MESSAGES 90u /* for each, as in the bench */
#define WARM     10u /* plans are made anew for the first few times */
#define NOBODY   PEOPLE
#define COLUMNS  11 /* of offline_add */

struct rows {
    struct cluster cluster;
    PGconn *pg;
    pid_t pid;                   /* of its backend */
    unsigned long long first_id; /* of the messages, in the month of today */
    bool is_good;
};

/* --- one statement -------------------------------------------------------- */

static void expect(struct rows *rows, PGresult *result, const char *name)
{
    ExecStatusType status = PQresultStatus(result);

    if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK) {
        fprintf(stderr, "floor: %s: %s", name, PQerrorMessage(rows->pg));
        rows->is_good = false;
    }
    PQclear(result);
}

static void prepare(struct rows *rows, const char *name,
                    const struct db_statement *statement)
{
    expect(rows, PQprepare(rows->pg, name, statement->sql, 0, NULL), name);
}

static void execute(struct rows *rows, const char *name, int count,
                    const char *const *values)
{
    expect(rows, PQexecPrepared(rows->pg, name, count, values, NULL, NULL, 0),
           name);
}

static void for_person(struct rows *rows, const char *name, unsigned person,
                       const char *third)
{
    char user[32];
    const char *values[] = {"example.com", user, third};

    snprintf(user, sizeof(user), "load%u", person);
    execute(rows, name, third ? 3 : 2, values);
}

/* --- the work ------------------------------------------------------------- */

static void fill_accounts(struct rows *rows)
{
    expect(rows,
           PQexec(rows->pg,
                  "INSERT INTO account (domain, username) SELECT 'example.com',"
                  " 'load' || i FROM generate_series(0, 99) i; "
                  "INSERT INTO credential (domain, username, hash, iterations, "
                  "salt, stored_key, server_key) SELECT domain, username, h, "
                  "4096, 'c2FsdHNhbHRzYWx0c2FsdA==', md5(username), "
                  "md5(username) FROM account, (VALUES ('SCRAM-SHA-256'), "
                  "('SCRAM-SHA-1')) v (h)"),
           "accounts");
    expect(rows, PQexec(rows->pg, "ANALYZE"), "analyze");
}

/* A column's values for everybody, as an array. */
static void add_values(const struct rows *rows, struct buf *array,
                       size_t column, unsigned round)
{
    static const char *const same[] = {
        NULL,  "0", NULL, "0", "0", "1", NULL, NULL, "true", "1700000000000",
        "NULL"};
    static const char text[] =
        "Two households, both alike in dignity, in fair Verona, where we lay "
        "our scene, from ancient grudge break to new mutiny, where civil blood "
        "makes civil hands unclean. From forth the fatal loins of these two "
        "foes a pair of star-cross'd lovers take their life; whose "
        "misadventured piteous overthrows do with their death bury";

    for (unsigned person = 0; person < PEOPLE; person++) {
        unsigned long long id = rows->first_id + round * PEOPLE + person;

        buf_add_char(array, person ? ',' : '{');
        if (same[column])
            buf_add_text(array, same[column]);
        else if (column == 0)
            buf_printf(array, "%llu", id);
        else if (column == 2)
            buf_printf(array, "%u", person + 1);
        else if (column == 6)
            buf_printf(array, "c2s/0:1:sm/1:%llu", id);
        else
            buf_printf(array, "\"%s\"", text);
    }
    buf_add(array, (struct str){"}", 2});
}

/* One message for each, in one statement, as under load. */
static void store_round(struct rows *rows, unsigned round)
{
    struct buf arrays[COLUMNS] = {0};
    const char *values[COLUMNS];

    for (size_t column = 0; column < COLUMNS; column++) {
        add_values(rows, &arrays[column], column, round);
        values[column] = buf_view(&arrays[column]).p;
    }
    execute(rows, "store", COLUMNS, values);
    for (size_t column = 0; column < COLUMNS; column++)
        buf_clear(&arrays[column]);
}

static double measure(struct rows *rows, void (*work)(struct rows *rows))
{
    double before = floor_cpu_us(rows->pid);

    work(rows);
    return floor_cpu_us(rows->pid) - before;
}

static void log_in(struct rows *rows)
{
    for (unsigned person = 0; person < PEOPLE; person++) {
        for_person(rows, "verifier", person, NULL);
        for_person(rows, "account", person, NULL);
    }
}

static void store(struct rows *rows)
{
    for (unsigned round = 0; round < MESSAGES; round++)
        store_round(rows, round);
}

static void fetch(struct rows *rows)
{
    for (unsigned person = 0; person < PEOPLE; person++) {
        for_person(rows, "load", person, NULL);
        for_person(rows, "fetched", person, "999999999");
    }
}

/* With the tables as they are measured, or plans would be made for others. */
static void warm(struct rows *rows, const char *first, const char *second,
                 const char *third)
{
    for (unsigned i = 0; i < WARM; i++) {
        for_person(rows, first, NOBODY, NULL);
        for_person(rows, second, NOBODY, third);
    }
}

static void run(struct rows *rows)
{
    double login_us, store_us, fetch_us;

    prepare(rows, "verifier", &authd_statements[AUTHD_ACCOUNT_LOAD]);
    prepare(rows, "account", &sm_statements[SM_ACCOUNT_LOAD]);
    prepare(rows, "store", &sm_statements[SM_OFFLINE_ADD]);
    prepare(rows, "load", &sm_statements[SM_OFFLINE_LOAD]);
    prepare(rows, "fetched", &sm_statements[SM_OFFLINE_FETCHED]);
    fill_accounts(rows);
    warm(rows, "verifier", "account", NULL);
    login_us = measure(rows, log_in);
    store_us = measure(rows, store);
    warm(rows, "load", "fetched", "999999999");
    fetch_us = measure(rows, fetch);
    printf("floor: PostgreSQL: %.1f CPU µs for the two statements of a login, "
           "%.1f to store a message, %.1f to fetch one and mark it\n",
           login_us / PEOPLE, store_us / (PEOPLE * MESSAGES),
           fetch_us / (PEOPLE * MESSAGES));
}

bool floor_rows(void)
{
    struct rows rows = {.first_id = (uint64_t)clock_unix_ms() << 20};
    struct error error = {0};

    if (!cluster_open(&rows.cluster) ||
        !migrate_run_file(rows.cluster.conninfo, "sql/cluster.sql", &error) ||
        !migrate_run(rows.cluster.conninfo, "sql", NULL, &error)) {
        fprintf(stderr, "floor: no database: %s\n", error.text);
        cluster_close(&rows.cluster);
        return false;
    }
    rows.pg = PQconnectdb(rows.cluster.conninfo);
    rows.is_good = PQstatus(rows.pg) == CONNECTION_OK;
    rows.pid = PQbackendPID(rows.pg);
    if (rows.is_good)
        run(&rows);
    PQfinish(rows.pg);
    cluster_close(&rows.cluster);
    return rows.is_good;
}
