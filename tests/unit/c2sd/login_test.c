/* A client's stream before login. authd is played by the test. */
#include "fixture.h"

#define REGISTER                                                               \
    "<iq type='get' id='r1'><query xmlns='jabber:iq:register'/></iq>"
#define RESPONSE                                                               \
    "<response xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>AAAA</response>"

static void the_header_is_answered_with_mechanisms(void **state)
{
    struct fixture *t = *state;

    hears(t, HEADER);
    assert_contains(said(t), "<mechanism>SCRAM-SHA-256</mechanism>");
}

static void the_client_is_told_the_address_that_it_says_it_has(void **state)
{
    struct fixture *t = *state;

    hears(t, "<stream:stream from='Romeo@example.com/x' to='example.com' "
             "version='1.0' xmlns='jabber:client' "
             "xmlns:stream='http://etherx.jabber.org/streams'>");
    assert_contains(said(t), "to='romeo@example.com'");
}

static void a_client_from_before_version_1_gets_no_features(void **state)
{
    struct fixture *t = *state;
    const char *answer;

    hears(t, "<stream:stream to='example.com' version='0.9' "
             "xmlns='jabber:client' "
             "xmlns:stream='http://etherx.jabber.org/streams'>");
    answer = said(t);
    assert_contains(answer, "<stream:stream");
    assert_null(strstr(answer, " version='1.0' xml:lang"));
    assert_null(strstr(answer, "features"));
}

static void a_login_in_the_clear_is_told_to_encrypt(void **state)
{
    struct fixture *t = *state;

    t->client->is_secure = false;
    hears(t, HEADER AUTH);
    assert_contains(said(t), "<encryption-required/>");
    assert_int_equal(t->client->state, CLIENT_OPEN);
}

static void a_domain_not_served_is_refused(void **state)
{
    struct fixture *t = *state;

    hears(t, "<stream:stream to='other.example' version='1.0' "
             "xmlns='jabber:client' "
             "xmlns:stream='http://etherx.jabber.org/streams'>");
    assert_contains(said(t), "<host-unknown");
    assert_int_equal(t->client->state, CLIENT_CLOSING);
}

static void a_stanza_before_login_ends_the_stream(void **state)
{
    struct fixture *t = *state;

    hears(t, HEADER "<message to='juliet@example.com'/>");
    assert_contains(said(t), "<not-authorized");
}

static void a_login_is_relayed_and_judged_by_authd(void **state)
{
    struct fixture *t = *state;

    hears(t, HEADER AUTH);
    assert_contains(last(t)->body, "mechanism='PLAIN'");
    assert_contains(last(t)->body, "peer='192.0.2.1'");
    answers(t, "auth/0", 0,
            "<auth-failure " LINK_NS " condition='not-authorized'/>");
    assert_contains(said(t), "<not-authorized/></failure>");
}

static void too_many_failures_end_the_stream(void **state)
{
    struct fixture *t = *state;

    hears(t, HEADER);
    for (int i = 0; i < 5; i++) {
        hears(t, AUTH);
        answers(t, "auth/0", 0,
                "<auth-failure " LINK_NS " condition='not-authorized'/>");
    }
    assert_contains(said(t), "<policy-violation");
}

static int setup_two_failures(void **state)
{
    return setup_with(state, "c2sd { max-login-failures = 2 }\n");
}

static void an_administrator_allows_fewer_failures(void **state)
{
    struct fixture *t = *state;

    hears(t, HEADER AUTH);
    answers(t, "auth/0", 0,
            "<auth-failure " LINK_NS " condition='not-authorized'/>");
    assert_int_equal(t->client->state, CLIENT_OPEN);
    hears(t, AUTH);
    answers(t, "auth/0", 0,
            "<auth-failure " LINK_NS " condition='not-authorized'/>");
    assert_contains(said(t), "<policy-violation");
}

static void what_follows_auth_waits_for_its_answer(void **state)
{
    struct fixture *t = *state;

    hears(t, HEADER AUTH AUTH);
    assert_int_equal(t->got_count, 1);
    answers(t, "auth/0", 0,
            "<auth-failure " LINK_NS " condition='not-authorized'/>");
    assert_int_equal(t->got_count, 2);
}

static void authds_death_fails_the_login_under_way(void **state)
{
    struct fixture *t = *state;

    hears(t, HEADER AUTH);
    c2sd_on_down(&t->c2sd, STR("auth/0"));
    assert_contains(said(t), "<temporary-auth-failure/>");
}

static void authds_death_answers_the_registration_under_way(void **state)
{
    struct fixture *t = *state;

    hears(t, HEADER REGISTER);
    said(t);
    c2sd_on_down(&t->c2sd, STR("auth/0"));
    assert_contains(said(t), "id='r1'");
    assert_contains(t->said, "<resource-constraint");
}

static void a_response_is_none_to_a_registration(void **state)
{
    struct fixture *t = *state;

    hears(t, HEADER REGISTER RESPONSE);
    assert_int_equal(t->got_count, 1);
    answers(t, "auth/0", 0,
            "<answer " LINK_NS "><iq xmlns='jabber:client' id='r1' "
            "type='result'/></answer>");
    assert_int_equal(t->got_count, 1);
    assert_contains(said(t), "<not-authorized");
}

static void what_authd_makes_up_is_no_condition(void **state)
{
    struct fixture *t = *state;

    hears(t, HEADER AUTH);
    answers(t, "auth/0", 0,
            "<auth-failure " LINK_NS " condition='x/>&lt;evil'/>");
    assert_contains(said(t),
                    "<failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>"
                    "<temporary-auth-failure/></failure>");
}

static int setup_few_bytes(void **state)
{
    return setup_with(state, "c2sd { pre-auth-bytes = 500 }\n");
}
static void too_much_before_login_ends_the_stream(void **state)
{
    struct fixture *t = *state;
    char spaces[600];

    memset(spaces, ' ', sizeof(spaces));
    spaces[sizeof(spaces) - 1] = '\0';
    hears(t, HEADER);
    hears(t, spaces);
    assert_contains(said(t), "<policy-violation");
}

static void a_slow_login_times_out(void **state)
{
    struct fixture *t = *state;

    hears(t, HEADER);
    t->c2sd.now_ms += 31000;
    client_tick(t->client);
    assert_contains(said(t), "<connection-timeout");
}

static void words_behind_starttls_end_the_connection(void **state)
{
    struct fixture *t = *state;

    t->client->is_secure = false;
    hears(t, HEADER "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"
                    "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>");
    assert_int_equal(t->client->state, CLIENT_CLOSING);
    assert_false(t->client->wants_tls);
    assert_int_equal(t->got_count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_header_is_answered_with_mechanisms),
        TEST(the_client_is_told_the_address_that_it_says_it_has),
        TEST(a_client_from_before_version_1_gets_no_features),
        TEST(a_login_in_the_clear_is_told_to_encrypt),
        TEST(a_domain_not_served_is_refused),
        TEST(a_stanza_before_login_ends_the_stream),
        TEST(a_login_is_relayed_and_judged_by_authd),
        TEST(too_many_failures_end_the_stream),
        cmocka_unit_test_setup_teardown(an_administrator_allows_fewer_failures,
                                        setup_two_failures, teardown),
        TEST(what_follows_auth_waits_for_its_answer),
        TEST(authds_death_fails_the_login_under_way),
        TEST(authds_death_answers_the_registration_under_way),
        TEST(a_response_is_none_to_a_registration),
        TEST(what_authd_makes_up_is_no_condition),
        cmocka_unit_test_setup_teardown(too_much_before_login_ends_the_stream,
                                        setup_few_bytes, teardown),
        TEST(a_slow_login_times_out),
        TEST(words_behind_starttls_end_the_connection),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
