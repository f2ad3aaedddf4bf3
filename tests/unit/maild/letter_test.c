#include "tests/unit/test.h"

#include <string.h>

#include "maild/letter.h"

struct fixture {
    struct arena arena;
    struct xml_parser *parser;
};

static int set_up(void **state)
{
    struct fixture *t = NEW(struct fixture);

    t->parser = xml_parser_new(&(struct xml_limits){.max_stanza = 65536});
    *state = t;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *t = *state;

    xml_parser_free(t->parser);
    arena_clear(&t->arena);
    free(t);
    return 0;
}

static bool read_letter(struct fixture *t, struct letter *letter,
                        const char *to, const char *code)
{
    struct str text =
        arena_printf(&t->arena,
                     "<letter xmlns='urn:posthouse:link:1' to='%s' code='%s' "
                     "jid='juliet@example.com' expires='1700000900000'/>",
                     to, code);
    const struct xml *element = xml_parse(t->parser, &t->arena, text);

    assert_non_null(element);
    return letter_read(letter, &t->arena, element);
}

static void a_letter_tells_code_account_and_time(void **state)
{
    struct fixture *t = *state;
    struct letter letter;
    struct buf out = {0};

    assert_true(read_letter(t, &letter, "j@mail.example", "ABCD-EFGH"));
    letter_write(&out, &letter, STR(""), INT64_C(1700000000000));
    buf_add_char(&out, '\0');

    assert_non_null(strstr(out.data, "From: postmaster@example.com\n"));
    assert_non_null(strstr(out.data, "To: j@mail.example\n"));
    assert_non_null(
        strstr(out.data, "Date: Tue, 14 Nov 2023 22:13:20 +0000\n"));
    assert_non_null(strstr(out.data, "    ABCD-EFGH\n"));
    assert_non_null(strstr(out.data, "juliet@example.com"));
    assert_non_null(strstr(out.data, "until 2023-11-14 22:28 UTC"));
    buf_clear(&out);
}

static void the_sender_can_be_another(void **state)
{
    struct fixture *t = *state;
    struct letter letter;
    struct buf out = {0};

    assert_true(read_letter(t, &letter, "j@mail.example", "ABCD-EFGH"));
    letter_write(&out, &letter, STR("im@example.org"), 0);
    buf_add_char(&out, '\0');
    assert_non_null(strstr(out.data, "From: im@example.org\n"));
    buf_clear(&out);
}

static void no_address_reaches_the_command_as_an_option(void **state)
{
    struct fixture *t = *state;
    struct letter letter;

    assert_false(read_letter(t, &letter, "-Xlog@mail.example", "ABCD-EFGH"));
    assert_false(read_letter(t, &letter, "a@b&#10;Bcc: c@d", "ABCD-EFGH"));
    assert_false(read_letter(t, &letter, "a@b, c@d", "ABCD-EFGH"));
    assert_false(read_letter(t, &letter, "", "ABCD-EFGH"));
    assert_false(read_letter(t, &letter, "a@b", "AB&#10;CD"));
    assert_false(read_letter(t, &letter, "a@b", ""));
}

static void the_address_takes_its_place(void **state)
{
    struct fixture *t = *state;
    struct letter letter;

    assert_true(read_letter(t, &letter, "j@mail.example", "ABCD-EFGH"));
    assert_string_equal(letter_argument(&t->arena, STR("{to}"), &letter),
                        "j@mail.example");
    assert_string_equal(
        letter_argument(&t->arena, STR("--rcpt={to}!"), &letter),
        "--rcpt=j@mail.example!");
    assert_string_equal(letter_argument(&t->arena, STR("-i"), &letter), "-i");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_letter_tells_code_account_and_time),
        TEST(the_sender_can_be_another),
        TEST(no_address_reaches_the_command_as_an_option),
        TEST(the_address_takes_its_place),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
