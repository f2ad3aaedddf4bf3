#include "common/grant/grant.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

static const struct grant_key key = {{1, 2, 3}};
static const struct grant_key other_key = {{1, 2, 4}};
#define C2S  STR("c2s/1")
#define JID  STR("juliet@example.com")
#define SID  0x4f2au
#define TIME 1700000000

static struct str signed_token(struct arena *arena)
{
    return grant_sign(arena, &key, C2S, SID, JID, TIME);
}

static void a_grant_holds_for_what_was_signed(void **state)
{
    struct arena arena = {0};

    (void)state;
    assert_true(grant_verify(&key, signed_token(&arena), C2S, SID, JID,
                             TIME + GRANT_SECONDS, GRANT_SECONDS));
    arena_clear(&arena);
}

static void a_grant_holds_for_nothing_else(void **state)
{
    struct arena arena = {0};
    struct str token = signed_token(&arena);

    (void)state;
    assert_false(grant_verify(&other_key, token, C2S, SID, JID, TIME, 60));
    assert_false(grant_verify(&key, token, STR("c2s/2"), SID, JID, TIME, 60));
    assert_false(grant_verify(&key, token, C2S, SID + 1, JID, TIME, 60));
    assert_false(grant_verify(&key, token, C2S, SID, STR("romeo@x"), TIME, 60));
    assert_false(grant_verify(&key, STR_NONE, C2S, SID, JID, TIME, 60));
    assert_false(grant_verify(&key, STR("1:1:"), C2S, SID, JID, TIME, 60));
    token.len--;
    assert_false(grant_verify(&key, token, C2S, SID, JID, TIME, 60));
    arena_clear(&arena);
}

static void a_grant_grows_old(void **state)
{
    struct arena arena = {0};
    struct str token = signed_token(&arena);

    (void)state;
    assert_false(grant_verify(&key, token, C2S, SID, JID, TIME + 61, 60));
    assert_false(grant_verify(&key, token, C2S, SID, JID, TIME - 60, 60));
    assert_true(grant_verify(&key, token, C2S, SID, JID, TIME + 99999, 0));
    arena_clear(&arena);
}

static void a_key_of_another_length_is_refused(void **state)
{
    struct grant_key loaded;
    struct error error;

    (void)state;
    assert_false(grant_key_load(&loaded, "/dev/null", &error));
    assert_false(grant_key_load(&loaded, "/dev/zero", &error));
    assert_false(grant_key_load(&loaded, "/nonexistent", &error));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_grant_holds_for_what_was_signed),
        cmocka_unit_test(a_grant_holds_for_nothing_else),
        cmocka_unit_test(a_grant_grows_old),
        cmocka_unit_test(a_key_of_another_length_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
