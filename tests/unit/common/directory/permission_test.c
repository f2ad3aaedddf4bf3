#include <stdio.h>

#include "common/directory/permission.h"
#include "tests/unit/common/directory/fixture.h"

static struct decision decide(const struct company *c, const char *who,
                              enum permission permission)
{
    return permission_decide(c->directory, person(c, who), permission,
                             c->config);
}

/* Every permission, at every place that can decide it, allowed and refused. */
static void each_place_decides_each_permission(void **state)
{
    static const enum permission_source places[] = {BY_ACCOUNT, BY_DEPARTMENT,
                                                    BY_SERVER};

    (void)state;
    for (unsigned p = 0; p < PERMISSION_COUNT; p++)
        for (size_t i = 0; i < COUNT_OF(places) * 2; i++) {
            const struct permission_row *row = &permission_rows[p];
            const char *value = row->is_number ? (i % 2 ? "7" : "0")
                                               : (i % 2 ? "yes" : "no");
            struct company c;
            struct decision found;

            open_company(&c);
            if (places[i / 2] == BY_ACCOUNT)
                set_account(&c, "carl", row->name, value);
            else if (places[i / 2] == BY_DEPARTMENT)
                set_department(&c, "company", row->name, value);
            else
                set_server(&c, row->name, value);
            finish(&c);
            found = decide(&c, "carl", (enum permission)p);
            assert_int_equal(found.source, places[i / 2]);
            assert_int_equal(found.is_allowed, row->is_number || i % 2);
            assert_int_equal(found.number, row->is_number && i % 2 ? 7 : 0);
            close_company(&c);
        }
}

static void the_configuration_decides_last(void **state)
{
    struct company c;

    (void)state;
    open_company(&c);
    finish(&c);
    for (unsigned p = 0; p < PERMISSION_COUNT; p++)
        assert_int_equal(decide(&c, "anna", (enum permission)p).source,
                         BY_CONFIGURATION);
    assert_true(decide(&c, "anna", MAY_SEARCH).is_allowed);
    assert_false(decide(&c, "anna", MAY_BROADCAST).is_allowed);
    assert_int_equal(decide(&c, "nobody", MAX_ROSTER).number, 2000);
    assert_int_equal(
        permission_decide(NULL, NULL, MAX_ROSTER, c.config).number, 2000);
    close_company(&c);
}

static void the_nearest_department_wins(void **state)
{
    struct company c;
    struct decision found;

    (void)state;
    open_company(&c);
    set_department(&c, "company", "search", "no");
    set_department(&c, "sales", "search", "yes");
    finish(&c);

    found = decide(&c, "carl", MAY_SEARCH);
    assert_true(found.is_allowed);
    assert_str(found.department->name, "sales");
    assert_str(found.member_of->name, "north");
    assert_false(decide(&c, "dora", MAY_SEARCH).is_allowed);
    close_company(&c);
}

static void the_main_department_goes_before_the_others(void **state)
{
    struct company c;

    (void)state;
    open_company(&c);
    set_department(&c, "sales", "search", "no");
    set_department(&c, "labs", "search", "yes");
    finish(&c);

    assert_true(decide(&c, "bert", MAY_SEARCH).is_allowed);
    assert_false(decide(&c, "anna", MAY_SEARCH).is_allowed);
    close_company(&c);
}

static void the_others_decide_where_the_main_one_is_silent(void **state)
{
    struct company c;

    (void)state;
    open_company(&c);
    set_department(&c, "sales", "search", "no");
    finish(&c);

    assert_false(decide(&c, "bert", MAY_SEARCH).is_allowed);
    close_company(&c);
}

static void a_value_without_sense_is_passed_over(void **state)
{
    struct company c;

    (void)state;
    open_company(&c);
    set_account(&c, "anna", "search", "maybe");
    set_account(&c, "anna", "max-roster", "-1");
    set_department(&c, "sales", "search", "no");
    finish(&c);

    assert_false(decide(&c, "anna", MAY_SEARCH).is_allowed);
    assert_int_equal(decide(&c, "anna", MAX_ROSTER).source, BY_CONFIGURATION);
    assert_int_equal(permission_by_name(STR("fly")), PERMISSION_COUNT);
    assert_false(permission_is_value(MAX_ROSTER, STR("99999999999999999999")));
    close_company(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_place_decides_each_permission),
        cmocka_unit_test(the_configuration_decides_last),
        cmocka_unit_test(the_nearest_department_wins),
        cmocka_unit_test(the_main_department_goes_before_the_others),
        cmocka_unit_test(the_others_decide_where_the_main_one_is_silent),
        cmocka_unit_test(a_value_without_sense_is_passed_over),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
