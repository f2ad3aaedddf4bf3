#include "tests/unit/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/config/config.h"
#include "common/config/secret.h"

struct world {
    struct arena arena;
    char path[32];
    struct error error;
};

static int set_up(void **state)
{
    struct world *w = NEW(struct world);
    int fd;

    snprintf(w->path, sizeof(w->path), "/tmp/secret-test-XXXXXX");
    fd = mkstemp(w->path);
    assert_true(fd >= 0);
    (void)close(fd);
    *state = w;
    return 0;
}

static int tear_down(void **state)
{
    struct world *w = *state;

    (void)unlink(w->path);
    arena_clear(&w->arena);
    free(w);
    return 0;
}

static void write_file(const struct world *w, const char *text)
{
    FILE *file = fopen(w->path, "w");

    assert_non_null(file);
    (void)fputs(text, file);
    (void)fclose(file);
}

/* Of a section with this inside. */
static struct str secret_of(struct world *w, const char *inside)
{
    const char *text =
        arena_printf(&w->arena, "component \"sms.example.org\" { %s }\n",
                     inside)
            .p;
    struct config *config = config_parse(text, &w->error);
    struct str secret;

    if (!config)
        fail_msg("%s", w->error.text);
    secret = config_secret(
        &w->arena, config_titled_str(config, "component", 0, "secret-file"),
        config_titled_str(config, "component", 0, "secret"), &w->error);
    config_free(config);
    return secret;
}

static struct str from_file(struct world *w)
{
    return secret_of(
        w, arena_printf(&w->arena, "secret-file = \"%s\"", w->path).p);
}

static void the_first_line_of_the_file_is_the_secret(void **state)
{
    struct world *w = *state;

    write_file(w, "open sesame\nremark\n");
    assert_true(str_is(from_file(w), "open sesame"));
    write_file(w, "no end of line");
    assert_true(str_is(from_file(w), "no end of line"));
}

static void a_file_that_says_nothing_is_told(void **state)
{
    struct world *w = *state;
    char long_line[2000];

    assert_null(from_file(w).p);
    assert_non_null(strstr(w->error.text, "expected a line"));
    memset(long_line, 'x', sizeof(long_line) - 1);
    long_line[sizeof(long_line) - 1] = '\0';
    write_file(w, long_line);
    assert_null(from_file(w).p);
    assert_null(secret_of(w, "secret-file = \"/nonexistent/secret\"").p);
    assert_non_null(strstr(w->error.text, "No such file"));
}

static void the_configuration_may_have_it_too(void **state)
{
    struct world *w = *state;

    assert_true(str_is(secret_of(w, "secret = \"sesame\""), "sesame"));
    assert_null(secret_of(w, "").p);
    assert_string_equal(w->error.text, "no secret");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_first_line_of_the_file_is_the_secret),
        TEST(a_file_that_says_nothing_is_told),
        TEST(the_configuration_may_have_it_too),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
