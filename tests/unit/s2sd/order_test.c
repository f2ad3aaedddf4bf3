/* The order in which servers of a domain are tried (RFC 2782). */
#include "tests/unit/test.h"

#include "s2sd/resolver.h"

#define DRAWS 10000

static uint32_t seed = 1;

static uint32_t next_random(void)
{
    seed = seed * 1664525u + 1013904223u;
    return seed >> 8;
}

/* How often each of the places, told apart by their ports, comes first. */
static void count_first(const struct place *places, size_t count,
                        unsigned first[])
{
    for (unsigned i = 0; i < DRAWS; i++) {
        struct place drawn[RESOLVER_PLACES];

        memcpy(drawn, places, count * sizeof(*places));
        resolver_order(drawn, count, next_random);
        first[drawn[0].port]++;
    }
}

static void lower_priorities_come_first(void **state)
{
    struct place places[] = {{.priority = 30, .port = 3},
                             {.priority = 10, .port = 1},
                             {.priority = 20, .weight = 65535, .port = 2}};

    (void)state;
    resolver_order(places, COUNT_OF(places), next_random);
    for (size_t i = 0; i < COUNT_OF(places); i++)
        assert_int_equal(places[i].port, i + 1);
}

static void weights_are_shares_among_equals(void **state)
{
    const struct place places[] = {{.weight = 10, .port = 0},
                                   {.weight = 60, .port = 1},
                                   {.weight = 30, .port = 2},
                                   {.priority = 1, .weight = 100, .port = 3}};
    unsigned first[4] = {0};

    (void)state;
    count_first(places, COUNT_OF(places), first);
    assert_in_range(first[0], DRAWS * 8 / 100, DRAWS * 12 / 100);
    assert_in_range(first[1], DRAWS * 57 / 100, DRAWS * 63 / 100);
    assert_in_range(first[2], DRAWS * 27 / 100, DRAWS * 33 / 100);
    assert_int_equal(first[3], 0);
}

static void one_without_weight_is_rarely_first_but_is_tried(void **state)
{
    const struct place places[] = {{.weight = 100, .port = 1},
                                   {.weight = 0, .port = 0}};
    unsigned first[2] = {0};

    (void)state;
    count_first(places, COUNT_OF(places), first);
    assert_in_range(first[0], 1, DRAWS * 3 / 100);
}

static void none_is_lost(void **state)
{
    (void)state;
    for (unsigned round = 0; round < 200; round++) {
        struct place places[RESOLVER_PLACES];
        uint32_t seen = 0;

        for (uint16_t i = 0; i < RESOLVER_PLACES; i++)
            places[i] =
                (struct place){.port = i,
                               .priority = (uint16_t)(next_random() % 4),
                               .weight = (uint16_t)(next_random() % 3)};
        resolver_order(places, RESOLVER_PLACES, next_random);
        for (unsigned i = 0; i < RESOLVER_PLACES; i++)
            seen |= 1u << places[i].port;
        assert_int_equal(seen, UINT32_MAX);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lower_priorities_come_first),
        cmocka_unit_test(weights_are_shares_among_equals),
        cmocka_unit_test(one_without_weight_is_rarely_first_but_is_tried),
        cmocka_unit_test(none_is_lost),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
