#include "tests/unit/test.h"

#include "common/codec/codec.h"

static void base64_follows_the_vectors_of_rfc_4648(void **state)
{
    static const char *const vectors[][2] = {
        {"", ""},
        {"f", "Zg=="},
        {"fo", "Zm8="},
        {"foo", "Zm9v"},
        {"foob", "Zm9vYg=="},
        {"fooba", "Zm9vYmE="},
        {"foobar", "Zm9vYmFy"},
    };
    struct arena arena = {0};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(vectors); i++) {
        assert_str(base64_encode(&arena, str_of(vectors[i][0])), vectors[i][1]);
        assert_str(base64_decode(&arena, str_of(vectors[i][1])), vectors[i][0]);
    }
    arena_clear(&arena);
}

static void text_that_is_not_strict_base64_is_refused(void **state)
{
    static const char *const wrong[] = {
        "Z",    "Zg=",      "Zh==", "Zm9=",   "Z===",
        "====", "Zg==Zg==", "Z g=", "Zm9v\n", "Zm-v"};
    struct arena arena = {0};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(wrong); i++)
        assert_null(base64_decode(&arena, str_of(wrong[i])).p);
    assert_non_null(base64_decode(&arena, STR("")).p);
    arena_clear(&arena);
}

static void every_byte_survives_both_codes(void **state)
{
    struct arena arena = {0};
    char bytes[256];
    struct str all = {bytes, sizeof(bytes)};

    (void)state;
    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = (char)i;
    assert_true(str_eq(base64_decode(&arena, base64_encode(&arena, all)), all));
    assert_true(str_eq(hex_decode(&arena, hex_encode(&arena, all)), all));
    assert_null(hex_decode(&arena, STR("abc")).p);
    assert_null(hex_decode(&arena, STR("0g")).p);
    arena_clear(&arena);
}

static void hmac_follows_the_first_vector_of_rfc_4231(void **state)
{
    struct arena arena = {0};
    unsigned char mac[32];

    (void)state;
    hmac_sha256(STR("\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b"
                    "\x0b\x0b\x0b\x0b\x0b\x0b"),
                STR("Hi There"), mac);
    assert_str(hex_encode(&arena, (struct str){(char *)mac, sizeof(mac)}),
               "b0344c61d8db38535ca8afceaf0bf12b"
               "881dc200c9833da726e9376c2e32cff7");
    arena_clear(&arena);
}

static void hmac_follows_the_first_vector_of_rfc_2202(void **state)
{
    struct arena arena = {0};
    unsigned char mac[20];

    (void)state;
    hmac_sha1(STR("\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b"
                  "\x0b\x0b\x0b\x0b\x0b\x0b"),
              STR("Hi There"), mac);
    assert_str(hex_encode(&arena, (struct str){(char *)mac, sizeof(mac)}),
               "b617318655057264e28bc0b6fb378c8ef146be00");
    arena_clear(&arena);
}

static void ids_have_their_length_and_differ(void **state)
{
    struct arena arena = {0};
    struct str a = random_id(&arena, 22);
    struct str b = random_id(&arena, 22);

    (void)state;
    assert_int_equal(a.len, 22);
    assert_false(str_eq(a, b));
    arena_clear(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(base64_follows_the_vectors_of_rfc_4648),
        cmocka_unit_test(text_that_is_not_strict_base64_is_refused),
        cmocka_unit_test(every_byte_survives_both_codes),
        cmocka_unit_test(hmac_follows_the_first_vector_of_rfc_4231),
        cmocka_unit_test(hmac_follows_the_first_vector_of_rfc_2202),
        cmocka_unit_test(ids_have_their_length_and_differ),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
