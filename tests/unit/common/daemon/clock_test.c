#include "../../test.h"

#include <time.h>

#include "common/daemon/daemon.h"

static struct timespec wall, steady;

/* In place of the C library's. */
int clock_gettime(clockid_t clock, struct timespec *now)
{
    *now = clock == CLOCK_REALTIME ? wall : steady;
    return 0;
}

static void clocks_show(time_t unix_seconds, time_t seconds)
{
    wall = (struct timespec){.tv_sec = unix_seconds};
    steady = (struct timespec){.tv_sec = seconds};
}

static void a_later_epoch_is_larger_however_the_clock_was_set(void **state)
{
    uint64_t first, second;

    (void)state;
    clocks_show(1800000000, 1000);
    first = clock_epoch();
    clocks_show(1700000000, 1001);
    second = clock_epoch();
    assert_true(second > first);
}

static void an_epoch_fits_into_a_column_of_the_database(void **state)
{
    (void)state;
    clocks_show(1700000000, 5);
    assert_true(clock_epoch() <= INT64_MAX);
    assert_true(clock_epoch() > UINT64_C(1700000000) * 1000000);
}

static void durations_pass_over_a_clock_that_is_set(void **state)
{
    uint64_t before;

    (void)state;
    clocks_show(1700000000, 1000);
    before = clock_monotonic_ms();
    clocks_show(1800000000, 1002);
    assert_int_equal(clock_monotonic_ms() - before, 2000);
    assert_int_equal(clock_unix_ms(), INT64_C(1800000000000));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_later_epoch_is_larger_however_the_clock_was_set),
        cmocka_unit_test(an_epoch_fits_into_a_column_of_the_database),
        cmocka_unit_test(durations_pass_over_a_clock_that_is_set),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
