#include <stdio.h>

#include "supervise/options.h"
#include "tests/unit/test.h"

#define READ(options, status, ...)                                             \
    read_words(options, status,                                                \
               (const char *[]){"posthouse", __VA_ARGS__, NULL})

static bool read_words(struct options *options, int *status,
                       const char *const *words)
{
    int count = 0;

    while (words[count])
        count++;
    return options_read(options, count, (char **)(uintptr_t)words, status);
}

static void a_suite_serves_localhost_on_loopback_unless_told(void **state)
{
    struct options options;
    int status;

    (void)state;
    assert_true(READ(&options, &status, "up", "--state", "/s"));

    assert_int_equal(options.command, COMMAND_UP);
    assert_string_equal(options.state, "/s");
    assert_int_equal(options.domains.count, 1);
    assert_string_equal(options.domains.items[0], "localhost");
    assert_string_equal(options.listen, "127.0.0.1");
    assert_int_equal(options.base_port, 5200);
    assert_int_equal(options.c2s, 1);
    assert_int_equal(options.sm, 1);
    assert_false(options.detach);
    options_clear(&options);
}

static void repeated_options_add_up_in_their_order(void **state)
{
    struct options options;
    int status;

    (void)state;
    assert_true(READ(&options, &status, "up", "--state", "/s", "--domain", "a",
                     "--domain", "b", "--component", "c.a=x=y", "--set",
                     "sm.offline-quota=3", "--c2s", "2", "--sm", "4",
                     "--base-port", "10000", "--listen", "::1", "--detach"));

    assert_int_equal(options.domains.count, 2);
    assert_string_equal(options.domains.items[1], "b");
    assert_string_equal(options.components.items[0], "c.a=x=y");
    assert_string_equal(options.settings.items[0], "sm.offline-quota=3");
    assert_int_equal(options.c2s, 2);
    assert_int_equal(options.sm, 4);
    assert_int_equal(options.base_port, 10000);
    assert_true(options.detach);
    options_clear(&options);
}

static void wrong_words_are_refused_with_status_2(void **state)
{
    static const char *const wrong[][8] = {
        {"up", NULL},
        {"--state", "/s", NULL},
        {"sideways", "--state", "/s", NULL},
        {"up", "down", "--state", "/s", NULL},
        {"up", "--state", "", NULL},
        {"up", "--state", "/s", "--c2s", "0", NULL},
        {"up", "--state", "/s", "--sm", "65", NULL},
        {"up", "--state", "/s", "--base-port", "65400", NULL},
        {"up", "--state", "/s", "--base-port", "52x", NULL},
        {"up", "--state", "/s", "--listen", "localhost", NULL},
        {"up", "--state", "/s", "--domain", "", NULL},
        {"up", "--state", "/s", "--domain", "a\"b", NULL},
        {"up", "--state", "/s", "--component", "a", NULL},
        {"up", "--state", "/s", "--component", "a=", NULL},
        {"up", "--state", "/s", "--set", "a=b\nc=d", NULL},
        {"up", "--state", "/s", "--unheard-of", NULL},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        const char *words[10] = {"posthouse"};
        struct options options;
        int status = 0;

        for (size_t j = 0; wrong[i][j]; j++)
            words[j + 1] = wrong[i][j];
        assert_false(read_words(&options, &status, words));
        assert_int_equal(status, 2);
        options_clear(&options);
    }
}

static void help_is_no_mistake(void **state)
{
    struct options options;
    int status;

    (void)state;
    assert_false(READ(&options, &status, "--help"));

    assert_int_equal(status, 0);
    options_clear(&options);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_suite_serves_localhost_on_loopback_unless_told),
        cmocka_unit_test(repeated_options_add_up_in_their_order),
        cmocka_unit_test(wrong_words_are_refused_with_status_2),
        cmocka_unit_test(help_is_no_mistake),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
