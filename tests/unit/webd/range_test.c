/* Ranges and entity tags (webd/range.h). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "webd/range.h"

struct example {
    const char *header;
    uint64_t size;
    enum range_result result;
    uint64_t first, length;
};

static void ranges_are_read(void **state)
{
    static const struct example examples[] = {
        {NULL, 10, RANGE_WHOLE, 0, 0},
        {"bytes=0-0", 10, RANGE_PART, 0, 1},
        {"bytes=0-9", 10, RANGE_PART, 0, 10},
        {"bytes=3-", 10, RANGE_PART, 3, 7},
        {"bytes=3-99", 10, RANGE_PART, 3, 7},
        {"bytes=3-18446744073709551615", 10, RANGE_PART, 3, 7},
        {"bytes=-4", 10, RANGE_PART, 6, 4},
        {"bytes=-400", 10, RANGE_PART, 0, 10},
        {"bytes=10-", 10, RANGE_OUTSIDE, 0, 0},
        {"bytes=10-12", 10, RANGE_OUTSIDE, 0, 0},
        {"bytes=-0", 10, RANGE_OUTSIDE, 0, 0},
        {"bytes=0-", 0, RANGE_OUTSIDE, 0, 0},
        {"bytes=-1", 0, RANGE_OUTSIDE, 0, 0},
        {"bytes=", 10, RANGE_WHOLE, 0, 0},
        {"bytes=-", 10, RANGE_WHOLE, 0, 0},
        {"bytes=5-3", 10, RANGE_WHOLE, 0, 0},
        {"bytes=0-1,3-4", 10, RANGE_WHOLE, 0, 0},
        {"bytes=+1-2", 10, RANGE_WHOLE, 0, 0},
        {"bytes= 1-2", 10, RANGE_WHOLE, 0, 0},
        {"bytes=18446744073709551616-", 10, RANGE_WHOLE, 0, 0},
        {"Bytes=1-2", 10, RANGE_PART, 1, 2}, /* §14.1: of any case */
        {"lines=1-2", 10, RANGE_WHOLE, 0, 0},
        {"1-2", 10, RANGE_WHOLE, 0, 0},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(examples); i++) {
        uint64_t first = 0, length = 0;

        assert_int_equal(range_read(str_of(examples[i].header),
                                    examples[i].size, &first, &length),
                         examples[i].result);
        if (examples[i].result != RANGE_PART)
            continue;
        assert_int_equal(first, examples[i].first);
        assert_int_equal(length, examples[i].length);
    }
}

static void tags_are_compared(void **state)
{
    const struct str tag = STR("\"abc\"");

    (void)state;
    for (unsigned weak = 0; weak < 2; weak++) {
        assert_true(etag_matches(STR("\"abc\""), tag, weak));
        assert_int_equal(etag_matches(STR("W/\"abc\""), tag, weak), weak);
        assert_true(etag_matches(STR("\"x\" ,\t\"abc\""), tag, weak));
        assert_true(etag_matches(STR("*"), tag, weak));
        assert_false(etag_matches(STR("abc"), tag, weak));
        assert_false(etag_matches(STR(""), tag, weak));
        assert_false(etag_matches(STR_NONE, tag, weak));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ranges_are_read),
        cmocka_unit_test(tags_are_compared),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
