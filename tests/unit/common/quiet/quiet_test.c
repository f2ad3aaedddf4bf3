#include <stdio.h>
#include <stdlib.h>

#include "tests/unit/common/directory/fixture.h"

#include "common/quiet/quiet.h"

#define HOUR          60u
#define AT(day, h, m) ((day)*24u * HOUR + (h)*HOUR + (m))
#define SUNDAY        0u
#define MONDAY        1u
#define FRIDAY        5u
#define SATURDAY      6u
/* Friday, 2023-11-17, 23:30 in London: 07:30 on Saturday in Shanghai. */
#define FRIDAY_NIGHT INT64_C(1700263800000)

static bool is_quiet(const char *hours, unsigned minute)
{
    struct quiet quiet;
    struct error error;

    if (!quiet_parse(&quiet, str_of(hours), LANGUAGE_EN, &error))
        fail_msg("%s: %s", hours, error.text);
    return quiet_at(&quiet, minute);
}

static void a_span_begins_with_its_minute_and_ends_before_the_last(void **state)
{
    const char *hours = "mon 08:00-17:30";

    (void)state;
    assert_false(is_quiet(hours, AT(MONDAY, 7, 59)));
    assert_true(is_quiet(hours, AT(MONDAY, 8, 0)));
    assert_true(is_quiet(hours, AT(MONDAY, 17, 29)));
    assert_false(is_quiet(hours, AT(MONDAY, 17, 30)));
    assert_false(is_quiet(hours, AT(FRIDAY, 9, 0)));
}

static void a_night_ends_on_the_next_day(void **state)
{
    const char *hours = "mon-fri 18:30-08:30";

    (void)state;
    assert_true(is_quiet(hours, AT(FRIDAY, 23, 0)));
    assert_true(is_quiet(hours, AT(SATURDAY, 8, 29)));
    assert_false(is_quiet(hours, AT(SATURDAY, 8, 30)));
    assert_false(is_quiet(hours, AT(MONDAY, 3, 0))); /* Sunday's night */
    assert_true(is_quiet("sat 22:00-06:00", AT(SUNDAY, 5, 59)));
}

static void days_are_ranges_and_lists(void **state)
{
    (void)state;
    assert_true(is_quiet("sat,sun 00:00-24:00", AT(SUNDAY, 23, 59)));
    assert_false(is_quiet("sat,sun 00:00-24:00", AT(MONDAY, 0, 0)));
    assert_true(is_quiet("fri-mon 12:00-13:00", AT(SUNDAY, 12, 0)));
    assert_true(is_quiet("Daily 12:00-13:00", AT(FRIDAY, 12, 59)));
    assert_true(
        is_quiet("mon 01:00-02:00;fri,sat 03:00-04:00", AT(SATURDAY, 3, 0)));
    assert_false(is_quiet("none", AT(SATURDAY, 3, 0)));
}

static void wrong_hours_are_refused(void **state)
{
    static const char *const wrong[] = {
        "",
        "mon",
        "mon 08:00",
        "mon 8:00-9:00",
        "mon 08:00-08:00",
        "mon 24:00-08:00",
        "mon 08:60-09:00",
        "mon 08:00-24:01",
        "mun 08:00-09:00",
        "mon- 08:00-09:00",
        ", 08:00-09:00",
        "mon 08:00-09:00;",
        "mon 08:00-09:00 Moon/Base",
        "mon 08:00-09:00 Asia",
        "mon 08:00-09:00 ../zoneinfo/UTC",
        "mon 08:00-09:00 Asia/Shanghai; tue 08:00-09:00",
        "mon 08:00-09:00 Asia/Shanghai x",
        "mon 01:00-02:00;mon 01:00-02:00;mon 01:00-02:00;mon 01:00-02:00;"
        "mon 01:00-02:00;mon 01:00-02:00;mon 01:00-02:00;mon 01:00-02:00;"
        "mon 01:00-02:00",
    };
    struct quiet quiet;
    struct error error;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(wrong); i++)
        if (quiet_parse(&quiet, str_of(wrong[i]), LANGUAGE_EN, &error))
            fail_msg("taken: %s", wrong[i]);
}

static void a_zone_is_where_the_person_is(void **state)
{
    (void)state;
    assert_int_equal(setenv("TZ", "Europe/London", 1), 0);
    assert_int_equal(quiet_minute("Asia/Shanghai", FRIDAY_NIGHT),
                     AT(SATURDAY, 7, 30));
    /* The process is where it was. */
    assert_int_equal(quiet_minute("", FRIDAY_NIGHT), AT(FRIDAY, 23, 30));
    assert_string_equal(getenv("TZ"), "Europe/London");
    /* In summer they are an hour nearer. */
    assert_int_equal(quiet_minute("", FRIDAY_NIGHT + INT64_C(15552000000)),
                     AT(4, 0, 30));
    assert_int_equal(unsetenv("TZ"), 0);
}

static void exceptions_are_addresses_and_domains(void **state)
{
    (void)state;
    assert_true(quiet_are_exceptions(STR("")));
    assert_true(quiet_are_exceptions(STR("a@example.org example.net")));
    assert_false(quiet_are_exceptions(STR("a@@b")));
    assert_false(quiet_are_exceptions(STR("a@b/c")));
}

/* --- whose ---------------------------------------------------------------- */

static void the_nearest_hours_hold_and_all_exceptions(void **state)
{
    struct company c;
    struct quiet_source source;
    struct jid from;
    struct arena arena = {0};

    (void)state;
    open_company(&c);
    set_server(&c, QUIET_HOURS, "daily 22:00-06:00");
    set_server(&c, QUIET_EXCEPT, "alarm.example.com");
    set_account(&c, "anna", QUIET_HOURS, "none");
    set_account(&c, "anna", QUIET_EXCEPT, "mum@example.org");
    finish(&c);

    assert_true(
        str_is(quiet_of(c.directory, person(&c, "anna"), &source), "none"));
    assert_true(source.is_own);
    assert_true(str_is(quiet_of(c.directory, person(&c, "bert"), &source),
                       "daily 22:00-06:00"));
    assert_false(source.is_own);
    assert_null(source.department);
    assert_true(jid_parse(&from, &arena, STR("mum@example.org/phone")));
    assert_true(quiet_excepts(c.directory, person(&c, "anna"), &from));
    assert_false(quiet_excepts(c.directory, person(&c, "bert"), &from));
    assert_true(jid_parse(&from, &arena, STR("bot@alarm.example.com")));
    assert_true(quiet_excepts(c.directory, person(&c, "bert"), &from));
    arena_clear(&arena);
    close_company(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            a_span_begins_with_its_minute_and_ends_before_the_last),
        cmocka_unit_test(a_night_ends_on_the_next_day),
        cmocka_unit_test(days_are_ranges_and_lists),
        cmocka_unit_test(wrong_hours_are_refused),
        cmocka_unit_test(a_zone_is_where_the_person_is),
        cmocka_unit_test(exceptions_are_addresses_and_domains),
        cmocka_unit_test(the_nearest_hours_hold_and_all_exceptions),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
