#include "common/db/db.h"
#include "tests/unit/test.h"

static const char *info(struct arena *arena, const char *database)
{
    return db_conninfo(arena, str_of(database), "posthouse_sm");
}

static void a_role_is_added_to_what_the_option_says(void **state)
{
    struct arena arena = {0};

    (void)state;
    assert_string_equal(info(&arena, "host=/run dbname=x"),
                        "host=/run dbname=x user=posthouse_sm");
    assert_string_equal(info(&arena, ""), "dbname=posthouse user=posthouse_sm");
    arena_clear(&arena);
}

static void each_role_has_its_own_certificate(void **state)
{
    struct arena arena = {0};

    (void)state;
    assert_string_equal(
        info(&arena, "sslcert=/d/{role}.pem sslkey=/d/{role}.key"),
        "sslcert=/d/posthouse_sm.pem sslkey=/d/posthouse_sm.key "
        "user=posthouse_sm");
    arena_clear(&arena);
}

static void a_suite_may_have_roles_of_its_own(void **state)
{
    struct arena arena = {0};

    (void)state;
    assert_string_equal(db_role(&arena, STR("posthouse"), "posthouse_sm"),
                        "posthouse_sm");
    assert_string_equal(db_role(&arena, STR("posthouse_b"), "posthouse_sm"),
                        "posthouse_b_sm");
    assert_string_equal(db_role(&arena, STR("posthouse_b"), DB_OWNER), DB_OWNER);
    assert_string_equal(db_role(&arena, STR("posthouse_b"), "postgres"), "postgres");
    arena_clear(&arena);
}

static void only_a_host_is_remote(void **state)
{
    static const char *const local[] = {
        "",           "dbname=x",       "host=/run/postgresql",
        "host=/a,/b", "host=@abstract", "not a connection string"};
    static const char *const remote[] = {
        "host=db.example.org", "host=/run,db.example.org", "hostaddr=127.0.0.1",
        "service=elsewhere", "host='127.0.0.1' port=1"};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(local); i++)
        assert_false(db_is_remote(str_of(local[i])));
    for (size_t i = 0; i < COUNT_OF(remote); i++)
        assert_true(db_is_remote(str_of(remote[i])));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_role_is_added_to_what_the_option_says),
        cmocka_unit_test(each_role_has_its_own_certificate),
        cmocka_unit_test(a_suite_may_have_roles_of_its_own),
        cmocka_unit_test(only_a_host_is_remote),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
