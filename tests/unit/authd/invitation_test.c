/* Tokens that open a closed registration, XEP-0445. */
#include "tests/unit/authd/fixture.h"

#include "common/invitation/invitation.h"

#define TOKEN "abcdefghijklmnopqrstuv"

static void say(struct fixture *t, const char *attribute, const char *type,
                const char *payload)
{
    struct arena arena = {0};

    receive(t, "c2s/1",
            arena_printf(&arena,
                         "<register" XMLNS "domain='example.com' secure='1' "
                         "peer='192.0.2.9'%s><iq xmlns='jabber:client' "
                         "type='%s' id='r'>%s</iq></register>",
                         attribute, type, payload)
                .p);
    arena_clear(&arena);
    settle(t);
    assert_int_equal(t->discharged, t->seq);
}

static void preauth(struct fixture *t, const char *token)
{
    struct arena arena = {0};

    say(t, "", "set",
        arena_printf(&arena, "<preauth xmlns='urn:xmpp:pars:0' token='%s'/>",
                     token)
            .p);
    arena_clear(&arena);
}

static const char romeo[] = "<query xmlns='jabber:iq:register'>"
                            "<username>romeo</username>"
                            "<password>secret2</password></query>";

static int set_up_closed(void **state)
{
    struct fixture *t;
    struct error error;
    const char *const closed[] = {"domains={\"example.com\"}",
                                  "authd.registration=closed"};

    assert_int_equal(set_up(state), 0);
    t = *state;
    config_free(t->config);
    t->config = config_load(NULL, closed, COUNT_OF(closed), &error);
    if (!t->config)
        fail_msg("%s", error.text);
    t->authd.config = t->config;
    return 0;
}

static void a_token_that_holds_is_named_to_c2sd(void **state)
{
    struct fixture *t = *state;

    preauth(t, TOKEN);

    assert_true(was_told(t, " invitation='"));
    assert_true(was_told(t, "type='result'"));
}

static void a_token_that_is_none_is_not_found(void **state)
{
    struct fixture *t = *state;

    t->store.code_status = STORE_REFUSED;
    preauth(t, TOKEN);
    assert_true(was_told(t, "<item-not-found"));
    assert_false(was_told(t, "invitation="));

    preauth(t, "too-short");
    assert_true(was_told(t, "<item-not-found"));
    preauth(t, "");
    assert_true(was_told(t, "<item-not-found"));
}

static void a_question_for_a_token_is_bad(void **state)
{
    struct fixture *t = *state;

    say(t, "", "get", "<preauth xmlns='urn:xmpp:pars:0' token='" TOKEN "'/>");

    assert_true(was_told(t, "<bad-request"));
}

static void the_door_is_closed_without_an_invitation(void **state)
{
    struct fixture *t = *state;

    say(t, "", "set", romeo);

    assert_true(was_told(t, "<not-allowed"));
    assert_false(t->store.created);
}

static void an_invitation_opens_it(void **state)
{
    struct fixture *t = *state;

    say(t, " invitation='abc'", "get", "<query xmlns='jabber:iq:register'/>");
    assert_true(was_told(t, "<username/>"));
    say(t, " invitation='abc'", "set", romeo);

    assert_true(was_told(t, "type='result'"));
    assert_true(t->store.created);
    assert_true(t->store.is_invited);
}

static void an_invitation_that_was_used_meanwhile_is_told(void **state)
{
    struct fixture *t = *state;

    t->store.code_status = STORE_REFUSED;
    say(t, " invitation='abc'", "set", romeo);

    assert_true(was_told(t, "<not-allowed"));
    assert_true(was_told(t, "The invitation has been used"));
}

static void a_name_kept_for_a_guest_looks_taken(void **state)
{
    struct fixture *t = *state;

    t->store.code_status = STORE_REFUSED;
    say(t, "", "set", romeo);

    assert_true(was_told(t, "<conflict"));
}

static void a_token_is_hashed_with_its_domain(void **state)
{
    struct arena arena = {0};
    struct str one, other;

    (void)state;
    one = invitation_hash(&arena, STR("example.com"), STR(TOKEN));
    other = invitation_hash(&arena, STR("example.org"), STR(TOKEN));
    assert_int_equal(one.len, 64);
    assert_false(str_eq(one, other));
    assert_null(invitation_hash(&arena, STR("example.com"), STR("x")).p);
    arena_clear(&arena);
}

#define CLOSED(test)                                                           \
    cmocka_unit_test_setup_teardown(test, set_up_closed, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CLOSED(a_token_that_holds_is_named_to_c2sd),
        CLOSED(a_token_that_is_none_is_not_found),
        CLOSED(a_question_for_a_token_is_bad),
        CLOSED(the_door_is_closed_without_an_invitation),
        CLOSED(an_invitation_opens_it),
        CLOSED(an_invitation_that_was_used_meanwhile_is_told),
        cmocka_unit_test_setup_teardown(a_name_kept_for_a_guest_looks_taken,
                                        set_up, tear_down),
        cmocka_unit_test(a_token_is_hashed_with_its_domain),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
