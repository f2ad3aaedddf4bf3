#include "tests/unit/test.h"

#include <stdio.h>

static void a_slice_is_cut_at_its_separator(void **state)
{
    struct str rest = STR("a.b.");

    (void)state;
    assert_str(str_cut(&rest, '.'), "a");
    assert_str(str_cut(&rest, '.'), "b");
    assert_non_null(rest.p); /* an empty last part is there */
    assert_str(str_cut(&rest, '.'), "");
    assert_null(rest.p);
}

static void a_number_is_read_whole_or_not_at_all(void **state)
{
    uint64_t u = 7;
    int64_t i = 7;

    (void)state;
    assert_true(str_to_u64(STR("18446744073709551615"), &u));
    assert_true(u == UINT64_MAX);
    assert_false(str_to_u64(STR("18446744073709551616"), &u));
    assert_false(str_to_u64(STR(""), &u));
    assert_false(str_to_u64(STR("1 "), &u));
    assert_false(str_to_u64(STR("-1"), &u));
    assert_true(str_to_i64(STR("-9223372036854775808"), &i));
    assert_true(i == INT64_MIN);
    assert_false(str_to_i64(STR("9223372036854775808"), &i));
    assert_false(str_to_i64(STR("--1"), &i));
}

static void an_arena_keeps_what_was_given_out_until_its_reset(void **state)
{
    struct arena arena = {0};
    struct str kept[200];

    (void)state;
    for (int round = 0; round < 3; round++) {
        for (size_t i = 0; i < COUNT_OF(kept); i++) {
            uint64_t *aligned = arena_alloc(&arena, sizeof(*aligned));

            assert_true((uintptr_t)aligned % _Alignof(max_align_t) == 0);
            assert_true(*aligned == 0);
            *aligned = UINT64_MAX;
            kept[i] = arena_printf(&arena, "number %zu", i);
        }
        for (size_t i = 0; i < COUNT_OF(kept); i++) {
            char expected[32];

            snprintf(expected, sizeof(expected), "number %zu", i);
            assert_str(kept[i], expected);
        }
        arena_reset(&arena);
    }
    arena_clear(&arena);
}

static void an_arena_serves_more_than_a_block(void **state)
{
    struct arena arena = {0};
    char *large = arena_bytes(&arena, 1 << 20);

    (void)state;
    memset(large, 'x', 1 << 20);
    assert_non_null(arena_alloc(&arena, 100));
    arena_clear(&arena);
}

static void a_buffer_gives_back_what_was_added_in_order(void **state)
{
    struct buf buf = {0};
    size_t in = 0;
    size_t out = 0;

    (void)state;
    for (int round = 0; round < 1000; round++) {
        for (int i = 0; i < round % 17; i++)
            buf_add_char(&buf, (char)('a' + in++ % 26));
        for (int i = 0; i < round % 13 && buf_len(&buf) > 0; i++) {
            assert_int_equal(buf_view(&buf).p[0], 'a' + (int)(out++ % 26));
            buf_consume(&buf, 1);
        }
    }
    assert_int_equal(buf_len(&buf), in - out);
    buf_clear(&buf);
}

static void numbers_are_written_in_decimal(void **state)
{
    struct buf buf = {0};

    (void)state;
    buf_add_u64(&buf, 0);
    buf_add_char(&buf, ' ');
    buf_add_u64(&buf, UINT64_MAX);
    buf_printf(&buf, " %s", "end");
    assert_str(buf_view(&buf), "0 18446744073709551615 end");
    buf_clear(&buf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_slice_is_cut_at_its_separator),
        cmocka_unit_test(a_number_is_read_whole_or_not_at_all),
        cmocka_unit_test(an_arena_keeps_what_was_given_out_until_its_reset),
        cmocka_unit_test(an_arena_serves_more_than_a_block),
        cmocka_unit_test(a_buffer_gives_back_what_was_added_in_order),
        cmocka_unit_test(numbers_are_written_in_decimal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
