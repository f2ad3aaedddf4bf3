#include "supervise/settings.h"
#include "tests/unit/test.h"

static const struct layout layout = {
    .pg_socket = "/s/run/pg",
    .grant_key = "/s/keys/grant.key",
    .certificate = "/s/tls/cert.pem",
    .tls_key = "/s/tls/key.pem",
};

static const char *domains[] = {"a.example", "b.example"};
static const char *components[] = {"echo.a.example=say \"a=b\""};
static const char *settings[] = {"c2sd.port=0", "authd.login-rate=7",
                                 "component.sms.example.secret=hush"};

static struct options options_with_everything(void)
{
    return (struct options){
        .domains = {domains, COUNT_OF(domains)},
        .components = {components, COUNT_OF(components)},
        .settings = {settings, COUNT_OF(settings)},
        .listen = "192.0.2.1",
        .base_port = 7000,
    };
}

static struct config *written(const struct options *options, const char *caller,
                              bool with_secrets)
{
    struct buf text = {0};
    struct error error = {""};
    struct config *config;

    assert_true(
        settings_text(&text, &layout, options, caller, with_secrets, &error));
    buf_add_char(&text, '\0');
    config = config_parse(buf_view(&text).p, &error);
    assert_string_equal(error.text, "");
    buf_clear(&text);
    return config;
}

static void the_file_says_what_the_command_line_said(void **state)
{
    struct options options = options_with_everything();
    struct config *config = written(&options, NULL, true);

    (void)state;
    assert_str(config_list_item(config, "domains", 1), "b.example");
    assert_str(config_str(config, "database"),
               "host=/s/run/pg dbname=posthouse");
    assert_str(config_str(config, "c2sd.key"), "/s/tls/key.pem");
    assert_int_equal(config_int(config, "c2sd.tls-port"), 7023);
    assert_int_equal(config_int(config, "compd.port"), 7147);
    assert_int_equal(config_int(config, "authd.login-rate"), 7);
    assert_str(config_titled_str(config, "component", 0, "secret"),
               "say \"a=b\"");
    assert_str(config_str(config, "users.c2s"), "posthouse-c2s");
    config_free(config);
}

static void what_is_set_wins(void **state)
{
    struct options options = options_with_everything();
    struct config *config = written(&options, NULL, true);

    (void)state;
    assert_int_equal(config_int(config, "c2sd.port"), 0);
    config_free(config);
}

static void components_stay_on_loopback_where_clients_do_not(void **state)
{
    struct options options = options_with_everything();
    struct config *config = written(&options, NULL, true);

    (void)state;
    assert_str(config_list_item(config, "c2sd.listen", 0), "192.0.2.1");
    assert_str(config_list_item(config, "compd.listen", 0), "127.0.0.1");
    config_free(config);
}

static void only_compd_reads_the_secrets_of_components(void **state)
{
    struct options options = options_with_everything();
    struct config *config = written(&options, NULL, false);

    (void)state;
    assert_int_equal(config_titles_count(config, "component"), 1);
    assert_str(config_title(config, "component", 0), "echo.a.example");
    assert_str(config_titled_str(config, "component", 0, "secret"), "");
    config_free(config);
}

static void without_root_all_daemons_are_the_callers(void **state)
{
    struct options options = options_with_everything();
    struct config *config = written(&options, "romeo", true);

    (void)state;
    assert_str(config_str(config, "users.sm"), "romeo");
    assert_str(config_str(config, "users.comp"), "romeo");
    assert_str(config_str(config, "users.router"), "posthouse-router");
    config_free(config);
}

static void a_setting_of_no_option_is_refused(void **state)
{
    static const char *wrong[] = {"c2sd.unheard-of=1"};
    struct options options = options_with_everything();
    struct buf text = {0};
    struct error error = {""};

    (void)state;
    options.settings = (struct values){wrong, 1};
    assert_false(settings_text(&text, &layout, &options, NULL, true, &error));

    assert_non_null(strstr(error.text, "c2sd.unheard-of=1"));
    buf_clear(&text);
}

static void another_database_takes_the_place_of_the_own_one(void **state)
{
    static const char *other[] = {"database=host=/run/postgresql"};
    struct options options = options_with_everything();

    (void)state;
    assert_true(settings_use_own_database(&options));
    options.settings = (struct values){other, 1};
    assert_false(settings_use_own_database(&options));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_file_says_what_the_command_line_said),
        cmocka_unit_test(what_is_set_wins),
        cmocka_unit_test(components_stay_on_loopback_where_clients_do_not),
        cmocka_unit_test(only_compd_reads_the_secrets_of_components),
        cmocka_unit_test(without_root_all_daemons_are_the_callers),
        cmocka_unit_test(a_setting_of_no_option_is_refused),
        cmocka_unit_test(another_database_takes_the_place_of_the_own_one),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
