#include "tests/unit/test.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/log/log.h"

struct fixture {
    char path[64];
    char text[1 << 20];
};

static int set_up(void **state)
{
    struct fixture *t = NEW(struct fixture);
    struct error error;
    int fd;

    snprintf(t->path, sizeof(t->path), "/tmp/posthouse-log-XXXXXX");
    fd = mkstemp(t->path);
    assert_true(fd >= 0);
    close(fd);
    assert_true(log_open("test", t->path, LOG_LEVEL_INFO, &error));
    *state = t;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *t = *state;

    unlink(t->path);
    free(t);
    return 0;
}

static const char *written(struct fixture *t)
{
    FILE *file = fopen(t->path, "r");

    assert_non_null(file);
    t->text[fread(t->text, 1, sizeof(t->text) - 1, file)] = '\0';
    fclose(file);
    return t->text;
}

static unsigned count(const char *text, const char *part)
{
    unsigned found = 0;

    while ((text = strstr(text, part))) {
        text += strlen(part);
        found++;
    }
    return found;
}

/* What clients choose (addresses, resources, names) makes neither lines nor
 * fields of its own. */
static void a_value_stays_one_value(void **state)
{
    static const char *const values[] = {
        "a\n2026-01-01T00:00:00.000Z error sm forged",
        "a\r\nb",
        "a peer=192.0.2.1",
        "a\" peer=\"192.0.2.1",
        "a\\\" peer=192.0.2.1",
        "\x1b[2J",
    };
    static const char *const expected[] = {
        "jid=\"a\\x0a2026-01-01T00:00:00.000Z error sm forged\"\n",
        "jid=\"a\\x0d\\x0ab\"\n",
        "jid=\"a peer=192.0.2.1\"\n",
        "jid=\"a\\\" peer=\\\"192.0.2.1\"\n",
        "jid=\"a\\\\\\\" peer=192.0.2.1\"\n",
        "jid=\"\\x1b[2J\"\n",
    };
    struct fixture *t = *state;

    for (size_t i = 0; i < COUNT_OF(values); i++)
        log_event(LOG_LEVEL_INFO, "event", LOG_TEXT("jid", values[i]));
    for (size_t i = 0; i < COUNT_OF(expected); i++)
        assert_non_null(strstr(written(t), expected[i]));
    assert_int_equal(count(t->text, "\n"), COUNT_OF(values));
}

static void a_long_value_is_cut(void **state)
{
    struct fixture *t = *state;
    char value[10000];

    memset(value, 'x', sizeof(value));
    value[sizeof(value) - 1] = '\0';
    log_event(LOG_LEVEL_INFO, "event", LOG_TEXT("jid", value));
    assert_true(strlen(written(t)) < 700);
}

static void a_flood_of_warnings_becomes_a_number(void **state)
{
    struct fixture *t = *state;

    for (unsigned i = 0; i < 5000; i++)
        log_event(LOG_LEVEL_WARN, "flood", LOG_INT("n", i));
    assert_in_range(count(written(t), " flood "), 100, 1000);
    log_event(LOG_LEVEL_WARN, "another", LOG_INT("n", 1));
    assert_int_equal(count(written(t), " another "), 1);

    do
        log_event(LOG_LEVEL_WARN, "flood", LOG_INT("n", 1));
    while (!strstr(written(t), "lines-left-out event=flood count="));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_value_stays_one_value),
        TEST(a_long_value_is_cut),
        TEST(a_flood_of_warnings_becomes_a_number),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
