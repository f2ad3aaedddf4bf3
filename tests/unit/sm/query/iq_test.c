/* Who is answered what: dispatch, discovery, small questions, vCards, private
 * storage, search. */
#include "tests/unit/sm/queries.h"

#define DISCO           "<query xmlns='http://jabber.org/protocol/disco#info'/>"
#define ITEMS           "<query xmlns='http://jabber.org/protocol/disco#items'/>"
#define LAST            "<query xmlns='jabber:iq:last'/>"
#define VCARD           "<vCard xmlns='vcard-temp'/>"
#define SEARCH(fields)  "<query xmlns='jabber:iq:search'>" fields "</query>"
#define PRIVATE(inside) "<query xmlns='jabber:iq:private'>" inside "</query>"

/* --- dispatch ------------------------------------------------------------- */

static void an_unknown_namespace_is_unavailable(void **state)
{
    struct fixture *t = *state;

    login(t, "romeo", 1, "orchard");
    assert_contains(ask(t, "romeo", 1, GET(SERVER, "<query xmlns='urn:x'/>")),
                    "<service-unavailable");
}

static void
a_known_namespace_in_the_wrong_place_is_not_implemented(void **state)
{
    struct fixture *t = *state;

    login(t, "romeo", 1, "orchard");
    assert_contains(
        ask(t, "romeo", 1, SET(SERVER, "<ping xmlns='urn:xmpp:ping'/>")),
        "<feature-not-implemented");
}

static void two_payloads_are_bad(void **state)
{
    struct fixture *t = *state;

    login(t, "romeo", 1, "orchard");
    assert_contains(ask(t, "romeo", 1,
                        GET(SERVER, "<ping xmlns='urn:xmpp:ping'/>"
                                    "<ping xmlns='urn:xmpp:ping'/>")),
                    "<bad-request");
}

static void a_result_is_never_answered(void **state)
{
    struct fixture *t = *state;

    login(t, "romeo", 1, "orchard");
    assert_string_equal(ask(t, "romeo", 1,
                            "<iq type='result' id='r' to='example.com'>"
                            "<ping xmlns='urn:xmpp:ping'/></iq>"),
                        "");
}

static void a_ping_is_answered_by_whom_it_was_sent_to(void **state)
{
    struct fixture *t = *state;
    const char *answer;

    login(t, "romeo", 1, "orchard");
    answer = ask(t, "romeo", 1, GET(SERVER, "<ping xmlns='urn:xmpp:ping'/>"));
    assert_contains(answer, "type='result'");
    assert_contains(answer, "id='q1'");
    assert_contains(answer, "from='example.com'");
}

static void what_is_the_owners_alone_is_forbidden_to_others(void **state)
{
    struct fixture *t = *state;

    login(t, "romeo", 1, "orchard");
    assert_contains(ask(t, "romeo", 1, GET(JULIET, PRIVATE("<x xmlns='u'/>"))),
                    "<forbidden");
    assert_contains(ask(t, "romeo", 1, SET(JULIET, VCARD)), "<forbidden");
    assert_contains(
        ask(t, "romeo", 1, GET(JULIET, "<query xmlns='jabber:iq:roster'/>")),
        "<forbidden");
}

/* --- discovery ------------------------------------------------------------ */

static void the_server_offers_what_it_answers(void **state)
{
    struct fixture *t = *state;
    const char *answer;

    login(t, "romeo", 1, "orchard");
    answer = ask(t, "romeo", 1, GET(SERVER, DISCO));
    assert_contains(answer, "category='server'");
    for (size_t i = 0; i < iq_row_count; i++) {
        char feature[128];

        snprintf(feature, sizeof(feature), "var='%.*s'",
                 STR_ARG(iq_rows[i].ns));
        if (!iq_rows[i].is_hidden)
            assert_contains(answer, feature);
    }
}

static int setup_contacts(void **state)
{
    return setup_with(state, "sm { contact-addresses = "
                             "{\"abuse=mailto:abuse@example.com\"} }");
}

static void the_server_names_its_contact_addresses(void **state)
{
    struct fixture *t = *state;
    const char *answer;

    login(t, "romeo", 1, "orchard");
    answer = ask(t, "romeo", 1, GET(SERVER, DISCO));
    assert_contains(answer, "http://jabber.org/network/serverinfo");
    assert_contains(answer, "abuse-addresses");
    assert_contains(answer, "mailto:abuse@example.com");
}

static void a_stranger_does_not_discover_an_account(void **state)
{
    struct fixture *t = *state;

    login(t, "romeo", 1, "orchard");
    assert_contains(ask(t, "romeo", 1, GET(JULIET, DISCO)),
                    "<service-unavailable");
    assert_contains(ask(t, "romeo", 1, GET(JULIET, ITEMS)),
                    "<service-unavailable");
}

static void a_contact_discovers_the_resources(void **state)
{
    struct fixture *t = *state;

    login(t, "romeo", 1, "orchard");
    login(t, "juliet", 2, "balcony");
    has_contact(t, "juliet", ROMEO, SUB_FROM);
    assert_contains(ask(t, "romeo", 1, GET(JULIET, DISCO)), "'registered'");
    assert_contains(ask(t, "romeo", 1, GET(JULIET, ITEMS)),
                    "juliet@example.com/balcony");
}

/* --- last activity -------------------------------------------------------- */

static void the_server_tells_its_uptime(void **state)
{
    struct fixture *t = *state;

    login(t, "romeo", 1, "orchard");
    time_passes(t, 90000);
    assert_contains(ask(t, "romeo", 1, GET(SERVER, LAST)), "seconds='90'");
}

static void only_those_who_see_presence_learn_the_last_activity(void **state)
{
    struct fixture *t = *state;
    const char *rows[][3] = {{"1699999400", "gone", NULL}};

    login(t, "romeo", 1, "orchard");
    assert_contains(ask(t, "romeo", 1, GET(JULIET, LAST)), "<forbidden");
    has_contact(t, "juliet", ROMEO, SUB_FROM);
    finds(t, rows, 1);
    assert_contains(ask(t, "romeo", 1, GET(JULIET, LAST)),
                    "seconds='600'>gone");
}

static void a_stranger_does_not_ask_a_resource_either(void **state)
{
    struct fixture *t = *state;

    login(t, "romeo", 1, "orchard");
    login(t, "juliet", 2, "balcony");
    assert_contains(ask(t, "romeo", 1, GET("juliet@example.com/balcony", LAST)),
                    "<forbidden");
    assert_int_equal(waiting(t, 2), 0);
    has_contact(t, "juliet", ROMEO, SUB_FROM);
    say(t, "romeo", 1, GET("juliet@example.com/balcony", LAST));
    assert_contains(received(t, 2), "jabber:iq:last");
}

static void whoever_is_online_was_active_just_now(void **state)
{
    struct fixture *t = *state;

    login(t, "romeo", 1, "orchard");
    login(t, "juliet", 2, "balcony");
    has_contact(t, "juliet", ROMEO, SUB_FROM);
    assert_contains(ask(t, "romeo", 1, GET(JULIET, LAST)), "seconds='0'");
}

static void who_has_just_left_was_here_before_any_row_tells_it(void **state)
{
    struct fixture *t = *state;

    login(t, "romeo", 1, "orchard");
    login(t, "juliet", 2, "balcony");
    has_contact(t, "juliet", ROMEO, SUB_FROM);
    say(t, "juliet", 2, "<presence type='unavailable'/>");
    time_passes(t, 2000);
    assert_contains(ask(t, "romeo", 1, GET(JULIET, LAST)), "seconds='2'");
}

/* --- vCard and private storage -------------------------------------------- */

static void a_vcard_is_answered_after_its_commit(void **state)
{
    struct fixture *t = *state;

    login(t, "romeo", 1, "orchard");
    t->store.is_stalled = true;
    say(t, "romeo", 1,
        "<iq type='set' id='q1'><vCard xmlns='vcard-temp'><FN>R</FN></vCard>"
        "</iq>");
    assert_int_equal(waiting(t, 1), 0);
    store_answers(t);
    assert_contains(received(t, 1), "type='result'");
    assert_contains(t->store.written, "<FN>R</FN>");
}

static void a_refused_write_is_an_error(void **state)
{
    struct fixture *t = *state;

    login(t, "romeo", 1, "orchard");
    t->store.refuses = true;
    assert_contains(ask(t, "romeo", 1, SET(ROMEO, VCARD)),
                    "<internal-server-error");
}

static void the_vcard_of_another_is_shown(void **state)
{
    struct fixture *t = *state;
    const char *rows[][3] = {
        {"<vCard xmlns='vcard-temp'><FN>J</FN></vCard>", NULL, NULL}};

    login(t, "romeo", 1, "orchard");
    finds(t, rows, 1);
    assert_contains(ask(t, "romeo", 1, GET(JULIET, VCARD)), "<FN>J</FN>");
    assert_contains(ask(t, "romeo", 1, GET(JULIET, VCARD)), "<item-not-found");
}

static int setup_small_vcards(void **state)
{
    return setup_with(state, "sm { vcard-max-size = 1024 }");
}

static void too_large_a_vcard_is_not_acceptable(void **state)
{
    struct fixture *t = *state;
    char text[1400], stanza[2000];

    login(t, "romeo", 1, "orchard");
    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    snprintf(stanza, sizeof(stanza),
             "<iq type='set' id='q1'><vCard xmlns='vcard-temp'><FN>%s</FN>"
             "</vCard></iq>",
             text);
    assert_contains(ask(t, "romeo", 1, stanza), "<not-acceptable");
}

static void nothing_stored_comes_back_as_it_was_asked(void **state)
{
    struct fixture *t = *state;

    login(t, "romeo", 1, "orchard");
    assert_contains(ask(t, "romeo", 1, GET(ROMEO, PRIVATE("<x xmlns='u:x'/>"))),
                    "<x xmlns='u:x'/>");
}

static void private_elements_are_kept(void **state)
{
    struct fixture *t = *state;
    const char *rows[][3] = {{"<x xmlns='u:x'><y/></x>", NULL, NULL}};

    login(t, "romeo", 1, "orchard");
    assert_contains(
        ask(t, "romeo", 1, SET(ROMEO, PRIVATE("<x xmlns='u:x'><y/></x>"))),
        "type='result'");
    assert_contains(t->store.written, "<x xmlns='u:x'><y/></x>");
    finds(t, rows, 1);
    assert_contains(ask(t, "romeo", 1, GET(ROMEO, PRIVATE("<x xmlns='u:x'/>"))),
                    "<x xmlns='u:x'><y/></x>");
}

static void private_needs_exactly_one_element_of_a_namespace(void **state)
{
    struct fixture *t = *state;

    login(t, "romeo", 1, "orchard");
    assert_contains(ask(t, "romeo", 1, GET(ROMEO, PRIVATE(""))),
                    "<bad-request");
    assert_contains(ask(t, "romeo", 1, GET(ROMEO, PRIVATE("<x/>"))),
                    "<bad-request");
    assert_contains(
        ask(t, "romeo", 1, GET(ROMEO, PRIVATE("<x xmlns='a'/><x xmlns='b'/>"))),
        "<bad-request");
}

static void private_elements_of_one_namespace_are_set_together(void **state)
{
    struct fixture *t = *state;

    login(t, "romeo", 1, "orchard");
    assert_contains(ask(t, "romeo", 1,
                        SET(ROMEO, PRIVATE("<x xmlns='a'/><y xmlns='a'/>"))),
                    "type='result'");
    assert_contains(t->store.written, "<y xmlns='a'/>");
    assert_contains(ask(t, "romeo", 1,
                        SET(ROMEO, PRIVATE("<x xmlns='a'/><y xmlns='b'/>"))),
                    "<bad-request");
    assert_contains(ask(t, "romeo", 1,
                        SET(ROMEO, PRIVATE("<x xmlns='a'/><x xmlns='a'/>"))),
                    "<bad-request");
    assert_contains(ask(t, "romeo", 1, SET(ROMEO, PRIVATE(""))),
                    "<not-acceptable");
}

/* --- search --------------------------------------------------------------- */

static void a_star_is_the_only_wildcard(void **state)
{
    struct fixture *t = *state;

    login(t, "romeo", 1, "orchard");
    say(t, "romeo", 1,
        SET(SERVER, SEARCH("<nick>JU*_%</nick><last>Capulet</last>")));
    assert_string_equal(t->store.patterns[0], "ju%\\_\\%");
    assert_string_equal(t->store.patterns[1], "%Capulet");
    assert_string_equal(t->store.patterns[2], "");
}

static void an_empty_search_is_not_acceptable(void **state)
{
    struct fixture *t = *state;

    login(t, "romeo", 1, "orchard");
    assert_contains(ask(t, "romeo", 1, SET(SERVER, SEARCH("<nick/>"))),
                    "<not-acceptable");
    assert_contains(
        ask(t, "romeo", 1,
            SET(SERVER, SEARCH("<x xmlns='jabber:x:data' type='submit'/>"))),
        "<not-acceptable");
}

static void people_are_found_in_the_form_that_was_asked_in(void **state)
{
    struct fixture *t = *state;
    const char *rows[][3] = {{"juliet", "Juliet Capulet", "j@example.com"}};
    const char *answer;

    login(t, "romeo", 1, "orchard");
    finds(t, rows, 1);
    answer = ask(t, "romeo", 1, SET(SERVER, SEARCH("<nick>juliet</nick>")));
    assert_contains(answer, "jid='juliet@example.com'");
    assert_contains(answer, "<first>Juliet</first><last>Capulet</last>");
    finds(t, rows, 1);
    answer = ask(t, "romeo", 1,
                 SET(SERVER, SEARCH("<x xmlns='jabber:x:data' type='submit'>"
                                    "<field var='user'><value>j*</value>"
                                    "</field></x>")));
    assert_contains(answer, "<value>juliet@example.com</value>");
    assert_contains(answer, "<reported>");
}

/* --- registration --------------------------------------------------------- */

#define REGISTER "<query xmlns='jabber:iq:register'/>"

static void authd_answers(struct fixture *t, uint64_t number, const char *iq)
{
    char address[32], body[512];
    struct frame frame = {.sid = number};

    snprintf(body, sizeof(body),
             "<answer xmlns='urn:posthouse:link:1'>%s</answer>", iq);
    frame.body = str_of(body);
    channel_send(
        channels_get(t->c2s, STR("auth/0"), sm_address(address, STR(ROMEO))),
        &frame, NULL);
    settle(t);
}

static void registration_is_relayed_to_authd(void **state)
{
    struct fixture *t = *state;
    const struct sent *asked = &t->sent[0];

    login(t, "romeo", 1, "orchard");
    channels_bind(t->c2s, STR("auth/0"), 1);
    settle(t);
    say(t, "romeo", 1, GET(SERVER, REGISTER));
    assert_contains(asked->body, "<register xmlns='urn:posthouse:link:1' "
                                 "jid='romeo@example.com'>");
    authd_answers(t, asked->sid,
                  "<iq xmlns='jabber:client' type='result' id='q1'>"
                  "<query xmlns='jabber:iq:register'><registered/></query>"
                  "</iq>");
    hears(t, 1, "<registered/>");
}

static void an_answer_to_nothing_is_dropped(void **state)
{
    struct fixture *t = *state;

    login(t, "romeo", 1, "orchard");
    channels_bind(t->c2s, STR("auth/0"), 1);
    settle(t);
    authd_answers(t, 77, "<iq xmlns='jabber:client' type='result' id='q1'/>");
    assert_int_equal(waiting(t, 1), 0);
}

static void without_authd_registration_fails(void **state)
{
    struct fixture *t = *state;

    login(t, "romeo", 1, "orchard");
    assert_contains(ask(t, "romeo", 1, GET(SERVER, REGISTER)),
                    "<internal-server-error");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(an_unknown_namespace_is_unavailable),
        TEST(a_known_namespace_in_the_wrong_place_is_not_implemented),
        TEST(two_payloads_are_bad),
        TEST(a_result_is_never_answered),
        TEST(a_ping_is_answered_by_whom_it_was_sent_to),
        TEST(what_is_the_owners_alone_is_forbidden_to_others),
        TEST(the_server_offers_what_it_answers),
        cmocka_unit_test_setup_teardown(the_server_names_its_contact_addresses,
                                        setup_contacts, teardown),
        TEST(a_stranger_does_not_discover_an_account),
        TEST(a_contact_discovers_the_resources),
        TEST(the_server_tells_its_uptime),
        TEST(only_those_who_see_presence_learn_the_last_activity),
        TEST(a_stranger_does_not_ask_a_resource_either),
        TEST(whoever_is_online_was_active_just_now),
        TEST(who_has_just_left_was_here_before_any_row_tells_it),
        TEST(a_vcard_is_answered_after_its_commit),
        TEST(a_refused_write_is_an_error),
        TEST(the_vcard_of_another_is_shown),
        cmocka_unit_test_setup_teardown(too_large_a_vcard_is_not_acceptable,
                                        setup_small_vcards, teardown),
        TEST(nothing_stored_comes_back_as_it_was_asked),
        TEST(private_elements_are_kept),
        TEST(private_needs_exactly_one_element_of_a_namespace),
        TEST(private_elements_of_one_namespace_are_set_together),
        TEST(a_star_is_the_only_wildcard),
        TEST(an_empty_search_is_not_acceptable),
        TEST(people_are_found_in_the_form_that_was_asked_in),
        TEST(registration_is_relayed_to_authd),
        TEST(an_answer_to_nothing_is_dropped),
        TEST(without_authd_registration_fails),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
