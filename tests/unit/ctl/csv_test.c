/* How a file of accounts is read: RFC 4180. */
#include "ctl/csv.h"
#include "tests/unit/test.h"

struct reading {
    struct arena arena;
    struct str text;
    struct str fields[CSV_MAX_FIELDS];
    size_t count;
    unsigned line;
};

static struct reading given(const char *text)
{
    return (struct reading){.text = str_of(text), .line = 1};
}

static enum csv_result next(struct reading *r)
{
    return csv_read(&r->text, &r->arena, r->fields, &r->count, &r->line);
}

static void records_end_with_either_line_end(void **state)
{
    struct reading r = given("a,b\r\nc,d\ne,f");

    (void)state;
    assert_int_equal(next(&r), CSV_ROW);
    assert_str(r.fields[1], "b");
    assert_int_equal(next(&r), CSV_ROW);
    assert_str(r.fields[0], "c");
    assert_int_equal(r.line, 2);
    assert_int_equal(next(&r), CSV_ROW);
    assert_str(r.fields[1], "f");
    assert_int_equal(r.line, 3);
    assert_int_equal(next(&r), CSV_END);
    arena_clear(&r.arena);
}

static void quoted_field_keeps_commas_quotes_and_line_ends(void **state)
{
    struct reading r = given("\"a,\"\"b\"\"\nc\",d\n");

    (void)state;
    assert_int_equal(next(&r), CSV_ROW);
    assert_int_equal(r.count, 2);
    assert_str(r.fields[0], "a,\"b\"\nc");
    assert_str(r.fields[1], "d");
    assert_int_equal(r.line, 2);
    arena_clear(&r.arena);
}

static void empty_fields_count_and_empty_lines_do_not(void **state)
{
    struct reading r = given("\n\r\n,,\n\n");

    (void)state;
    assert_int_equal(next(&r), CSV_ROW);
    assert_int_equal(r.count, 3);
    assert_str(r.fields[2], "");
    assert_int_equal(next(&r), CSV_END);
    arena_clear(&r.arena);
}

static void open_quote_is_refused(void **state)
{
    struct reading r = given("a,\"b\nc");

    (void)state;
    assert_int_equal(next(&r), CSV_BAD);
    arena_clear(&r.arena);
}

static void text_behind_a_closing_quote_is_refused(void **state)
{
    struct reading r = given("\"a\"b,c\n");

    (void)state;
    assert_int_equal(next(&r), CSV_BAD);
    arena_clear(&r.arena);
}

static void too_many_fields_are_refused(void **state)
{
    char text[CSV_MAX_FIELDS + 1];
    struct reading r;

    (void)state;
    memset(text, ',', CSV_MAX_FIELDS);
    text[CSV_MAX_FIELDS] = '\0';
    r = given(text);
    assert_int_equal(next(&r), CSV_BAD);
    arena_clear(&r.arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(records_end_with_either_line_end),
        cmocka_unit_test(quoted_field_keeps_commas_quotes_and_line_ends),
        cmocka_unit_test(empty_fields_count_and_empty_lines_do_not),
        cmocka_unit_test(open_quote_is_refused),
        cmocka_unit_test(text_behind_a_closing_quote_is_refused),
        cmocka_unit_test(too_many_fields_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
