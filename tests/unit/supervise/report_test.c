#include "supervise/report.h"
#include "tests/unit/test.h"

static struct config *config_of(const char *text)
{
    struct error error = {""};
    struct config *config = config_parse(text, &error);

    assert_string_equal(error.text, "");
    assert_non_null(config);
    return config;
}

static void the_environment_tells_ports_paths_and_pids(void **state)
{
    struct config *config =
        config_of("domains = {\"a.example\", \"b.example\"}\n"
                  "c2sd { listen = {\"0.0.0.0\"} port = 7022 tls-port = 0\n"
                  "certificate = \"/s/it's.pem\" }\ncompd { port = 7147 }\n");
    const struct child children[] = {
        {.kind = KIND_ROUTERD, .pid = 10},
        {.kind = KIND_SM, .instance = 0, .pid = 11},
        {.kind = KIND_SM, .instance = 1, .pid = 12},
    };
    struct buf text = {0};

    (void)state;
    report_env(&text, config, "/s/run/pg", children, COUNT_OF(children));

    assert_str(buf_view(&text), "PH_DOMAIN='a.example'\n"
                                "PH_HOST='127.0.0.1'\n"
                                "PH_C2S_PORT=7022\n"
                                "PH_WEB_PORT=5281\n"
                                "PH_S2S_PORT=5269\n"
                                "PH_S2S_TLS_PORT=5270\n"
                                "PH_COMPONENT_PORT=7147\n"
                                "PH_PROXY_PORT=5277\n"
                                "PH_HTTPS_PORT=5282\n"
                                "PH_PG_SOCKET='/s/run/pg'\n"
                                "PH_CA_FILE='/s/it'\\''s.pem'\n"
                                "PH_PIDS_ROUTERD='10'\n"
                                "PH_PIDS_SM='11 12'\n");
    buf_clear(&text);
    config_free(config);
}

static void a_process_that_does_not_run_has_no_pid(void **state)
{
    struct config *config = config_of("");
    const struct child children[] = {
        {.kind = KIND_C2SD, .instance = 0},
        {.kind = KIND_C2SD, .instance = 1, .pid = 12},
        {.kind = KIND_COMPD},
    };
    struct buf text = {0};
    char *copy;

    (void)state;
    report_env(&text, config, NULL, children, COUNT_OF(children));

    copy = str_dup_heap(buf_view(&text));
    assert_non_null(strstr(copy, "PH_PIDS_C2SD='12'\nPH_PIDS_COMPD=''\n"));
    assert_null(strstr(copy, "PH_PG_SOCKET"));
    free(copy);
    buf_clear(&text);
    config_free(config);
}

static void a_status_line_reads_as_it_was_written(void **state)
{
    const struct child child = {
        .kind = KIND_AUTHD, .pid = 77, .since = 1700000000, .restarts = 3};
    struct buf text = {0};
    struct report_line line;

    (void)state;
    report_status(&text, &child, 1);
    assert_str(buf_view(&text), "authd 0 77 1700000000 3\n");
    buf_add_char(&text, '\0');

    assert_true(report_parse_line(&line, buf_view(&text).p));
    assert_string_equal(line.program, "authd");
    assert_int_equal(line.pid, 77);
    assert_int_equal(line.restarts, 3);
    assert_false(report_parse_line(&line, "authd 0"));
    buf_clear(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_environment_tells_ports_paths_and_pids),
        cmocka_unit_test(a_process_that_does_not_run_has_no_pid),
        cmocka_unit_test(a_status_line_reads_as_it_was_written),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
