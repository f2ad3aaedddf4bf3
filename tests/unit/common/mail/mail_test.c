#include "tests/unit/test.h"

#include <string.h>

#include "common/mail/mail.h"

static void an_address_has_two_parts(void **state)
{
    (void)state;
    assert_true(mail_is_address(STR("juliet@example.com")));
    assert_true(mail_is_address(STR("o.hara+x@mail.example.com")));
    assert_true(mail_is_address(STR("\xe5\xbc\xa0@example.com")));
    assert_false(mail_is_address(STR("")));
    assert_false(mail_is_address(STR_NONE));
    assert_false(mail_is_address(STR("juliet")));
    assert_false(mail_is_address(STR("@example.com")));
    assert_false(mail_is_address(STR("juliet@")));
    assert_false(mail_is_address(STR("juliet@example.com@example.org")));
}

static void what_means_more_to_a_command_or_a_header_is_refused(void **state)
{
    static const char *const texts[] = {"-oQ/tmp@example.com",
                                        "a b@example.com",
                                        "a@b\r\nBcc: c@d",
                                        "a@b,c",
                                        "<a@b>",
                                        "a@b;c",
                                        "a@b\t",
                                        "\"a\"@b",
                                        "a`id`@b",
                                        "a\x7f@b"};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(texts); i++)
        assert_false(mail_is_address(str_of(texts[i])));
}

static void a_long_address_is_refused(void **state)
{
    char text[400];

    (void)state;
    memset(text, 'a', sizeof(text));
    text[1] = '@';
    assert_true(mail_is_address((struct str){text, MAIL_MAX_ADDRESS}));
    assert_false(mail_is_address((struct str){text, MAIL_MAX_ADDRESS + 1}));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_address_has_two_parts),
        cmocka_unit_test(what_means_more_to_a_command_or_a_header_is_refused),
        cmocka_unit_test(a_long_address_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
