#include <stdio.h>

#include "tests/unit/common/directory/fixture.h"

static bool shows(const struct company *c, const char *viewer, const char *whom)
{
    return directory_shows(person(c, viewer), person(c, whom));
}

static bool may_know(const struct company *c, const char *viewer,
                     const char *whom)
{
    return directory_may_know(person(c, viewer), person(c, whom));
}

static void people_have_their_chain_in_the_roster(void **state)
{
    struct company c;

    (void)state;
    open_company(&c);
    finish(&c);

    assert_true(shows(&c, "anna", "bert"));
    assert_true(shows(&c, "bert", "anna"));
    assert_true(shows(&c, "carl", "anna"));
    assert_true(shows(&c, "carl", "boss"));
    assert_false(shows(&c, "anna", "carl"));
    assert_false(shows(&c, "boss", "anna"));
    assert_false(shows(&c, "anna", "dora"));
    assert_false(shows(&c, "anna", "anna"));
    assert_false(shows(&c, "anna", "nobody"));
    assert_false(shows(&c, "nobody", "anna"));
    close_company(&c);
}

static void what_is_shown_is_a_property_and_inherited(void **state)
{
    static const struct {
        const char *value;
        bool sees_below, sees_above;
    } cases[] = {{"none", false, false},
                 {"department", false, false},
                 {"chain", false, true},
                 {"subtree", true, false},
                 {"branch", true, true}};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct company c;

        open_company(&c);
        set_department(&c, "company", "roster", cases[i].value);
        finish(&c);
        assert_int_equal(shows(&c, "anna", "carl"), cases[i].sees_below);
        assert_int_equal(shows(&c, "anna", "boss"), cases[i].sees_above);
        close_company(&c);
    }
}

static void further_departments_are_chosen(void **state)
{
    struct company c;

    (void)state;
    open_company(&c);
    set_department(&c, "north", "roster-also", "labs, nowhere");
    finish(&c);

    assert_true(shows(&c, "carl", "dora"));
    assert_false(shows(&c, "dora", "carl"));
    assert_false(shows(&c, "anna", "dora"));
    close_company(&c);
}

static void who_is_hidden_is_known_to_his_own_alone(void **state)
{
    struct company c;

    (void)state;
    open_company(&c);
    set_department(&c, "sales", "visible-to", "self");
    set_department(&c, "labs", "roster-also", "sales");
    finish(&c);

    assert_true(may_know(&c, "anna", "carl"));
    assert_true(may_know(&c, "carl", "anna"));
    assert_false(may_know(&c, "dora", "carl"));
    assert_false(may_know(&c, "boss", "anna"));
    assert_false(may_know(&c, "stranger", "anna"));
    assert_false(shows(&c, "dora", "anna"));
    assert_true(may_know(&c, "anna", "dora"));
    /* One open department is enough. */
    assert_true(may_know(&c, "dora", "bert"));
    close_company(&c);
}

static void departments_may_be_opened_to_others(void **state)
{
    struct company c;

    (void)state;
    open_company(&c);
    set_department(&c, "labs", "visible-to", "north");
    finish(&c);

    assert_true(may_know(&c, "carl", "dora"));
    assert_false(may_know(&c, "anna", "dora"));
    assert_true(may_know(&c, "bert", "dora"));
    close_company(&c);
}

static void who_is_in_no_department_is_known_to_all(void **state)
{
    struct company c;

    (void)state;
    open_company(&c);
    set_account(&c, "gast", "search", "no");
    finish(&c);

    assert_true(may_know(&c, "anna", "gast"));
    assert_true(may_know(&c, "anna", "nobody"));
    close_company(&c);
}

static void an_administrator_rules_his_subtree(void **state)
{
    struct company c;

    (void)state;
    open_company(&c);
    finish(&c);

    assert_true(
        directory_administers(person(&c, "anna"), department(&c, "sales")));
    assert_true(
        directory_administers(person(&c, "anna"), department(&c, "north")));
    assert_false(
        directory_administers(person(&c, "anna"), department(&c, "company")));
    assert_false(
        directory_administers(person(&c, "anna"), department(&c, "labs")));
    assert_false(
        directory_administers(person(&c, "bert"), department(&c, "sales")));
    close_company(&c);
}

static void count(void *ctx, const struct directory_person *one)
{
    (void)one;
    ++*(int *)ctx;
}

static void each_contact_comes_once(void **state)
{
    struct company c;
    int contacts = 0, watchers = 0;

    (void)state;
    open_company(&c);
    set_department(&c, "company", "roster", "branch");
    finish(&c);

    directory_each_contact(person(&c, "boss"), count, &contacts);
    directory_each_watcher(person(&c, "bert"), count, &watchers);
    assert_int_equal(contacts, 4);
    assert_int_equal(watchers, 4);
    close_company(&c);
}

static void hashes_change_with_what_they_stand_for(void **state)
{
    struct company before, after;

    (void)state;
    open_company(&before);
    finish(&before);
    open_company(&after);
    row(&after, "member", "emil", "sales", "Emil", "");
    finish(&after);

    assert_true(directory_contacts_hash(person(&before, "anna")) !=
                directory_contacts_hash(person(&after, "anna")));
    assert_true(directory_contacts_hash(person(&before, "carl")) !=
                directory_contacts_hash(person(&after, "carl")));
    assert_true(directory_contacts_hash(person(&before, "dora")) ==
                directory_contacts_hash(person(&after, "dora")));
    assert_true(directory_watchers_hash(person(&before, "dora")) !=
                directory_watchers_hash(person(&after, "anna")));
    close_company(&before);
    close_company(&after);
}

static void rows_that_make_no_sense_do_no_harm(void **state)
{
    struct company c;

    (void)state;
    open_company(&c);
    row(&c, "member", "anna", "nowhere", "Anna", "");
    row(&c, "member", "", "sales", "", "");
    row(&c, "department-property", "nowhere", "roster", "none", "");
    row(&c, "something", "else", "", "", "");
    row(&c, "department", "a", "b", "0", "");
    row(&c, "department", "b", "a", "0", ""); /* a ring */
    row(&c, "member", "loop", "a", "Loop", "");
    finish(&c);

    assert_non_null(person(&c, "loop"));
    assert_false(directory_is_in(person(&c, "loop"), department(&c, "sales")));
    assert_null(directory_find(NULL, STR("anna@" DOMAIN)));
    close_company(&c);
}

static bool is_label(const struct company *c, const char *path,
                     const char *label)
{
    const struct directory_department *one =
        directory_department_at(c->directory, STR(DOMAIN), str_of(path));

    return one && str_is(one->label, label);
}

static void departments_of_one_name_are_shown_by_their_paths(void **state)
{
    struct company c;

    (void)state;
    open_company(&c);
    row(&c, "department", "sales/east", "sales", "0", "12 east");
    row(&c, "department", "labs/east", "labs", "0", "11 east");
    row(&c, "department", "labs/west", "labs", "0", "13 west");
    row(&c, "department", "west", NULL, "0", "14 west");
    row(&c, "department", "labs/alone", "labs", "0", "15 alone");
    finish(&c);

    assert_true(is_label(&c, "sales/east", "sales/east"));
    assert_true(is_label(&c, "labs/east", "labs/east"));
    assert_true(is_label(&c, "labs/west", "labs/west"));
    assert_true(is_label(&c, "west", "west"));
    assert_true(is_label(&c, "labs/alone", "alone"));
    assert_null(department(&c, "east"));
    assert_non_null(department(&c, "sales/east"));
    assert_ptr_equal(department(&c, "alone"), department(&c, "labs/alone"));
    assert_ptr_equal(department(&c, "west")->parent, NULL);
    assert_ptr_equal(department(&c, "labs/west")->parent,
                     department(&c, "labs"));
    assert_true(directory_owns_name(c.directory, department(&c, "labs/east")));
    assert_false(
        directory_owns_name(c.directory, department(&c, "sales/east")));
    close_company(&c);
}

static void a_path_names_nobody_above_whom_its_viewers_may_not_know(void **state)
{
    struct company c;

    (void)state;
    open_company(&c);
    row(&c, "department", "sales/east", "sales", "0", "12 east");
    row(&c, "department", "labs/east", "labs", "0", "11 east");
    row(&c, "department", "labs/east/west", "labs/east", "0", "13 west");
    row(&c, "department", "sales/west", "sales", "0", "14 west");
    set_department(&c, "labs", "visible-to", "self");
    set_department(&c, "labs/east", "visible-to", "everyone");
    finish(&c);

    assert_true(is_label(&c, "sales/east", "sales/east"));
    assert_true(is_label(&c, "labs/east", "company/east (11)"));
    assert_true(is_label(&c, "labs/east/west", "company/east/west (13)"));
    assert_ptr_equal(department(&c, "company/east (11)"), department(&c, "labs/east"));
    assert_null(department(&c, "east (12)"));
    close_company(&c);
}

static void a_path_is_whole_for_those_who_may_know_all_of_it(void **state)
{
    struct company c;

    (void)state;
    open_company(&c);
    row(&c, "department", "sales/east", "sales", "0", "12 east");
    row(&c, "department", "labs/east", "labs", "0", "11 east");
    row(&c, "department", "north/west", "north", "0", "13 west");
    row(&c, "department", "labs/west", "labs", "0", "14 west");
    set_department(&c, "labs", "visible-to", "self");
    set_department(&c, "north", "visible-to", "nobody");
    finish(&c);

    assert_true(is_label(&c, "labs/east", "labs/east"));
    /* Those below do not know those above them either. */
    assert_true(is_label(&c, "north/west", "company/sales/west (13)"));
    close_company(&c);
}

static void a_department_is_known_as_its_people_are(void **state)
{
    struct company c;

    (void)state;
    open_company(&c);
    set_department(&c, "labs", "visible-to", "self, north");
    finish(&c);

    assert_true(directory_may_know_department(NULL, department(&c, "sales")));
    assert_false(directory_may_know_department(NULL, department(&c, "labs")));
    assert_false(directory_may_know_department(person(&c, "anna"),
                                               department(&c, "labs")));
    assert_true(directory_may_know_department(person(&c, "carl"),
                                              department(&c, "labs")));
    assert_true(directory_may_know_department(person(&c, "dora"),
                                              department(&c, "labs")));
    close_company(&c);
}

static void the_longest_of_all_departments_counts(void **state)
{
    struct company c;

    (void)state;
    open_company(&c);
    set_server(&c, "days", "5");
    set_department(&c, "company", "days", "10");
    set_department(&c, "labs", "days", "30");
    set_department(&c, "north", "days", "0");
    set_account(&c, "boss", "days", "3");
    set_account(&c, "stray", "other", "3");
    finish(&c);

    assert_int_equal(directory_days(c.directory, STR("bert@" DOMAIN), "days"),
                     30);
    assert_int_equal(directory_days(c.directory, STR("anna@" DOMAIN), "days"),
                     10);
    assert_int_equal(directory_days(c.directory, STR("carl@" DOMAIN), "days"),
                     0);
    assert_int_equal(directory_days(c.directory, STR("boss@" DOMAIN), "days"),
                     3);
    assert_int_equal(directory_days(c.directory, STR("stray@" DOMAIN), "days"),
                     5);
    assert_int_equal(directory_days(c.directory, STR("none@" DOMAIN), "days"),
                     5);
    assert_int_equal(directory_days(c.directory, STR("bert@" DOMAIN), "none"),
                     -1);
    assert_int_equal(directory_days(NULL, STR("bert@" DOMAIN), "days"), -1);
    close_company(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(departments_of_one_name_are_shown_by_their_paths),
        cmocka_unit_test(a_path_names_nobody_above_whom_its_viewers_may_not_know),
        cmocka_unit_test(a_path_is_whole_for_those_who_may_know_all_of_it),
        cmocka_unit_test(a_department_is_known_as_its_people_are),
        cmocka_unit_test(the_longest_of_all_departments_counts),
        cmocka_unit_test(people_have_their_chain_in_the_roster),
        cmocka_unit_test(what_is_shown_is_a_property_and_inherited),
        cmocka_unit_test(further_departments_are_chosen),
        cmocka_unit_test(who_is_hidden_is_known_to_his_own_alone),
        cmocka_unit_test(departments_may_be_opened_to_others),
        cmocka_unit_test(who_is_in_no_department_is_known_to_all),
        cmocka_unit_test(an_administrator_rules_his_subtree),
        cmocka_unit_test(each_contact_comes_once),
        cmocka_unit_test(hashes_change_with_what_they_stand_for),
        cmocka_unit_test(rows_that_make_no_sense_do_no_harm),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
