/* docs/configuration.md is written from the table of options. `make docs` runs
 * this with POSTHOUSE_WRITE_DOCS set; without it the page is compared. */
#include "tests/unit/test.h"

#include <stdio.h>

#include "common/config/config.h"

#define PAGE "docs/configuration.md"

static void expected_page(struct buf *page)
{
    buf_add_text(page,
                 "# Configuration\n\n"
                 "One file, `posthouse.conf`, a section per daemon, a default "
                 "for everything:\n\n"
                 "    domains = {\"example.org\"}\n"
                 "    c2sd {\n"
                 "        max-connections-per-address = 20\n"
                 "    }\n"
                 "    component \"sms.example.org\" { secret = \"…\" }\n\n"
                 "`--set section.key=value` on the command line overrides it. "
                 "An error names file, line and what was expected. 0 means no "
                 "limit where a limit may be 0.\n");
    config_write_documentation(page);
}

static void the_page_tells_every_option_as_the_table_does(void **state)
{
    struct buf expected = {0};
    struct buf found = {0};
    FILE *file;
    size_t got;

    (void)state;
    expected_page(&expected);
    if (getenv("POSTHOUSE_WRITE_DOCS")) {
        file = fopen(PAGE, "w");
        assert_non_null(file);
        assert_int_equal(fwrite(buf_view(&expected).p, 1, buf_len(&expected),
                                file),
                         buf_len(&expected));
        assert_int_equal(fclose(file), 0);
    }
    file = fopen(PAGE, "r");
    assert_non_null(file);
    while ((got = fread(buf_reserve(&found, 4096), 1, 4096, file)) > 0)
        buf_added(&found, got);
    fclose(file);
    if (!str_eq(buf_view(&found), buf_view(&expected)))
        fail_msg("%s is not what the table says: run make docs", PAGE);
    buf_clear(&expected);
    buf_clear(&found);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_page_tells_every_option_as_the_table_does),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
