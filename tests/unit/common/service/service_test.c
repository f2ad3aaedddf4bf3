#include "tests/unit/test.h"

#include "common/service/service.h"

static const struct config *parse(const char *text)
{
    struct error error;
    struct config *config = config_parse(text, &error);

    if (!config)
        fail_msg("%s", error.text);
    return config;
}

static void a_service_lives_in_front_of_each_served_domain(void **state)
{
    const struct config *config =
        parse("domains = {\"a.example\", \"b.example\"}\n");
    struct arena arena = {0};

    (void)state;
    assert_int_equal(service_count(config, SERVICE_ROOMS), 2);
    assert_str(service_domain(config, SERVICE_ROOMS, &arena, 1),
               "conference.b.example");
    assert_true(service_has(config, SERVICE_PROXY, STR("proxy.a.example")));
    assert_false(service_has(config, SERVICE_ROOMS, STR("proxy.a.example")));
    assert_false(service_has(config, SERVICE_ROOMS, STR("conference.x")));
    assert_false(service_has(config, SERVICE_ROOMS, STR("conference.")));
    assert_false(service_has(config, SERVICE_ROOMS, STR("a.example")));
    assert_true(service_is_for(config, SERVICE_PROXY, STR("proxy.a.example"),
                               STR("a.example")));
    assert_false(service_is_for(config, SERVICE_PROXY, STR("proxy.b.example"),
                                STR("a.example")));
    arena_clear(&arena);
    config_free((struct config *)config);
}

static void listed_domains_take_its_place(void **state)
{
    const struct config *config =
        parse("domains = {\"a.example\"}\n"
              "proxy65d { domains = {\"files.a.example\", \"f2.example\"} }\n");
    struct arena arena = {0};

    (void)state;
    assert_int_equal(service_count(config, SERVICE_PROXY), 2);
    assert_str(service_domain(config, SERVICE_PROXY, &arena, 0),
               "files.a.example");
    assert_true(service_has(config, SERVICE_PROXY, STR("f2.example")));
    assert_false(service_has(config, SERVICE_PROXY, STR("proxy.a.example")));
    assert_true(service_is_for(config, SERVICE_PROXY, STR("files.a.example"),
                               STR("a.example")));
    assert_false(service_is_for(config, SERVICE_PROXY, STR("f2.example"),
                                STR("a.example")));
    arena_clear(&arena);
    config_free((struct config *)config);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_service_lives_in_front_of_each_served_domain),
        cmocka_unit_test(listed_domains_take_its_place),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
