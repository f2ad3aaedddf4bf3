#include "tests/unit/test.h"

#include "common/link/parcel.h"

#define START "<parcel xmlns='urn:posthouse:link:1' to='"
#define END   "</parcel>"

static void what_was_written_is_read(void **state)
{
    struct buf to = {0}, lens = {0}, out = {0};
    struct parcel_text text;
    struct str stanza;
    uint64_t sid, n;

    (void)state;
    parcel_add_receiver(&to, 7, 1);
    parcel_add_receiver(&to, UINT64_MAX, 12);
    parcel_add_len(&lens, 11);
    parcel_add_len(&lens, 10);
    text = (struct parcel_text){buf_view(&to), buf_view(&lens),
                                STR("<presence/><message/>")};
    parcel_write(&out, &text);

    assert_true(parcel_is(buf_view(&out)));
    assert_true(parcel_read(buf_view(&out), &text));
    assert_true(parcel_next_receiver(&text.to, &sid, &n));
    assert_true(sid == 7 && n == 1);
    assert_true(parcel_next_receiver(&text.to, &sid, &n));
    assert_true(sid == UINT64_MAX && n == 12);
    assert_false(parcel_next_receiver(&text.to, &sid, &n));
    assert_true(parcel_next_stanza(&text, &stanza));
    assert_str(stanza, "<presence/>");
    assert_int_equal(parcel_head(stanza), 9);
    assert_true(parcel_next_stanza(&text, &stanza));
    assert_str(stanza, "<message/>");
    assert_false(parcel_next_stanza(&text, &stanza));
    buf_clear(&to);
    buf_clear(&lens);
    buf_clear(&out);
}

static void what_is_not_whole_is_refused(void **state)
{
    static const char *const wrong[] = {
        "",
        "<parcel/>",
        START "1:1' lens='11'><presence/>",
        START "1:1' lens='12'><presence/>" END,
        START "1:1' lens='5 5'><presence/>" END,
        START "1:1' lens='11 0'><presence/>" END,
        START "1:1' lens='11 '><presence/>" END,
        START "1:1' lens='99999999999999999999999'><presence/>" END,
        START "1:1' lens=''><presence/>" END,
        START "' lens='11'><presence/>" END,
        START "1:1' lens='0'>" END,
        START "1:1' lens='4'>text" END,
        START "1:1' lens='4'><aaa" END,
        START "1:1' other='11'><presence/>" END,
    };
    struct parcel_text text;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(wrong); i++)
        if (parcel_read(str_of(wrong[i]), &text))
            fail_msg("taken: %s", wrong[i]);
}

static void a_list_ends_where_it_cannot_be_read(void **state)
{
    static const char *const wrong[] = {
        "x:1", "1", "1:", "1:x", "1:1  2:2", "1:1 ", "18446744073709551616:1"};
    uint64_t sid, n;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        struct str to = str_of(wrong[i]);

        while (parcel_next_receiver(&to, &sid, &n))
            assert_int_equal(sid, 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_written_is_read),
        cmocka_unit_test(what_is_not_whole_is_refused),
        cmocka_unit_test(a_list_ends_where_it_cannot_be_read),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
