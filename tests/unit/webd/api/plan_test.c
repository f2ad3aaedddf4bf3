/* Requests of programs become commands. */
#include "tests/unit/test.h"

#include "webd/api/plan.h"

struct fixture {
    struct arena arena;
    struct api_plan plan;
    struct api_fault fault;
};

static int setup(void **state)
{
    *state = NEW(struct fixture);
    return 0;
}

static int teardown(void **state)
{
    struct fixture *t = *state;

    arena_clear(&t->arena);
    free(t);
    return 0;
}

static bool asks(struct fixture *t, enum http_method method, const char *target,
                 const char *body)
{
    struct api_request request = {.method = method, .body = str_of(body)};

    request.query = str_of(target);
    request.path = str_cut(&request.query, '?');
    return api_plan_read(&t->arena, &request, &t->plan, &t->fault);
}

static void refused(struct fixture *t, enum http_method method,
                    const char *target, const char *body, unsigned status,
                    const char *part)
{
    assert_false(asks(t, method, target, body));
    assert_int_equal(t->fault.status, status);
    if (!strstr(t->fault.error.text, part))
        fail_msg("no %s in %s", part, t->fault.error.text);
}

static void has(struct fixture *t, unsigned step, const char *command,
                const char *field, const char *value)
{
    assert_true(step < t->plan.count);
    assert_true(str_is(t->plan.steps[step].command, command));
    if (!str_is(form_value(t->plan.steps[step].form, field), value))
        fail_msg("%s: %.*s", field,
                 STR_ARG(form_value(t->plan.steps[step].form, field)));
}

static void a_path_names_a_user_and_his_domain(void **state)
{
    struct fixture *t = *state;

    assert_true(asks(t, HTTP_GET, "users/anna%40example.com", NULL));
    has(t, 0, "show-user", "accountjid", "anna@example.com");
    assert_true(str_is(t->plan.domain, "example.com"));
    assert_true(
        asks(t, HTTP_DELETE, "sessions/a@b.c%2Fphone?domain=d.e", NULL));
    has(t, 0, "end-user-session", "accountjids", "a@b.c/phone");
    assert_true(str_is(t->plan.domain, "d.e"));
}

static void a_departments_number_is_marked_as_one(void **state)
{
    struct fixture *t = *state;

    assert_true(asks(t, HTTP_DELETE, "departments/7/members/a@b.c", NULL));
    has(t, 0, "remove-department-member", "department", "#7");
    has(t, 0, "remove-department-member", "accountjid", "a@b.c");
}

static void a_new_user_has_his_password_twice(void **state)
{
    struct fixture *t = *state;

    assert_true(asks(t, HTTP_POST, "users",
                     "{\"jid\": \"a@b.c\", \"password\": \"secret\"}"));
    has(t, 0, "add-user", "password", "secret");
    has(t, 0, "add-user", "password-verify", "secret");
    assert_int_equal(t->plan.status, 201);
}

static void a_change_is_a_command_for_each_kind(void **state)
{
    struct fixture *t = *state;

    assert_true(asks(t, HTTP_PATCH, "users/a@b.c",
                     "{\"name\": \"A\", \"enabled\": false, "
                     "\"password\": \"secret\"}"));
    assert_int_equal(t->plan.count, 3);
    has(t, 0, "change-user", "name", "A");
    has(t, 1, "change-user-password", "password", "secret");
    has(t, 2, "disable-user", "accountjids", "a@b.c");
}

static void a_query_is_read_like_a_form(void **state)
{
    struct fixture *t = *state;

    assert_true(asks(t, HTTP_GET, "users?search=a+b%26c&limit=5", NULL));
    has(t, 0, "list-users", "search", "a b&c");
    has(t, 0, "list-users", "max_items", "5");
    refused(t, HTTP_GET, "users?colour=red", NULL, 400, "colour");
    refused(t, HTTP_GET, "users?search=%f", NULL, 400, "query");
    refused(t, HTTP_GET, "users?search=%00", NULL, 400, "query");
    refused(t, HTTP_POST, "users?jid=x", "{}", 400, "domain");
}

static void values_are_texts_numbers_and_lists(void **state)
{
    struct fixture *t = *state;
    const struct xml *form, *value;

    assert_true(
        asks(t, HTTP_POST, "commands/any",
             "{\"a\": 5, \"b\": true, \"c\": [\"x\", 2], \"d\": null}"));
    form = t->plan.steps[0].form;
    has(t, 0, "any", "a", "5");
    has(t, 0, "any", "b", "true");
    value = xml_child(form_field(form, "c"), NS_DATA, "value");
    assert_true(str_is(xml_text(value), "x"));
    value = xml_next(value, NS_DATA, "value");
    assert_true(str_is(xml_text(value), "2"));
    assert_null(form_field(form, "d"));
}

static void a_wrong_body_is_told_why(void **state)
{
    struct fixture *t = *state;

    refused(t, HTTP_POST, "users", "[]", 400, "object");
    refused(t, HTTP_POST, "users", "{", 400, "no JSON");
    refused(t, HTTP_POST, "users", "{\"jid\": {}}", 400, "jid");
    refused(t, HTTP_POST, "users", "{\"jid\": 1.5}", 400, "jid");
    refused(t, HTTP_POST, "users", "{\"jid\": \"\\u0001\"}", 400, "jid");
    refused(t, HTTP_POST, "users", "{\"age\": 3}", 400, "age");
    refused(t, HTTP_POST, "users", "{\"jid\": [[[[[]]]]]}", 400, "deep");
    refused(t, HTTP_POST, "users", "{\"a\": 1, \"a\": 2}", 400, "no JSON");
    assert_true(asks(t, HTTP_POST, "commands/a", "{\"a\": \"[[[[[[\\\"[\"}"));
}

static void what_is_not_there_is_not_found(void **state)
{
    static const char *const nowhere[] = {"",
                                          "user",
                                          "users/",
                                          "/users",
                                          "users//",
                                          "users/a/b",
                                          "users/a/b/c/d/e/f/g"};
    struct fixture *t = *state;

    for (size_t i = 0; i < COUNT_OF(nowhere); i++)
        refused(t, HTTP_GET, nowhere[i], NULL, 404, "nothing");
    refused(t, HTTP_PUT, "users", NULL, 405, "method");
}

/* RFC 9110 §15.5.6 */
static void another_method_is_told_which_there_are(void **state)
{
    struct fixture *t = *state;

    refused(t, HTTP_PUT, "users/a@b.c", "{}", 405, "method");
    assert_int_equal(t->fault.allowed, HTTP_GET | HTTP_PATCH | HTTP_DELETE);
    refused(t, HTTP_GET, "nowhere", NULL, 404, "nothing");
    assert_int_equal(t->fault.allowed, 0);
}

static void a_fault_is_told_in_the_askers_language(void **state)
{
    struct fixture *t = *state;
    static const char *const bodies[] = {
        "{", "[]", "{\"name\": {}}", "{\"colour\": 1}", "{\"enabled\": 1}",
        "{}"};

    for (size_t i = 0; i < COUNT_OF(bodies); i++) {
        const struct api_request request = {.method = HTTP_PATCH,
                                            .path = STR("users/a@b.c"),
                                            .body = str_of(bodies[i]),
                                            .language = LANGUAGE_ZH};

        assert_false(api_plan_read(&t->arena, &request, &t->plan, &t->fault));
        assert_int_equal(t->fault.status, 400);
        if (!strpbrk(t->fault.error.text, "\xe4\xe5\xe6\xe7\xe8\xe9"))
            fail_msg("%s", t->fault.error.text); /* no ideograph */
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_path_names_a_user_and_his_domain),
        TEST(a_departments_number_is_marked_as_one),
        TEST(a_new_user_has_his_password_twice),
        TEST(a_change_is_a_command_for_each_kind),
        TEST(a_query_is_read_like_a_form),
        TEST(values_are_texts_numbers_and_lists),
        TEST(a_wrong_body_is_told_why),
        TEST(what_is_not_there_is_not_found),
        TEST(another_method_is_told_which_there_are),
        TEST(a_fault_is_told_in_the_askers_language),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
