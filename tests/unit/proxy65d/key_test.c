/* Which process holds a bytestream (proxy65d/key.h). */
#include <stdio.h>

#include "proxy65d/key.h"
#include "tests/unit/test.h"

#define LOW "0123456789abcdef0123456789abcdef01234567"

static void every_key_has_one_owner(void **state)
{
    unsigned seen[3] = {0};

    (void)state;
    assert_int_equal(key_owner(LOW, 1), 0);
    for (unsigned i = 0; i < 300; i++) {
        char key[SOCKS_KEY + 1], sid[16];

        (void)snprintf(sid, sizeof(sid), "sid%u", i);
        socks_make_key(key, str_of(sid), STR("a"), STR("b"));
        seen[key_owner(key, 3)]++;
    }
    for (int i = 0; i < 3; i++)
        assert_true(seen[i] > 60);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_key_has_one_owner),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
