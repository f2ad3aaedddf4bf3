/* DIGEST-MD5's messages and hashes (RFC 2831). */
#include "tests/unit/test.h"

#include "authd/digest.h"
#include "authd/work.h"

/* The example of RFC 2831 §4. */
static const char example[] =
    "charset=utf-8,username=\"chris\",realm=\"elwood.innosoft.com\","
    "nonce=\"OA6MG9tEQGm2hh\",nc=00000001,cnonce=\"OA6MHXh6VqTrRk\","
    "digest-uri=\"imap/elwood.innosoft.com\","
    "response=d388dad90d4bbd760a152321f2143af7,qop=auth";

static void the_example_of_the_rfc_is_computed(void **state)
{
    struct arena arena = {0};
    struct digest_response response;
    char ha1[ACCOUNT_HA1_CHARS], hex[ACCOUNT_HA1_CHARS];

    (void)state;
    assert_true(digest_parse(&response, &arena, str_of(example)));
    assert_true(str_is(response.username, "chris"));
    work_md5_hex(STR("chris:elwood.innosoft.com:secret"), ha1);
    digest_value(ha1, &response, false, hex);
    assert_memory_equal(hex, "d388dad90d4bbd760a152321f2143af7", sizeof(hex));
    digest_value(ha1, &response, true, hex);
    assert_memory_equal(hex, "ea40f60335c427b5527b84dbabcdfffd", sizeof(hex));
    arena_clear(&arena);
}

static void quotes_and_blanks_are_understood(void **state)
{
    struct arena arena = {0};
    struct digest_response response;

    (void)state;
    assert_true(digest_parse(
        &response, &arena,
        STR("username=\"a\\\"b\" , nonce= \"x\" ,\tmaxbuf=1, nc=00000001")));
    assert_true(str_is(response.username, "a\"b"));
    assert_true(str_is(response.nonce, "x"));
    arena_clear(&arena);
}

static void malformed_responses_are_refused(void **state)
{
    static const char *const wrong[] = {
        "",
        "username",
        "username=",
        "username=\"a",
        "username=\"a\\",
        "username=a,username=b",
        "username=a nonce=b",
        ",",
        "nc=1,,",
    };
    struct arena arena = {0};
    struct digest_response response;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(wrong); i++)
        if (digest_parse(&response, &arena, str_of(wrong[i])))
            fail_msg("%s", wrong[i]);
    arena_clear(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_example_of_the_rfc_is_computed),
        cmocka_unit_test(quotes_and_blanks_are_understood),
        cmocka_unit_test(malformed_responses_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
