#include "tests/unit/test.h"

#include "authd/downgrade.h"

/* XEP-0474, the example of §5.3. */
static void the_offer_of_the_specification_has_its_hash(void **state)
{
    struct arena arena = {0};

    (void)state;
    assert_str(downgrade_hash(&arena, SCRAM_SHA1,
                              STR("SCRAM-SHA-1-PLUS SCRAM-SHA-1"),
                              STR("tls-server-end-point tls-exporter")),
               "G6k/rBLDqgOhRRaCuuatSDFkJ08=");
    arena_clear(&arena);
}

static void every_part_of_the_offer_counts(void **state)
{
    static const char *const offers[][2] = {
        {"PLAIN SCRAM-SHA-1", NULL},
        {"SCRAM-SHA-1", NULL},
        {"PLAIN SCRAM-SHA-1", "tls-exporter"},
        {"PLAIN SCRAM-SHA-1", "tls-exporter tls-unique"},
    };
    struct arena arena = {0};
    struct str hashes[COUNT_OF(offers)];

    (void)state;
    for (size_t i = 0; i < COUNT_OF(offers); i++) {
        hashes[i] =
            downgrade_hash(&arena, SCRAM_SHA256, str_of(offers[i][0]),
                           offers[i][1] ? str_of(offers[i][1]) : STR_NONE);
        for (size_t j = 0; j < i; j++)
            assert_false(str_eq(hashes[i], hashes[j]));
    }
    arena_clear(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_offer_of_the_specification_has_its_hash),
        cmocka_unit_test(every_part_of_the_offer_counts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
