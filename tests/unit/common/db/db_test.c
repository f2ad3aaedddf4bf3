/* Against a PostgreSQL cluster of its own. */
#include "tests/unit/test.h"

#include <stdio.h>
#include <unistd.h>

#include "common/db/db.h"
#include "tests/support/cluster.h"

enum { SET, PUT, LIST, BAD, MANY, SEARCH };
static const struct db_statement statements[] = {
    {"set", "SELECT set_config('work_mem', '4MB', false)", 0, DB_SINGLE},
    {"put",
     "INSERT INTO pair VALUES ($1, $2::integer) ON CONFLICT (name) DO UPDATE "
     "SET hits = pair.hits + 1",
     2, DB_SINGLE},
    {"list", "SELECT name, number FROM pair ORDER BY number", 0, DB_SINGLE},
    {"bad", "INSERT INTO pair VALUES ($1, 0)", 1, DB_SINGLE},
    {"many",
     "INSERT INTO pair SELECT name, number::integer FROM unnest($1::text[], "
     "$2::text[]) rows (name, number) ON CONFLICT (name) DO NOTHING",
     2, DB_BATCH},
    {"search", "SELECT pg_sleep($1::double precision)", 1, DB_SEARCH},
};
static const char *const channels_heard[] = {"news", NULL};

struct fixture {
    struct cluster cluster;
    uv_loop_t loop;
    struct db *db;
    unsigned done, found;
    unsigned by_status[5];
    size_t rows;
    char heard[32];
    unsigned connected;
    unsigned rounds; /* of the watchdog */
};

static int start_cluster(void **state)
{
    struct fixture *t = NEW(struct fixture);

    *state = t;
    return cluster_open(&t->cluster) &&
                   cluster_run(&t->cluster,
                               "CREATE TABLE pair (name text PRIMARY KEY, "
                               "number integer CHECK (number >= 0), "
                               "hits integer DEFAULT 0)")
               ? 0
               : -1;
}

static int stop_cluster(void **state)
{
    struct fixture *t = *state;

    cluster_close(&t->cluster);
    free(t);
    return 0;
}

static void on_connected(void *ctx)
{
    struct fixture *t = ctx;

    t->connected++;
}

static void on_notify(void *ctx, struct str channel, struct str payload)
{
    struct fixture *t = ctx;

    assert_str(channel, "news");
    (void)snprintf(t->heard, sizeof t->heard, "%.*s", STR_ARG(payload));
}

static void on_done(void *ctx, enum db_status status,
                    const struct db_result *result)
{
    struct fixture *t = ctx;

    t->done++;
    t->by_status[status]++;
    if (status == DB_OK)
        t->rows = db_rows(result);
}

static int open_db(void **state)
{
    struct fixture *t = *state;
    struct db_options options = {
        .conninfo = t->cluster.conninfo,
        .statements = statements,
        .statement_count = COUNT_OF(statements),
        .readers = 2,
        .searchers = 1,
        .search_ms = 300,
        .max_queued_bytes = 4096,
        .on_connected = on_connected,
        .on_notify = on_notify,
        .listen = channels_heard,
        .ctx = t,
    };

    t->done = t->found = t->connected = t->rounds = 0;
    memset(t->by_status, 0, sizeof t->by_status);
    t->heard[0] = '\0';
    if (!cluster_run(&t->cluster, "TRUNCATE pair"))
        return -1;
    uv_loop_init(&t->loop);
    t->db = db_open(&t->loop, &options);
    return 0;
}

static int close_db(void **state)
{
    struct fixture *t = *state;

    if (t->db)
        db_close(t->db);
    uv_run(&t->loop, UV_RUN_DEFAULT);
    return uv_loop_close(&t->loop);
}

static void on_watchdog(uv_timer_t *timer)
{
    struct fixture *t = timer->data;

    t->rounds++;
}

/* Turns the loop until `done` callbacks came, for ten seconds at most. */
static void wait_for(struct fixture *t, const unsigned *value, unsigned least)
{
    uv_timer_t timer;

    t->rounds = 0;
    uv_timer_init(&t->loop, &timer);
    timer.data = t;
    uv_timer_start(&timer, on_watchdog, 10, 10);
    while (*value < least && t->rounds < 1000)
        uv_run(&t->loop, UV_RUN_ONCE);
    uv_close((uv_handle_t *)&timer, NULL);
    uv_run(&t->loop, UV_RUN_NOWAIT);
    assert_true(*value >= least);
}

static void put(struct fixture *t, size_t statement, int key, int number)
{
    char name[16];
    char value[16];

    (void)snprintf(name, sizeof name, "key%d", key);
    (void)snprintf(value, sizeof value, "%d", number);
    db_write(t->db, statement,
             (const struct str[]){str_of(name), str_of(value)}, on_done, t);
}

/* Its children see the postmaster's death and leave, which takes a moment. */
static void start_again(struct fixture *t)
{
    unsigned tries = 0;

    while (!cluster_start(&t->cluster) && tries++ < 20)
        (void)usleep(200000);
    assert_true(tries < 20);
}

static size_t count_rows(struct fixture *t)
{
    t->done = 0;
    db_read(t->db, LIST, NULL, on_done, t);
    wait_for(t, &t->done, 1);
    return t->rows;
}

static void what_was_written_is_read(void **state)
{
    struct fixture *t = *state;

    for (int i = 0; i < 1000; i++)
        put(t, PUT, i, i);
    assert_true(db_is_full(t->db));
    wait_for(t, &t->done, 1000);

    assert_int_equal(t->by_status[DB_OK], 1000);
    assert_false(db_is_full(t->db));
    assert_int_equal(count_rows(t), 1000);
}

static void a_failing_statement_fails_alone(void **state)
{
    struct fixture *t = *state;

    for (int i = 0; i < 100; i++)
        put(t, PUT, i, i == 37 ? -1 : i);
    put(t, BAD, 5, 0);
    put(t, PUT, 100, 100);
    wait_for(t, &t->done, 102);

    assert_int_equal(t->by_status[DB_REFUSED], 1);
    assert_int_equal(t->by_status[DB_CONFLICT], 1);
    assert_int_equal(count_rows(t), 100);
}

static void writes_of_a_batch_statement_are_all_written(void **state)
{
    struct fixture *t = *state;

    for (int i = 0; i < 3000; i++)
        put(t, i % 1000 == 500 ? PUT : MANY, i, i);
    wait_for(t, &t->done, 3000);

    assert_int_equal(t->by_status[DB_OK], 3000);
    assert_int_equal(count_rows(t), 3000);
}

static void a_failing_write_of_a_batch_fails_alone(void **state)
{
    struct fixture *t = *state;

    wait_for(t, &t->connected, 1);
    for (int i = 0; i < 700; i++)
        put(t, MANY, i, i == 0 || i == 333 || i == 699 ? -1 : i);
    put(t, PUT, 700, 700);
    wait_for(t, &t->done, 701);

    assert_int_equal(t->by_status[DB_REFUSED], 3);
    assert_int_equal(t->by_status[DB_OK], 698);
    assert_int_equal(count_rows(t), 698);
}

static void on_found(void *ctx, enum db_status status,
                     const struct db_result *result)
{
    struct fixture *t = ctx;

    (void)status;
    t->rows = db_rows(result);
    t->found++;
}

static void a_read_behind_writes_finds_them(void **state)
{
    struct fixture *t = *state;

    wait_for(t, &t->connected, 1);
    for (int i = 0; i < 3000; i++)
        put(t, PUT, i, i == 7 ? -1 : i);
    db_read_behind(t->db, LIST, NULL, on_found, t);
    put(t, PUT, 3000, 3000);
    wait_for(t, &t->found, 1);

    assert_in_range(t->rows, 2999, 3000);
    wait_for(t, &t->done, 3001);
}

static void an_absent_value_of_a_batch_is_null(void **state)
{
    struct fixture *t = *state;

    wait_for(t, &t->connected, 1);
    put(t, MANY, 1, 1);
    db_write(t->db, MANY, (const struct str[]){STR("x\"},{\\"), STR_NONE},
             on_done, t);
    wait_for(t, &t->done, 2);

    assert_int_equal(t->by_status[DB_OK], 2);
    assert_true(cluster_run(&t->cluster,
                            "SELECT 1 / count(*) FROM pair WHERE number IS "
                            "NULL"));
    assert_int_equal(count_rows(t), 2);
}

static void nothing_is_lost_when_the_server_is_killed(void **state)
{
    struct fixture *t = *state;

    wait_for(t, &t->connected, 1);
    for (int i = 0; i < 5000; i++)
        put(t, PUT, i, i);
    wait_for(t, &t->done, 600);
    assert_true(cluster_kill(&t->cluster));
    start_again(t);
    wait_for(t, &t->done, 5000);

    assert_int_equal(t->by_status[DB_OK], 5000);
    assert_int_equal(t->connected, 2);
    assert_int_equal(count_rows(t), 5000);
}

static void notifications_are_heard(void **state)
{
    struct fixture *t = *state;

    wait_for(t, &t->connected, 1);
    assert_true(cluster_run(&t->cluster, "NOTIFY news, 'hello'"));
    while (!t->heard[0])
        uv_run(&t->loop, UV_RUN_ONCE);

    assert_string_equal(t->heard, "hello");
}

static void search(struct fixture *t, const char *seconds)
{
    db_read(t->db, SEARCH, (const struct str[]){str_of(seconds)}, on_done, t);
}

static void a_search_that_takes_too_long_is_given_up(void **state)
{
    struct fixture *t = *state;

    search(t, "30");
    search(t, "0");
    wait_for(t, &t->done, 2);

    assert_int_equal(t->by_status[DB_TOO_LONG], 1);
    assert_int_equal(t->by_status[DB_OK], 1);
}

static void other_reads_do_not_wait_for_searches(void **state)
{
    struct fixture *t = *state;

    wait_for(t, &t->connected, 1);
    for (unsigned i = 0; i < 4; i++)
        search(t, "0.2");
    db_read(t->db, LIST, NULL, on_done, t);
    wait_for(t, &t->done, 1);

    /* One that ended gives one row, the list of nothing none. */
    assert_int_equal(t->rows, 0);
    wait_for(t, &t->done, 5);
    assert_int_equal(t->by_status[DB_OK], 5);
}

static void closing_tells_what_is_not_finished(void **state)
{
    struct fixture *t = *state;

    put(t, PUT, 1, 1);
    db_close(t->db);
    t->db = NULL;

    assert_int_equal(t->by_status[DB_CLOSED], 1);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, open_db, close_db)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(what_was_written_is_read),
        CASE(a_failing_statement_fails_alone),
        CASE(writes_of_a_batch_statement_are_all_written),
        CASE(a_failing_write_of_a_batch_fails_alone),
        CASE(a_read_behind_writes_finds_them),
        CASE(an_absent_value_of_a_batch_is_null),
        CASE(nothing_is_lost_when_the_server_is_killed),
        CASE(notifications_are_heard),
        CASE(a_search_that_takes_too_long_is_given_up),
        CASE(other_reads_do_not_wait_for_searches),
        CASE(closing_tells_what_is_not_finished),
    };

    return cmocka_run_group_tests(tests, start_cluster, stop_cluster);
}
