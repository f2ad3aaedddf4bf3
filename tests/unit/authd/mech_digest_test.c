/* DIGEST-MD5 as authd judges it (RFC 2831). */
#include "fixture.h"

#include "authd/digest.h"

#define NONCE_CHARS 24u

/* What a client answers; what a test does not change is right. */
struct answer {
    const char *password, *user, *realm, *nonce, *nc, *uri, *qop, *more;
};

static const struct answer right = {.password = "secret1",
                                    .user = "juliet",
                                    .realm = "example.com",
                                    .nc = "00000001",
                                    .uri = "xmpp/example.com",
                                    .qop = "auth",
                                    .more = ""};

static void ask(struct fixture *t)
{
    receive(t, "c2s/1",
            "<auth-start" XMLNS "domain='example.com' mechanism='DIGEST-MD5' "
            "peer='192.0.2.1' " SECURE "/>");
    settle(t);
    assert_true(was_told(t, "<auth-challenge"));
}

/* The nonce of the challenge that was just told. */
static struct str nonce_of(struct fixture *t, struct arena *arena)
{
    const char *data = strstr(t->sent.data + t->sent.start, "data='");
    struct str challenge, found;
    const char *nonce;

    assert_non_null(data);
    data += strlen("data='");
    challenge = base64_decode(
        arena, (struct str){data, (size_t)(strchr(data, '\'') - data)});
    nonce = strstr(arena_dup(arena, challenge).p, "nonce=\"");
    assert_non_null(nonce);
    found = (struct str){nonce + strlen("nonce=\""), NONCE_CHARS};
    return found;
}

static void respond(struct fixture *t, struct arena *arena, struct str data)
{
    receive(t, "c2s/1",
            arena_printf(arena, "<auth-response" XMLNS "data='%.*s'/>",
                         STR_ARG(base64_encode(arena, data)))
                .p);
    settle(t);
}

static void answer(struct fixture *t, const struct answer *with)
{
    struct arena arena = {0};
    struct digest_response response;
    struct str nonce, text;
    char ha1[ACCOUNT_HA1_CHARS], hex[ACCOUNT_HA1_CHARS];

    ask(t);
    nonce = nonce_of(t, &arena);
    if (with->nonce)
        nonce = str_of(with->nonce);
    work_md5_hex(arena_printf(&arena, "%s:%s:%s", with->user, with->realm,
                              with->password),
                 ha1);
    response = (struct digest_response){.nonce = nonce,
                                        .cnonce = STR("abc"),
                                        .nc = str_of(with->nc),
                                        .uri = str_of(with->uri)};
    digest_value(ha1, &response, false, hex);
    text =
        arena_printf(&arena,
                     "username=\"%s\",realm=\"%s\",nonce=\"%.*s\","
                     "cnonce=\"abc\",nc=%s,qop=%s,digest-uri=\"%s\","
                     "response=%.*s,charset=utf-8%s",
                     with->user, with->realm, STR_ARG(nonce), with->nc,
                     with->qop, with->uri, (int)sizeof(hex), hex, with->more);
    respond(t, &arena, text);
    arena_clear(&arena);
}

static void the_right_answer_is_verified_and_then_accepted(void **state)
{
    struct fixture *t = *state;
    struct arena arena = {0};

    answer(t, &right);
    assert_true(was_told(t, "<auth-challenge"));
    respond(t, &arena, STR(""));
    assert_true(was_told(t, "<auth-success"));
    assert_true(was_told(t, "jid='juliet@example.com'"));
    arena_clear(&arena);
}

static void a_wrong_password_and_an_unknown_user_look_the_same(void **state)
{
    struct fixture *t = *state;
    struct answer wrong = right;

    wrong.password = "secret2";
    answer(t, &wrong);
    assert_true(was_told(t, "condition='not-authorized'"));
    wrong = right;
    wrong.user = "nobody";
    answer(t, &wrong);
    assert_true(was_told(t, "condition='not-authorized'"));
}

static void what_the_client_must_repeat_is_compared(void **state)
{
    struct fixture *t = *state;
    struct answer wrong[7];

    for (size_t i = 0; i < COUNT_OF(wrong); i++)
        wrong[i] = right;
    wrong[0].realm = "example.net";
    wrong[1].nonce = "012345678901234567890123";
    wrong[2].nc = "00000002";
    wrong[3].uri = "imap/example.com";
    wrong[4].uri = "xmpp/example.net";
    wrong[5].qop = "auth-int";
    wrong[6].more = ",realm=\"example.com\"";
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        answer(t, &wrong[i]);
        assert_true(was_told(t, "condition='malformed-request'"));
    }
}

static void a_part_that_is_missing_is_no_answer(void **state)
{
    static const char *const parts[] = {
        "",
        "username=\"juliet\"",
        "username=\"juliet\",realm=\"example.com\",nonce=\"x\"",
    };
    struct fixture *t = *state;
    struct arena arena = {0};

    for (size_t i = 0; i < COUNT_OF(parts); i++) {
        ask(t);
        respond(t, &arena, str_of(parts[i]));
        assert_true(was_told(t, "condition='malformed-request'"));
    }
    arena_clear(&arena);
}

static void nobody_else_may_be_meant(void **state)
{
    struct fixture *t = *state;
    struct answer other = right;

    other.more = ",authzid=\"romeo@example.com\"";
    answer(t, &other);
    assert_true(was_told(t, "condition='invalid-authzid'"));
}

static const char configuration_with_digest[] =
    "domains = {\"example.com\"}\n"
    "authd {\n mechanisms = {\"DIGEST-MD5\"}\n digest-md5 = true\n"
    " login-rate = 0\n account-login-rate = 0\n}\n";

static int set_up_digest(void **state)
{
    struct error error = {0};
    struct fixture *t;

    if (set_up(state) != 0)
        return -1;
    t = *state;
    config_free(t->config);
    t->config = config_parse(configuration_with_digest, &error);
    if (!t->config)
        fail_msg("%s", error.text);
    t->authd.config = t->config;
    work_md5_hex(STR("juliet:example.com:secret1"), t->store.juliet.ha1);
    t->store.juliet.has_ha1 = true;
    return 0;
}

#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, set_up_digest, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_right_answer_is_verified_and_then_accepted),
        TEST(a_wrong_password_and_an_unknown_user_look_the_same),
        TEST(what_the_client_must_repeat_is_compared),
        TEST(a_part_that_is_missing_is_no_answer),
        TEST(nobody_else_may_be_meant),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
