#include "tests/unit/test.h"

#include <stdio.h>
#include <unistd.h>

#include "common/config/config.h"

static void an_empty_file_gives_every_default(void **state)
{
    struct error error;
    struct config *config = config_parse("", &error);

    (void)state;
    assert_non_null(config);
    assert_int_equal(config_int(config, "c2sd.port"), 5222);
    assert_true(config_bool(config, "c2sd.require-tls"));
    assert_str(config_str(config, "log-level"), "info");
    assert_int_equal(config_list_count(config, "domains"), 1);
    assert_str(config_list_item(config, "domains", 0), "localhost");
    assert_int_equal(config_list_count(config, "authd.mechanisms"), 6);
    assert_int_equal(config_titles_count(config, "component"), 0);
    config_free(config);
}

static void what_the_file_says_holds(void **state)
{
    struct error error;
    struct config *config =
        config_parse("domains = {\"a.example\", \"b.example\"}\n"
                     "c2sd { port = 6222 require-tls = false }\n"
                     "component \"sms.a.example\" { secret = \"s\" }\n"
                     "component \"irc.a.example\" { secret = \"t\" }\n",
                     &error);

    (void)state;
    assert_non_null(config);
    assert_str(config_list_item(config, "domains", 1), "b.example");
    assert_int_equal(config_int(config, "c2sd.port"), 6222);
    assert_false(config_bool(config, "c2sd.require-tls"));
    assert_int_equal(config_titles_count(config, "component"), 2);
    assert_str(config_title(config, "component", 1), "irc.a.example");
    assert_str(config_titled_str(config, "component", 0, "secret"), "s");
    config_free(config);
}

static void a_wrong_file_names_line_and_what_was_expected(void **state)
{
    static const char *const cases[][3] = {
        {"\nc2sd { port = 70000 }", ":2:", "from 0 to 65535"},
        {"c2sd { port = x }", ":1:", "port"},
        {"\n\nc2sd { prot = 1 }", ":3:", "prot"},
        {"log-level = loud", ":1:", "debug|info|warn|error"},
        {"c2sd { require-tls = maybe }", ":1:", "require-tls"},
        {"c2sd { port = 1 2 }", ":1:", "'2'"},
        {"authd { mechanisms = {\"SCRUM\"} }", ":1:", "any of"},
        {"# one\n// two\n/* three\n */ log-level = loud", ":4:", "debug"},
        {"contact = \"# { //\"", ":1:", "contact"},
        {"\nc2sd {\n    port = 5222\n", ":2:", "not closed"},
        {"\n/* { \n", ":2:", "not closed"},
        {"domains = {}", "domains", "at least one domain"},
        {"\ndomains = {\"Example.org\"}", ":2:", "in lower case"},
        {"domains = {\"a.example\",\n\"-b.example\"}", ":2:", "a domain"},
        {"domains = {\"a..example\"}", ":1:", "a domain"},
        {"admins = {\"romeo\"}", ":1:", "user@domain"},
        {"authd { anonymous-domains = {\"gu ests\"} }", ":1:", "a domain"},
        {"c2sd { location = \"Host\" }", ":1:", "HOST:PORT"},
        {"c2sd { location = \"host:0\" }", ":1:", "HOST:PORT"},
        {"c2sd { location = \"host:70000\" }", ":1:", "HOST:PORT"},
        {"c2sd { location = \"::1\" }", ":1:", "HOST:PORT"},
        {"c2sd { location = \"[::1:5222\" }", ":1:", "HOST:PORT"},
        {"c2sd { location = \"[host]:5222\" }", ":1:", "HOST:PORT"},
        {"sm { contact-addresses = {\"abuse\"} }", ":1:", "kind=URI"},
        {"sm { relays = {\"turn.example.org\"} }", ":1:", "turn:HOST"},
        {"sm { relays = {\"http:turn.example.org\"} }", ":1:", "turn:HOST"},
        {"sm { relays = {\"turn:\"} }", ":1:", "turn:HOST"},
        {"sm { relays = {\"turn:host:0\"} }", ":1:", "turn:HOST"},
        {"sm { relays = {\"turn:host?transport=sctp\"} }", ":1:", "turn:HOST"},
        {"sm { contact-addresses = {\"boss=mailto:x\"} }", ":1:", "kind=URI"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct error error = {{0}};

        assert_null(config_parse(cases[i][0], &error));
        if (!strstr(error.text, cases[i][1]) ||
            !strstr(error.text, cases[i][2]))
            fail_msg("%s gave: %s", cases[i][0], error.text);
    }
}

static void a_location_is_a_host_with_or_without_a_port(void **state)
{
    static const char *const locations[] = {"",
                                            "xmpp.example.org",
                                            "xmpp.example.org:5222",
                                            "192.0.2.1:5222",
                                            "[2001:db8::1]",
                                            "[2001:db8::1]:5222"};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(locations); i++) {
        struct error error = {{0}};
        struct config *config;
        char text[128];

        snprintf(text, sizeof(text), "c2sd { location = \"%s\" }",
                 locations[i]);
        config = config_parse(text, &error);
        assert_non_null(config);
        assert_true(str_is(config_str(config, "c2sd.location"), locations[i]));
        config_free(config);
    }
}

static void an_error_inside_a_section_names_the_file(void **state)
{
    char path[] = "/tmp/posthouse-config-XXXXXX";
    static const char text[] = "# a comment\nc2sd {\n    prot = 1\n}\n";
    struct error error = {{0}};
    char expected[64];
    int fd = mkstemp(path);

    (void)state;
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, sizeof(text) - 1), sizeof(text) - 1);
    close(fd);
    assert_null(config_load(path, NULL, 0, &error));
    unlink(path);
    snprintf(expected, sizeof(expected), "%s:3:", path);
    assert_non_null(strstr(error.text, expected));
    assert_non_null(strstr(error.text, "prot"));
}

static void an_override_wins_and_is_judged_like_a_line(void **state)
{
    static const char *const right[] = {
        "c2sd.port=7222", "domains={\"x.example\"}", "compd.listen={\"::1\"}",
        "component.sms.x.example.secret=a\"b\\$c"};
    static const char *const wrong[] = {"c2sd.port=70000", "c2sd.prot=1",
                                        "c2sd.port", "nonsense"};
    struct error error = {{0}};
    struct config *config = config_load(NULL, right, COUNT_OF(right), &error);

    (void)state;
    if (!config)
        fail_msg("%s", error.text);
    assert_int_equal(config_int(config, "c2sd.port"), 7222);
    assert_int_equal(config_list_count(config, "domains"), 1);
    assert_str(config_list_item(config, "domains", 0), "x.example");
    assert_str(config_title(config, "component", 0), "sms.x.example");
    assert_str(config_titled_str(config, "component", 0, "secret"), "a\"b\\$c");
    config_free(config);
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        error.text[0] = '\0';
        assert_null(config_load(NULL, &wrong[i], 1, &error));
        assert_non_null(strstr(error.text, wrong[i]));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_file_gives_every_default),
        cmocka_unit_test(what_the_file_says_holds),
        cmocka_unit_test(a_wrong_file_names_line_and_what_was_expected),
        cmocka_unit_test(a_location_is_a_host_with_or_without_a_port),
        cmocka_unit_test(an_error_inside_a_section_names_the_file),
        cmocka_unit_test(an_override_wins_and_is_judged_like_a_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
