#include "common/scram/scram.h"
#include "common/codec/codec.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

/* The examples of RFC 5802 §5 and RFC 7677 §3: user "user", password
 * "pencil". */
struct example {
    enum scram_hash hash;
    struct str client_first, server_nonce, salt, server_first, client_final,
        server_final;
};
#define TEXT(literal)                                                          \
    {                                                                          \
        literal, sizeof(literal) - 1                                           \
    }
static const struct example examples[] = {
    {SCRAM_SHA1, TEXT("n,,n=user,r=fyko+d2lbbFgONRv9qkxdawL"),
     TEXT("3rfcNHYJY1ZVvWVs7j"), TEXT("QSXCR+Q6sek8bf92"),
     TEXT("r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,"
          "i=4096"),
     TEXT("c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,"
          "p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts="),
     TEXT("v=rmF9pqV8S7suAoZWja4dJRkFsKQ=")},
    {SCRAM_SHA256, TEXT("n,,n=user,r=rOprNGfwEbeRWgbNEkqO"),
     TEXT("%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0"), TEXT("W22ZaJ0SNY7soEsUEjb6gQ=="),
     TEXT("r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
          "s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"),
     TEXT("c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
          "p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="),
     TEXT("v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=")},
};

static enum scram_outcome run(struct arena *arena, const struct example *e,
                              const char *password, struct str client_final,
                              struct str *server_final)
{
    struct scram_client_first first;
    struct scram_verifier verifier;
    struct str server_first;

    scram_derive(&verifier, e->hash, str_of(password),
                 base64_decode(arena, e->salt), 4096);
    assert_true(scram_parse_client_first(&first, arena, e->client_first));
    assert_true(str_is(first.username, "user"));
    server_first =
        scram_server_first(arena, &first, e->server_nonce, &verifier);
    assert_true(str_eq(server_first, e->server_first));
    return scram_finish(arena, &first, server_first, &verifier, STR_NONE,
                        client_final, server_final);
}

static void the_examples_of_the_rfcs_hold(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(examples); i++) {
        struct arena arena = {0};
        struct str final = STR_NONE;

        assert_int_equal(run(&arena, &examples[i], "pencil",
                             examples[i].client_final, &final),
                         SCRAM_ACCEPTED);
        assert_true(str_eq(final, examples[i].server_final));
        arena_clear(&arena);
    }
}

static void another_password_is_wrong(void **state)
{
    struct arena arena = {0};
    struct str final = STR_NONE;

    (void)state;
    assert_int_equal(
        run(&arena, &examples[1], "Pencil", examples[1].client_final, &final),
        SCRAM_WRONG);
    assert_null(final.p);
    arena_clear(&arena);
}

static void a_changed_binding_nonce_or_proof_is_refused(void **state)
{
    static const struct {
        const char *final;
        enum scram_outcome outcome;
    } cases[] = {
        {"c=eSws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
         "p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=",
         SCRAM_WRONG},
        {"c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k,"
         "p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=",
         SCRAM_WRONG},
        {"c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=",
         SCRAM_MALFORMED},
        {"c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0",
         SCRAM_MALFORMED},
        {"p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=", SCRAM_MALFORMED},
        {"", SCRAM_MALFORMED},
        {",", SCRAM_MALFORMED},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct arena arena = {0};
        struct str final = STR_NONE;

        assert_int_equal(
            run(&arena, &examples[1], "pencil", str_of(cases[i].final), &final),
            cases[i].outcome);
        arena_clear(&arena);
    }
}

static void the_first_message_is_read_with_all_its_parts(void **state)
{
    struct arena arena = {0};
    struct scram_client_first first;

    (void)state;
    assert_true(scram_parse_client_first(
        &first, &arena, STR("p=tls-exporter,a=a=3Db,n=j=2Cu,r=abc,x=y")));
    assert_int_equal(first.gs2, SCRAM_GS2_USED);
    assert_true(str_is(first.cb_name, "tls-exporter"));
    assert_true(str_is(first.gs2_header, "p=tls-exporter,a=a=3Db,"));
    assert_true(str_is(first.authzid, "a=b"));
    assert_true(str_is(first.username, "j,u"));
    assert_true(str_is(first.nonce, "abc"));
    assert_true(str_is(first.bare, "n=j=2Cu,r=abc,x=y"));
    arena_clear(&arena);
}

static void a_malformed_first_message_is_refused(void **state)
{
    static const char *const messages[] = {
        "",
        "n",
        "n,",
        "n,,",
        "n,,n=",
        "n,,n=a",
        "n,,n=a,r=",
        "n,,n=,r=x",
        "x,,n=a,r=x",
        "p,,n=a,r=x",
        "p=,,n=a,r=x",
        "n,b=c,n=a,r=x",
        "n,a=,n=a,r=x",
        "n,,m=x,n=a,r=x",
        "n,,n=a=2c,r=x",
        "n,,n=a=,r=x",
        "n,,n=a=2,r=x",
        "n,,r=x,n=a",
        "n,,n=a,r=\x7f",
        "n,,n=\xff,r=x",
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(messages); i++) {
        struct arena arena = {0};
        struct scram_client_first first;

        assert_false(
            scram_parse_client_first(&first, &arena, str_of(messages[i])));
        arena_clear(&arena);
    }
}

static void passwords_are_prepared_by_saslprep(void **state)
{
    struct arena arena = {0};

    (void)state;
    assert_true(str_is(scram_prep_password(&arena, STR("a b")), "a b"));
    assert_true(str_is(scram_prep_password(&arena, STR("I\xc2\xadX")), "IX"));
    assert_true(str_is(scram_prep_password(&arena, STR("\xc2\xaa")), "a"));
    assert_null(scram_prep_password(&arena, STR("\x07")).p);
    assert_null(scram_prep_password(&arena, STR("\xff")).p);
    assert_null(scram_prep_password(&arena, STR("")).p);
    arena_clear(&arena);
}

static void an_unknown_user_shows_the_same_salt_every_time(void **state)
{
    struct arena arena = {0};
    struct str a = scram_fake_salt(&arena, STR("s"), STR("a@x"));

    (void)state;
    assert_int_equal(a.len, SCRAM_SALT_BYTES);
    assert_true(str_eq(a, scram_fake_salt(&arena, STR("s"), STR("a@x"))));
    assert_false(str_eq(a, scram_fake_salt(&arena, STR("s"), STR("b@x"))));
    assert_false(str_eq(a, scram_fake_salt(&arena, STR("t"), STR("a@x"))));
    arena_clear(&arena);
}

/* RFC 2831 §2.1.2.1 */
static void what_latin_1_can_say_is_digested_in_it(void **state)
{
    struct arena arena = {0};

    (void)state;
    assert_true(str_is(scram_digest_text(&arena, STR("ren\xc3\xa9"), STR("r"),
                                         STR("\xc2\xa1x")),
                       "ren\xe9:r:\xa1x"));
    assert_true(str_is(scram_digest_text(&arena, STR("\xd1\x8e\xc3\xa9"),
                                         STR("r"), STR("\xc3\xa9")),
                       "\xd1\x8e\xc3\xa9:r:\xe9"));
    arena_clear(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_examples_of_the_rfcs_hold),
        cmocka_unit_test(another_password_is_wrong),
        cmocka_unit_test(a_changed_binding_nonce_or_proof_is_refused),
        cmocka_unit_test(the_first_message_is_read_with_all_its_parts),
        cmocka_unit_test(a_malformed_first_message_is_refused),
        cmocka_unit_test(passwords_are_prepared_by_saslprep),
        cmocka_unit_test(an_unknown_user_shows_the_same_salt_every_time),
        cmocka_unit_test(what_latin_1_can_say_is_digested_in_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
