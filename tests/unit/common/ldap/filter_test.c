#include "common/ldap/ldap.h"
#include "tests/unit/test.h"

static void assert_filter(const char *name, const char *expected)
{
    struct arena arena = {0};

    assert_str(ldap_filter(&arena, STR("(&(uid={user})(x=*))"), str_of(name)),
               expected);
    arena_clear(&arena);
}

static void the_name_takes_its_place(void **state)
{
    (void)state;
    assert_filter("anna", "(&(uid=anna)(x=*))");
}

static void what_a_filter_means_by_itself_is_escaped(void **state)
{
    (void)state;
    assert_filter("a*)(uid=\\", "(&(uid=a\\2a\\29\\28uid=\\5c)(x=*))");
    assert_filter("a\n{user}", "(&(uid=a\\0a{user})(x=*))");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_name_takes_its_place),
        cmocka_unit_test(what_a_filter_means_by_itself_is_escaped),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
