/* Whose files there are, and what he may add (webd/ledger.h, bucket.h). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "webd/ledger.h"

#define DAY 86400

struct fixture {
    struct ledger ledger;
    char id[SLOT_ID_LENGTH + 1];
    int64_t retry_s;
};

static int setup(void **state)
{
    static struct fixture fixture;

    fixture = (struct fixture){0};
    fixture.ledger.limits = (struct ledger_limits){.user_bytes = 1000,
                                                   .daily_bytes = 2000,
                                                   .total_bytes = 1500,
                                                   .slots_per_minute = 0};
    *state = &fixture;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *t = *state;

    ledger_clear(&t->ledger);
    return 0;
}

static struct slot slot_of(struct fixture *t, const char *owner, unsigned n,
                           uint64_t size, int64_t expires_s)
{
    (void)snprintf(t->id, sizeof(t->id), "%032x", n);
    return (struct slot){.id = {t->id, SLOT_ID_LENGTH},
                         .owner = str_of(owner),
                         .size = size,
                         .expires_s = expires_s};
}

static enum ledger_result upload(struct fixture *t, const char *owner,
                                 unsigned n, uint64_t size, int64_t expires_s,
                                 int64_t now_s)
{
    struct slot slot = slot_of(t, owner, n, size, expires_s);
    struct ledger_file *file;
    enum ledger_result result = ledger_reserve(&t->ledger, &slot, now_s, &file);

    if (result == LEDGER_OK)
        ledger_keep(&t->ledger, file, now_s);
    return result;
}

static enum ledger_result ask(struct fixture *t, const char *owner,
                              uint64_t size, int64_t now_s)
{
    return ledger_ask(&t->ledger, str_of(owner), size, now_s, &t->retry_s);
}

static void many_at_once_are_not_more_than_a_day(void **state)
{
    struct fixture *t = *state;
    struct slot slot = slot_of(t, "a", 1, 900, 0);
    struct ledger_file *first, *second;

    t->ledger.limits = (struct ledger_limits){.daily_bytes = 1000};
    assert_int_equal(ledger_reserve(&t->ledger, &slot, 1000, &first),
                     LEDGER_OK);
    slot = slot_of(t, "a", 2, 900, 0);
    assert_int_equal(ledger_reserve(&t->ledger, &slot, 1000, &second),
                     LEDGER_DAY_FULL);
    assert_int_equal(ask(t, "a", 101, 1000), LEDGER_DAY_FULL);
    assert_int_equal(t->retry_s, 0); /* who knows when that one ends */
    assert_int_equal(ask(t, "b", 900, 1000), LEDGER_OK);

    ledger_drop(&t->ledger, first); /* it came to nothing */
    slot = slot_of(t, "a", 2, 900, 0);
    assert_int_equal(ledger_reserve(&t->ledger, &slot, 1000, &second),
                     LEDGER_OK);
    ledger_keep(&t->ledger, second, 1000);
    assert_int_equal(ask(t, "a", 100, 1000), LEDGER_OK);
    assert_int_equal(ask(t, "a", 101, 1000), LEDGER_DAY_FULL);
    assert_true(t->retry_s > 1000);
}

static void a_user_has_so_many_bytes(void **state)
{
    struct fixture *t = *state;

    assert_int_equal(ask(t, "a", 1001, 1000), LEDGER_TOO_LARGE);
    assert_int_equal(upload(t, "a", 1, 600, 5000, 1000), LEDGER_OK);
    assert_int_equal(ask(t, "a", 401, 1000), LEDGER_USER_FULL);
    assert_int_equal(t->retry_s, 5000); /* then the first expires */
    assert_int_equal(ask(t, "a", 400, 1000), LEDGER_OK);
    assert_int_equal(ask(t, "b", 901, 1000), LEDGER_TOTAL_FULL);
    assert_int_equal(ask(t, "b", 900, 1000), LEDGER_OK);
}

static void what_is_under_way_counts_and_an_id_is_taken_once(void **state)
{
    struct fixture *t = *state;
    struct slot slot = slot_of(t, "a", 1, 600, 0);
    struct ledger_file *file;

    assert_int_equal(ledger_reserve(&t->ledger, &slot, 1000, &file), LEDGER_OK);
    assert_int_equal(ask(t, "a", 401, 1000), LEDGER_USER_FULL);
    assert_int_equal(upload(t, "b", 1, 10, 0, 1000), LEDGER_TAKEN);
    assert_null(ledger_find(&t->ledger, slot.id, 1000));
    ledger_drop(&t->ledger, file);
    assert_int_equal(upload(t, "a", 1, 600, 0, 1000), LEDGER_OK);
    assert_non_null(ledger_find(&t->ledger, slot.id, 1000));
    assert_int_equal(upload(t, "a", 1, 600, 0, 1000), LEDGER_TAKEN);
}

static void a_day_lets_so_many_bytes_in(void **state)
{
    struct fixture *t = *state;

    t->ledger.limits =
        (struct ledger_limits){.daily_bytes = 86400, .slots_per_minute = 2};
    assert_int_equal(upload(t, "a", 1, 86400, 0, 1000), LEDGER_OK);
    assert_int_equal(ask(t, "a", 10, 1000), LEDGER_DAY_FULL);
    assert_int_equal(t->retry_s, 1010); /* a byte a second */
    assert_int_equal(ask(t, "a", 10, 1010), LEDGER_OK);
    assert_int_equal(ask(t, "a", 10, 1010), LEDGER_TOO_OFTEN);
    assert_true(t->retry_s > 1010 && t->retry_s <= 1040);
    assert_int_equal(ask(t, "b", 10, 1010), LEDGER_OK);
    assert_int_equal(ask(t, "a", 10, 1010 + 60), LEDGER_OK);
}

static void count_and_drop(void *ctx, struct ledger_file *file)
{
    struct fixture *t = ctx;

    t->retry_s++;
    ledger_drop(&t->ledger, file);
}

static void what_has_expired_is_found_nowhere(void **state)
{
    struct fixture *t = *state;
    struct slot slot = slot_of(t, "a", 1, 10, 0);

    assert_int_equal(upload(t, "a", 1, 10, 2000, 1000), LEDGER_OK);
    assert_int_equal(upload(t, "a", 2, 10, 0, 1000), LEDGER_OK);
    slot = slot_of(t, "a", 1, 10, 0);
    assert_non_null(ledger_find(&t->ledger, slot.id, 1999));
    assert_null(ledger_find(&t->ledger, slot.id, 2000));
    t->retry_s = 0;
    ledger_sweep(&t->ledger, 1999, count_and_drop, t);
    assert_int_equal(t->retry_s, 0);
    ledger_sweep(&t->ledger, 2000, count_and_drop, t);
    assert_int_equal(t->retry_s, 1);
    assert_int_equal(t->ledger.count, 1);
    assert_int_equal(t->ledger.bytes, 10);
}

static void users_without_files_are_forgotten(void **state)
{
    struct fixture *t = *state;

    assert_int_equal(ask(t, "a", 10, 1000), LEDGER_OK);
    assert_int_equal(upload(t, "b", 1, 10, 0, 1000), LEDGER_OK);
    ledger_sweep(&t->ledger, 1000 + 2 * DAY, count_and_drop, t);
    assert_int_equal(HASH_COUNT(t->ledger.files), 1);
    assert_true(ask(t, "b", 991, 1000 + 2 * DAY) == LEDGER_USER_FULL);
}

static void a_bucket_never_takes_more_than_it_holds(void **state)
{
    struct bucket bucket = {0};

    (void)state;
    assert_int_equal(bucket_wait(&bucket, 10, 60, 11, 100), BUCKET_NEVER);
    assert_int_equal(bucket_wait(&bucket, 0, 60, UINT64_MAX, 100), 0);
    bucket_add(&bucket, 10, 60, 10, 100);
    assert_int_equal(bucket_wait(&bucket, 10, 60, 1, 100), 6);
    for (int second = 1; second < 6; second++) /* the seconds add up */
        assert_int_equal(bucket_wait(&bucket, 10, 60, 1, 100 + second), 6);
    assert_int_equal(bucket_wait(&bucket, 10, 60, 1, 106), 0);
    assert_int_equal(bucket_wait(&bucket, 10, 60, 1, 50), 0); /* set back */
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(many_at_once_are_not_more_than_a_day),
        TEST(a_user_has_so_many_bytes),
        TEST(what_is_under_way_counts_and_an_id_is_taken_once),
        TEST(a_day_lets_so_many_bytes_in),
        TEST(what_has_expired_is_found_nowhere),
        TEST(users_without_files_are_forgotten),
        TEST(a_bucket_never_takes_more_than_it_holds),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
