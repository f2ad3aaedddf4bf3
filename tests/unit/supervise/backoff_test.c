#include "supervise/backoff.h"
#include "tests/unit/test.h"

static void the_wait_doubles_up_to_half_a_minute(void **state)
{
    static const uint32_t expected[] = {200,  400,   800,   1600,  3200,
                                        6400, 12800, 25600, 30000, 30000};
    struct backoff backoff = {0};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(expected); i++)
        assert_int_equal(backoff_after(&backoff, 50), expected[i]);
}

static void a_daemon_that_lived_long_is_back_at_once(void **state)
{
    struct backoff backoff = {0};

    (void)state;
    for (int i = 0; i < 8; i++)
        (void)backoff_after(&backoff, 50);

    assert_int_equal(backoff_after(&backoff, BACKOFF_HEALTHY_MS), 200);
    assert_int_equal(backoff_after(&backoff, 50), 400);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_wait_doubles_up_to_half_a_minute),
        cmocka_unit_test(a_daemon_that_lived_long_is_back_at_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
