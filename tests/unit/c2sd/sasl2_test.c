/* Logging in by XEP-0388, and what is done with it (XEP-0386, XEP-0198 §9).
 * authd and sm are played by the test. */
#include "fixture.h"

#define AUTHENTICATE(inside)                                                   \
    "<authenticate xmlns='urn:xmpp:sasl:2' mechanism='PLAIN'>"                 \
    "<initial-response>AGEAYg==</initial-response>" inside "</authenticate>"
#define USER_AGENT                                                             \
    "<user-agent id='d4565fa7-4d72-4749-b3d3-740edbf87770'>"                   \
    "<software>x</software></user-agent>"
#define BIND2(inside) "<bind xmlns='urn:xmpp:bind:0'>" inside "</bind>"
#define ENABLE        "<enable xmlns='urn:xmpp:sm:3' resume='true' max='60'/>"
#define RESUME        "<resume xmlns='urn:xmpp:sm:3' h='3' previd='abc'/>"
#define RESPONSE      "<response xmlns='urn:xmpp:sasl:2'>AAAA</response>"
#define SUCCESS                                                                \
    "<auth-success " LINK_NS " jid='romeo@example.com' grant='g' "             \
                             "data='dj0x'/>"
#define OPENED  "<session-opened " LINK_NS " jid='romeo@example.com/orchard'/>"
#define ENABLED "<session-enabled " LINK_NS " id='abc' max='60'/>"

static void begins(struct fixture *t, const char *authenticate)
{
    hears(t, HEADER);
    said(t);
    hears(t, authenticate);
}

static void says_nothing(struct fixture *t)
{
    assert_string_equal(said(t), "");
}

static void is_refused(struct fixture *t, const char *condition)
{
    char expected[200];

    snprintf(expected, sizeof(expected),
             "<failure xmlns='urn:xmpp:sasl:2'><%s "
             "xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>",
             condition);
    assert_contains(said(t), expected);
    assert_int_equal(t->client->state, CLIENT_OPEN);
    assert_false(t->client->is_authed);
    assert_null(t->client->wish);
}

static void it_is_offered_with_what_can_be_done_at_once(void **state)
{
    struct fixture *t = *state;
    const char *features;

    hears(t, HEADER);
    features = said(t);
    assert_contains(features, "<authentication xmlns='urn:xmpp:sasl:2'>"
                              "<mechanism>SCRAM-SHA-256</mechanism>");
    assert_contains(features, "<inline><sm xmlns='urn:xmpp:sm:3'/>"
                              "<bind xmlns='urn:xmpp:bind:0'><inline>");
    assert_contains(features, "<feature var='urn:xmpp:carbons:2'/>");
}

static void it_is_not_offered_in_the_clear(void **state)
{
    struct fixture *t = *state;

    t->client->is_secure = false;
    hears(t, HEADER);
    assert_null(strstr(said(t), "urn:xmpp:sasl:2"));
    hears(t, AUTHENTICATE(""));
    is_refused(t, "encryption-required");
}

static void success_is_followed_by_features_without_a_new_stream(void **state)
{
    struct fixture *t = *state;
    const char *answer;

    begins(t, AUTHENTICATE(USER_AGENT));
    assert_contains(last(t)->body, "data='AGEAYg=='");
    answers(t, "auth/0", 0, SUCCESS);
    answer = said(t);
    assert_contains(answer, "<success xmlns='urn:xmpp:sasl:2'>"
                            "<additional-data>dj0x</additional-data>"
                            "<authorization-identifier>romeo@example.com"
                            "</authorization-identifier></success>"
                            "<stream:features>");
    assert_contains(answer, "<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/>");
    hears(t, BIND); /* goes on as everybody else */
    answers(t, shard(t), 0, OPENED);
    assert_contains(said(t), "<jid>romeo@example.com/orchard</jid>");
}

static void challenges_and_responses_are_of_its_namespace(void **state)
{
    struct fixture *t = *state;

    begins(t, "<authenticate xmlns='urn:xmpp:sasl:2' mechanism='PLAIN'/>");
    assert_null(strstr(last(t)->body, "data="));
    answers(t, "auth/0", 0, "<auth-challenge " LINK_NS " data='AA=='/>");
    assert_string_equal(said(t),
                        "<challenge xmlns='urn:xmpp:sasl:2'>AA==</challenge>");
    hears(t, RESPONSE);
    assert_contains(last(t)->body, "data='AAAA'");
}

static void an_exchange_stays_in_its_profile(void **state)
{
    struct fixture *t = *state;

    begins(t, AUTHENTICATE(""));
    answers(t, "auth/0", 0, "<auth-challenge " LINK_NS " data='AA=='/>");
    said(t);
    hears(t,
          "<response xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>AA</response>");
    assert_contains(said(t), "<not-authorized");
    assert_int_equal(t->client->state, CLIENT_CLOSING);
}

static void the_older_exchange_does_too(void **state)
{
    struct fixture *t = *state;

    begins(t, AUTH);
    answers(t, "auth/0", 0, "<auth-challenge " LINK_NS " data='AA=='/>");
    said(t);
    hears(t, RESPONSE);
    assert_contains(said(t), "<not-authorized");
    assert_int_equal(t->client->state, CLIENT_CLOSING);
}

static void other_words_during_the_exchange_end_the_stream(void **state)
{
    struct fixture *t = *state;

    begins(t, AUTHENTICATE(""));
    answers(t, "auth/0", 0, "<auth-challenge " LINK_NS " data='AA=='/>");
    said(t);
    hears(t, AUTHENTICATE(""));
    assert_int_equal(t->client->state, CLIENT_CLOSING);
}

static void a_failure_leaves_all_as_it_was(void **state)
{
    struct fixture *t = *state;

    begins(t, AUTHENTICATE(RESUME BIND2(ENABLE)));
    answers(t, "auth/0", 0,
            "<auth-failure " LINK_NS " condition='not-authorized' text='no'/>");
    is_refused(t, "not-authorized");
    hears(t, AUTH);
    answers(t, "auth/0", 0, SUCCESS);
    assert_contains(said(t),
                    "<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>");
}

static void the_client_may_give_up(void **state)
{
    struct fixture *t = *state;

    begins(t, AUTHENTICATE(""));
    answers(t, "auth/0", 0, "<auth-challenge " LINK_NS " data='AA=='/>");
    said(t);
    hears(t, "<abort xmlns='urn:xmpp:sasl:2'/>");
    assert_contains(last(t)->body, "<auth-abort");
    is_refused(t, "aborted");
}

static void what_is_malformed_is_refused_before_authd_hears_of_it(void **state)
{
    static const char *const wrong[] = {
        AUTHENTICATE("<user-agent id='mine'/>"),
        AUTHENTICATE("<user-agent id='d4565fa7x4d72-4749-b3d3-740edbf87770'/>"),
        AUTHENTICATE("<resume xmlns='urn:xmpp:sm:3' previd='abc'/>"),
        AUTHENTICATE("<resume xmlns='urn:xmpp:sm:3' previd='abc' h='x'/>"),
        AUTHENTICATE("<resume xmlns='urn:xmpp:sm:3' h='1'/>"),
    };
    struct fixture *t = *state;
    size_t before;

    hears(t, HEADER);
    said(t);
    before = t->got_count;
    for (size_t i = 0; i < COUNT_OF(wrong) - 1; i++) {
        hears(t, wrong[i]);
        is_refused(t, "malformed-request");
    }
    hears(t, wrong[COUNT_OF(wrong) - 1]);
    assert_contains(said(t), "<policy-violation"); /* the fifth failure */
    assert_int_equal(t->got_count, before);
}

static void who_says_who_he_is_is_that(void **state)
{
    struct fixture *t = *state;

    hears(t, "<stream:stream from='juliet@example.com' to='example.com' "
             "version='1.0' xmlns='jabber:client' "
             "xmlns:stream='http://etherx.jabber.org/streams'>");
    said(t);
    hears(t, AUTHENTICATE(BIND2("")));
    answers(t, "auth/0", 0, SUCCESS);
    is_refused(t, "invalid-authzid");
    assert_null(t->client->jid.p);
}

static void a_resource_is_bound_before_success_is_told(void **state)
{
    struct fixture *t = *state;
    const char *answer;

    begins(t, AUTHENTICATE(BIND2("")));
    answers(t, "auth/0", 0, SUCCESS);
    says_nothing(t);
    assert_contains(last(t)->body, "<session-open");
    assert_contains(last(t)->body, "archive='1'");
    assert_null(strstr(last(t)->body, "resource="));
    answers(t, shard(t), 0, OPENED);
    answer = said(t);
    assert_contains(answer, "<authorization-identifier>"
                            "romeo@example.com/orchard"
                            "</authorization-identifier>"
                            "<bound xmlns='urn:xmpp:bind:0'/></success>"
                            "<stream:features>");
    assert_null(strstr(answer, "xmpp-bind"));
    hears(t, "<message to='juliet@example.com'/>");
    assert_int_equal(last(t)->n, 1);
}

static void things_are_enabled_with_the_resource(void **state)
{
    struct fixture *t = *state;

    begins(t, AUTHENTICATE(BIND2("<enable xmlns='urn:xmpp:carbons:2'/>" ENABLE
                                 "<inactive xmlns='urn:xmpp:csi:0'/>")));
    answers(t, "auth/0", 0, SUCCESS);
    assert_contains(last(t)->body, "carbons='1'");
    assert_contains(last(t)->body, "in='0'");
    assert_contains(last(t)->body, "resume='1'");
    assert_contains(last(t)->body, "max='60'");
    answers(t, shard(t), 0, OPENED);
    says_nothing(t);
    answers(t, shard(t), 0, ENABLED);
    assert_contains(said(t), "<bound xmlns='urn:xmpp:bind:0'>"
                             "<enabled xmlns='urn:xmpp:sm:3' id='abc' "
                             "resume='true' max='60'/></bound></success>");
    assert_true(t->client->is_inactive);
    answers(t, shard(t), 1, "<message from='a@b'/>");
    said(t);
    hears(t, "<a xmlns='urn:xmpp:sm:3' h='1'/>");
    assert_contains(last(t)->body, "n='1'");
}

static void resource_of(struct fixture *t, char *resource, size_t size,
                        const char *authenticate, const char *jid)
{
    char success[200];
    const char *at;

    begins(t, authenticate);
    snprintf(success, sizeof(success),
             "<auth-success " LINK_NS " jid='%s' grant='g'/>", jid);
    answers(t, "auth/0", 0, success);
    at = strstr(last(t)->body, "resource='");
    assert_non_null(at);
    snprintf(resource, size, "%.*s", (int)strcspn(at + 10, "'"), at + 10);
    client_free(t->client);
    t->client = client_new(&t->c2sd, t, "192.0.2.1", true);
}

#define TAGGED AUTHENTICATE(USER_AGENT BIND2("<tag>Awesome</tag>"))

static void an_installation_keeps_its_resource(void **state)
{
    struct fixture *t = *state;
    char first[200], second[200];

    resource_of(t, first, sizeof(first), TAGGED, "romeo@example.com");
    resource_of(t, second, sizeof(second), TAGGED, "romeo@example.com");
    assert_string_equal(first, second);
    assert_int_equal(strlen(first), strlen("Awesome/") + 16);
    assert_int_equal(strncmp(first, "Awesome/", 8), 0);
    assert_null(strstr(first, "d4565fa7"));
    resource_of(t, second, sizeof(second), TAGGED, "juliet@example.com");
    assert_string_not_equal(first, second);
}

static void
without_an_installations_number_it_is_another_each_time(void **state)
{
    struct fixture *t = *state;
    char first[200], second[200];
    const char *login = AUTHENTICATE(BIND2("<tag>Awesome</tag>"));

    resource_of(t, first, sizeof(first), login, "romeo@example.com");
    resource_of(t, second, sizeof(second), login, "romeo@example.com");
    assert_int_equal(strncmp(first, "Awesome/", 8), 0);
    assert_string_not_equal(first, second);
}

static void a_tag_that_is_no_resource_is_left_out(void **state)
{
    struct fixture *t = *state;
    char resource[200];

    resource_of(t, resource, sizeof(resource),
                AUTHENTICATE(USER_AGENT BIND2("<tag>a\u202eb</tag>")),
                "romeo@example.com");
    assert_int_equal(strlen(resource), 16);
}

static void a_session_is_resumed_before_success_is_told(void **state)
{
    struct fixture *t = *state;
    const char *answer;

    begins(t, AUTHENTICATE(RESUME BIND2("")));
    answers(t, "auth/0", 0, SUCCESS);
    assert_contains(last(t)->body, "<session-resume");
    assert_contains(last(t)->body, "id='abc'");
    assert_contains(last(t)->body, "h='3'");
    answers(t, shard(t), 0,
            "<session-resumed " LINK_NS
            " jid='romeo@example.com/orchard' h='5' out='3' in='5' max='60'/>");
    answer = said(t);
    assert_contains(answer, "<resumed xmlns='urn:xmpp:sm:3' h='5' "
                            "previd='abc'/></success>");
    assert_null(strstr(answer, "<bound"));
    assert_null(strstr(answer, "features"));
    assert_int_equal(t->client->state, CLIENT_BOUND);
}

static void who_cannot_resume_gets_what_he_wants_instead(void **state)
{
    struct fixture *t = *state;

    begins(t, AUTHENTICATE(RESUME BIND2("")));
    answers(t, "auth/0", 0, SUCCESS);
    answers(t, shard(t), 0,
            "<session-refused " LINK_NS
            " condition='item-not-found' type='cancel'/>");
    says_nothing(t);
    assert_contains(last(t)->body, "<session-open");
    answers(t, shard(t), 0, OPENED);
    assert_contains(said(t), "<failed xmlns='urn:xmpp:sm:3'><item-not-found "
                             "xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>"
                             "</failed><bound xmlns='urn:xmpp:bind:0'/>");
}

static void who_wants_no_more_than_to_resume_may_bind_then(void **state)
{
    struct fixture *t = *state;

    begins(t, AUTHENTICATE(RESUME));
    answers(t, "auth/0", 0, SUCCESS);
    answers(t, shard(t), 0,
            "<session-refused " LINK_NS
            " condition='item-not-found' type='cancel'/>");
    assert_contains(said(t), "</failed></success><stream:features>");
    hears(t, BIND);
    answers(t, shard(t), 0, OPENED);
    assert_contains(said(t), "<jid>romeo@example.com/orchard</jid>");
}

static void a_count_that_is_too_high_ends_the_stream(void **state)
{
    struct fixture *t = *state;

    begins(t, AUTHENTICATE(RESUME));
    answers(t, "auth/0", 0, SUCCESS);
    answers(t, shard(t), 0,
            "<session-refused " LINK_NS
            " condition='undefined-condition' type='cancel' out='1'/>");
    assert_contains(said(t), "handled-count-too-high");
}

static void without_a_session_there_is_no_success(void **state)
{
    struct fixture *t = *state;

    begins(t, AUTHENTICATE(BIND2(ENABLE)));
    answers(t, "auth/0", 0, SUCCESS);
    answers(t, shard(t), 0,
            "<session-refused " LINK_NS
            " condition='resource-constraint' type='cancel' text='full'/>");
    is_refused(t, "temporary-auth-failure");
    assert_null(t->client->jid.p);
}

static void nobody_logs_in_twice(void **state)
{
    struct fixture *t = *state;

    begins(t, AUTHENTICATE(""));
    answers(t, "auth/0", 0, SUCCESS);
    said(t);
    hears(t, AUTHENTICATE(""));
    assert_contains(said(t), "<not-authorized");
    assert_int_equal(t->client->state, CLIENT_CLOSING);
}

static void an_authd_that_dies_fails_the_login(void **state)
{
    struct fixture *t = *state;

    begins(t, AUTHENTICATE(BIND2("")));
    client_auth_lost(t->client);
    is_refused(t, "temporary-auth-failure");
}

static void who_leaves_while_his_session_opens_is_told_of(void **state)
{
    struct fixture *t = *state;

    begins(t, AUTHENTICATE(BIND2(ENABLE)));
    answers(t, "auth/0", 0, SUCCESS);
    answers(t, shard(t), 0, OPENED);
    client_lost(t->client);
    settle(t);
    assert_contains(last(t)->body, "<session-close");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(it_is_offered_with_what_can_be_done_at_once),
        TEST(it_is_not_offered_in_the_clear),
        TEST(success_is_followed_by_features_without_a_new_stream),
        TEST(challenges_and_responses_are_of_its_namespace),
        TEST(an_exchange_stays_in_its_profile),
        TEST(the_older_exchange_does_too),
        TEST(other_words_during_the_exchange_end_the_stream),
        TEST(a_failure_leaves_all_as_it_was),
        TEST(the_client_may_give_up),
        TEST(what_is_malformed_is_refused_before_authd_hears_of_it),
        TEST(who_says_who_he_is_is_that),
        TEST(a_resource_is_bound_before_success_is_told),
        TEST(things_are_enabled_with_the_resource),
        TEST(an_installation_keeps_its_resource),
        TEST(without_an_installations_number_it_is_another_each_time),
        TEST(a_tag_that_is_no_resource_is_left_out),
        TEST(a_session_is_resumed_before_success_is_told),
        TEST(who_cannot_resume_gets_what_he_wants_instead),
        TEST(who_wants_no_more_than_to_resume_may_bind_then),
        TEST(a_count_that_is_too_high_ends_the_stream),
        TEST(without_a_session_there_is_no_success),
        TEST(nobody_logs_in_twice),
        TEST(an_authd_that_dies_fails_the_login),
        TEST(who_leaves_while_his_session_opens_is_told_of),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
