/* What resources want: hashes, questions, answers that lie, last items. */
#include "tests/unit/sm/pep/pep.h"

#include "sm/pep/pep.h"
#include "sm/pep/remote.h"

#define LIE                                                                    \
    "<query xmlns='http://jabber.org/protocol/disco#info'>"                    \
    "<feature var='urn:mood+notify'/></query>"
#define ELSEWHERE "mercutio@example.org"

/* --- hashes --------------------------------------------------------------- */

static bool hashes(struct fixture *t, const char *query, const char *hash)
{
    struct xml *element = xml_parse(t->sm.parser, &t->sm.arena, str_of(query));
    struct str found;

    assert_non_null(element);
    return caps_hash_of(&t->sm.arena, element, STR("sha-1"), &found) &&
           str_is(found, hash);
}

/* XEP-0115 §5.2 and §5.3. */
static void the_examples_of_the_standard_hash_as_it_says(void **state)
{
    struct fixture *t = *state;

    assert_true(
        hashes(t,
               "<query xmlns='http://jabber.org/protocol/disco#info'>"
               "<identity category='client' name='Exodus 0.9.1' type='pc'/>"
               "<feature var='http://jabber.org/protocol/caps'/>"
               "<feature var='http://jabber.org/protocol/disco#info'/>"
               "<feature var='http://jabber.org/protocol/disco#items'/>"
               "<feature var='http://jabber.org/protocol/muc'/></query>",
               "QgayPKawpkPSDYmwT/WM94uAlu0="));
    assert_true(hashes(
        t,
        "<query xmlns='http://jabber.org/protocol/disco#info'>"
        "<identity xml:lang='en' category='client' name='Psi 0.11' type='pc'/>"
        "<identity xml:lang='el' category='client' name='Ψ 0.11' type='pc'/>"
        "<feature var='http://jabber.org/protocol/caps'/>"
        "<feature var='http://jabber.org/protocol/disco#info'/>"
        "<feature var='http://jabber.org/protocol/disco#items'/>"
        "<feature var='http://jabber.org/protocol/muc'/>"
        "<x xmlns='jabber:x:data' type='result'>"
        "<field var='FORM_TYPE' type='hidden'>"
        "<value>urn:xmpp:dataforms:softwareinfo</value></field>"
        "<field var='ip_version' type='text-multi'><value>ipv4</value>"
        "<value>ipv6</value></field>"
        "<field var='os'><value>Mac</value></field>"
        "<field var='os_version'><value>10.5.1</value></field>"
        "<field var='software'><value>Psi</value></field>"
        "<field var='software_version'><value>0.11</value></field>"
        "</x></query>",
        "q07IKJEyjvHSyhy//CH0CxmKi8w="));
}

static void an_ill_formed_answer_has_no_hash(void **state)
{
    struct fixture *t = *state;
    static const char *const inside[] = {
        "<feature var='a'/><feature var='a'/>",
        "<identity category='c' type='t'/><identity category='c' type='t'/>",
        /* One form twice. */
        ("<x xmlns='jabber:x:data'><field var='FORM_TYPE' type='hidden'>"
         "<value>u</value></field></x>"
         "<x xmlns='jabber:x:data'><field var='FORM_TYPE' type='hidden'>"
         "<value>u</value></field></x>"),
        "<x xmlns='jabber:x:data'><field var='FORM_TYPE' type='hidden'>"
        "<value>u</value><value>v</value></field></x>",
        /* Two features that hash as one would do. */
        "<feature var='a&lt;b'/>",
        "<identity category='c' type='t' name='n&lt;urn:x+notify'/>",
    };

    for (size_t i = 0; i < COUNT_OF(inside); i++) {
        char text[1024];
        struct xml *query;
        struct str hash;

        snprintf(text, sizeof(text),
                 "<query xmlns='http://jabber.org/protocol/disco#info'>%s"
                 "</query>",
                 inside[i]);
        query = xml_parse(t->sm.parser, &t->sm.arena, str_of(text));
        assert_non_null(query);
        assert_false(caps_hash_of(&t->sm.arena, query, STR("sha-1"), &hash));
    }
}

/* --- questions ------------------------------------------------------------ */

static void one_of_a_kind_is_asked(void **state)
{
    struct fixture *t = *state;

    listens(t, "romeo", 1, "orchard");
    open_session(t, "juliet", 2, "balcony");
    shows(t, "juliet", 2, hash_of(t, TUNE_DISCO));
    assert_string_equal(asked_id(t, 2), "");
    say(t, "juliet", 2, PUBLISH("urn:tune", "a", TUNE));
    hears(t, 2, "pubsub#event");
}

static void who_waits_is_told_with_the_first(void **state)
{
    struct fixture *t = *state;
    char id[32];

    open_session(t, "romeo", 1, "orchard");
    open_session(t, "romeo", 2, "garden");
    shows(t, "romeo", 1, hash_of(t, TUNE_DISCO));
    snprintf(id, sizeof(id), "%s", asked_id(t, 1));
    shows(t, "romeo", 2, hash_of(t, TUNE_DISCO));
    assert_string_equal(asked_id(t, 2), "");
    answers_with(t, "romeo", 1, id, TUNE_DISCO);
    say(t, "romeo", 1, PUBLISH("urn:mood", "a", TUNE));
    hears_nothing_of(t, 2, "pubsub#event");
    say(t, "romeo", 1, PUBLISH("urn:tune", "a", TUNE));
    hears(t, 2, "pubsub#event");
}

static void a_lie_holds_for_the_liar_alone(void **state)
{
    struct fixture *t = *state;
    char id[32];

    open_session(t, "romeo", 1, "orchard");
    shows(t, "romeo", 1, hash_of(t, TUNE_DISCO));
    snprintf(id, sizeof(id), "%s", asked_id(t, 1));
    open_session(t, "juliet", 2, "balcony");
    shows(t, "juliet", 2, hash_of(t, TUNE_DISCO));
    answers_with(t, "romeo", 1, id, LIE);
    /* Another is asked, and believed. */
    snprintf(id, sizeof(id), "%s", asked_id(t, 2));
    assert_true(id[0]);
    answers_with(t, "juliet", 2, id, TUNE_DISCO);
    say(t, "juliet", 2, PUBLISH("urn:tune", "a", TUNE));
    hears(t, 2, "pubsub#event");
    say(t, "romeo", 1, PUBLISH("urn:tune", "a", TUNE));
    hears_nothing_of(t, 1, "pubsub#event");
    say(t, "romeo", 1, PUBLISH("urn:mood", "a", TUNE));
    hears(t, 1, "pubsub#event");
}

static void nobody_answers_for_another(void **state)
{
    struct fixture *t = *state;
    char id[32];

    open_session(t, "romeo", 1, "orchard");
    shows(t, "romeo", 1, hash_of(t, TUNE_DISCO));
    snprintf(id, sizeof(id), "%s", asked_id(t, 1));
    login(t, "juliet", 2, "balcony");
    answers_with(t, "juliet", 2, id, LIE);
    answers_with(t, "romeo", 1, id, TUNE_DISCO);
    say(t, "romeo", 1, PUBLISH("urn:tune", "a", TUNE));
    hears(t, 1, "pubsub#event");
}

static void what_is_not_known_yet_is_not_held_back(void **state)
{
    struct fixture *t = *state;

    open_session(t, "romeo", 1, "orchard");
    shows(t, "romeo", 1, hash_of(t, TUNE_DISCO));
    say(t, "romeo", 1, PUBLISH("urn:mood", "a", TUNE));
    hears(t, 1, "pubsub#event");
}

static void who_does_not_answer_wants_nothing(void **state)
{
    struct fixture *t = *state;

    open_session(t, "romeo", 1, "orchard");
    shows(t, "romeo", 1, hash_of(t, TUNE_DISCO));
    time_passes(t, 11000);
    sm_tick(&t->sm);
    settle(t);
    say(t, "romeo", 1, PUBLISH("urn:tune", "a", TUNE));
    hears_nothing_of(t, 1, "pubsub#event");
    /* Nor does who refuses. */
    shows(t, "romeo", 1, hash_of(t, LIE));
    assert_true(asked_id(t, 1)[0]);
}

static int setup_small(void **state)
{
    return setup_with(state, "sm { pep-caps-cache = 1\n"
                             "pep-remote-resources = 1 }");
}

static void the_cache_has_an_end(void **state)
{
    struct fixture *t = *state;

    listens(t, "romeo", 1, "orchard");
    open_session(t, "romeo", 2, "garden");
    shows(t, "romeo", 2, hash_of(t, LIE));
    answers_with(t, "romeo", 2, asked_id(t, 2), LIE);
    /* Who holds what was forgotten keeps it. */
    say(t, "romeo", 1, PUBLISH("urn:tune", "a", TUNE));
    hears(t, 1, "pubsub#event");
    open_session(t, "romeo", 3, "hall");
    shows(t, "romeo", 3, hash_of(t, TUNE_DISCO));
    assert_true(asked_id(t, 3)[0]);
}

/* As after a restart, when its keepsake has told its presence. */
static void
a_restored_session_is_asked_again_and_has_had_its_items(void **state)
{
    struct fixture *t = *state;
    struct session *session;

    open_session(t, "romeo", 1, "orchard");
    say(t, "romeo", 1, PUBLISH("urn:tune", "a", TUNE));
    shows(t, "romeo", 1, hash_of(t, TUNE_DISCO));
    assert_contains(t->keepsake, "http://jabber.org/protocol/caps");
    session = account_of(t, "romeo")->sessions;
    forget(t);
    interest_forget(&t->sm, &session->interest);
    pep_restored(session);
    settle(t);
    answers_with(t, "romeo", 1, asked_id(t, 1), TUNE_DISCO);
    hears_nothing_of(t, 1, "pubsub#event");
    say(t, "romeo", 1, PUBLISH("urn:mood", "b", TUNE));
    hears_nothing_of(t, 1, "pubsub#event");
    say(t, "romeo", 1, PUBLISH("urn:tune", "b", TUNE));
    hears(t, 1, "pubsub#event");
}

/* --- last items ----------------------------------------------------------- */

static void who_comes_online_gets_the_last_items(void **state)
{
    struct fixture *t = *state;

    login(t, "romeo", 1, "orchard");
    login(t, "juliet", 2, "balcony");
    befriend(t);
    say(t, "juliet", 2, PUBLISH("urn:tune", "a", TUNE));
    say(t, "juliet", 2, PUBLISH("urn:mood", "b", TUNE));
    say(t, "romeo", 1, PUBLISH("urn:tune", "mine", TUNE));
    time_passes(t, 60000);
    forget(t);
    listens(t, "romeo", 3, "garden");
    hears(t, 3, "id='mine'");
    hears(t, 3, "<delay xmlns='urn:xmpp:delay' from='juliet@example.com'");
    hears_nothing_of(t, 3, "urn:mood");
}

static void who_was_online_gets_them_no_second_time(void **state)
{
    struct fixture *t = *state;

    listens(t, "romeo", 1, "orchard");
    say(t, "romeo", 1, PUBLISH("urn:tune", "a", TUNE));
    shows(t, "romeo", 1, hash_of(t, TUNE_DISCO));
    hears_nothing_of(t, 1, "pubsub#event");
}

static void who_comes_and_goes_gets_them_so_often(void **state)
{
    struct fixture *t = *state;
    unsigned told = 0;

    listens(t, "romeo", 1, "orchard");
    say(t, "romeo", 1, PUBLISH("urn:tune", "a", TUNE));
    for (int i = 0; i < 30; i++) {
        say(t, "romeo", 1, "<presence type='unavailable'/>");
        shows(t, "romeo", 1, hash_of(t, TUNE_DISCO));
        while (waiting(t, 1) > 0)
            told += strstr(received(t, 1), "pubsub#event") != NULL;
    }
    assert_true(told >= 5 && told <= 12);
    time_passes(t, 60000);
    say(t, "romeo", 1, "<presence type='unavailable'/>");
    shows(t, "romeo", 1, hash_of(t, TUNE_DISCO));
    hears(t, 1, "pubsub#event");
}

static void last_items_are_not_sent_where_it_is_said(void **state)
{
    struct fixture *t = *state;

    login(t, "romeo", 1, "orchard");
    say(t, "romeo", 1,
        PUBLISH_WITH("urn:tune", "a", TUNE,
                     OPTIONS(FIELD("send_last_published_item", "never"))));
    listens(t, "romeo", 2, "garden");
    hears_nothing_of(t, 2, "pubsub#event");
}

static void last_items_follow_access(void **state)
{
    struct fixture *t = *state;

    login(t, "romeo", 1, "orchard");
    login(t, "juliet", 2, "balcony");
    befriend(t);
    say(t, "juliet", 2,
        PUBLISH_WITH("urn:tune", "a", TUNE,
                     OPTIONS(FIELD("access_model", "whitelist"))));
    listens(t, "romeo", 3, "garden");
    hears_nothing_of(t, 3, "pubsub#event");
}

/* --- elsewhere ------------------------------------------------------------ */

static void comes_from_elsewhere(struct fixture *t, const char *text)
{
    struct xml *stanza;

    arena_reset(&t->sm.arena);
    stanza = xml_parse(t->sm.parser, &t->sm.arena, str_of(text));
    assert_non_null(stanza);
    route(&t->sm, NULL, stanza);
    settle(t);
}

static void presence_from_elsewhere(struct fixture *t, const char *resource)
{
    char text[512];

    snprintf(text, sizeof(text),
             "<presence from='" ELSEWHERE "/%s' to='romeo@example.com'>"
             "<c xmlns='http://jabber.org/protocol/caps' hash='sha-1' "
             "node='urn:client' ver='%s'/></presence>",
             resource, hash_of(t, TUNE_DISCO));
    comes_from_elsewhere(t, text);
}

static void strangers_elsewhere_are_not_remembered(void **state)
{
    struct fixture *t = *state;

    login(t, "romeo", 1, "orchard");
    presence_from_elsewhere(t, "inn");
    assert_null(t->sm.remotes);
}

static void contacts_elsewhere_are_remembered_while_they_are_there(void **state)
{
    struct fixture *t = *state;
    struct jid jid;

    listens(t, "romeo", 1, "orchard"); /* the hash is known by him */
    has_contact(t, "romeo", ELSEWHERE, SUB_BOTH);
    presence_from_elsewhere(t, "inn");
    assert_non_null(t->sm.remotes);
    assert_true(jid_parse(&jid, &t->sm.arena, STR(ELSEWHERE "/inn")));
    assert_true(
        remote_concerns(&t->sm,
                        xml_parse(t->sm.parser, &t->sm.arena,
                                  STR("<presence type='unavailable'/>")),
                        &jid));
    comes_from_elsewhere(t, "<presence type='unavailable' from='" ELSEWHERE
                            "/inn' to='romeo@example.com'/>");
    assert_true(jid_parse(&jid, &t->sm.arena, STR(ELSEWHERE "/inn")));
    assert_false(
        remote_concerns(&t->sm,
                        xml_parse(t->sm.parser, &t->sm.arena,
                                  STR("<presence type='unavailable'/>")),
                        &jid));
}

static void the_table_of_elsewhere_has_an_end(void **state)
{
    struct fixture *t = *state;

    listens(t, "romeo", 1, "orchard");
    has_contact(t, "romeo", ELSEWHERE, SUB_BOTH);
    for (int i = 0; i < 50; i++) {
        char resource[16];

        snprintf(resource, sizeof(resource), "r%d", i);
        presence_from_elsewhere(t, resource);
    }
    say(t, "romeo", 1, PUBLISH("urn:tune", "a", TUNE));
    hears(t, 1, "pubsub#event");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_examples_of_the_standard_hash_as_it_says),
        TEST(an_ill_formed_answer_has_no_hash),
        TEST(one_of_a_kind_is_asked),
        TEST(who_waits_is_told_with_the_first),
        TEST(a_lie_holds_for_the_liar_alone),
        TEST(nobody_answers_for_another),
        TEST(what_is_not_known_yet_is_not_held_back),
        TEST(who_does_not_answer_wants_nothing),
        cmocka_unit_test_setup_teardown(the_cache_has_an_end, setup_small,
                                        teardown),
        TEST(a_restored_session_is_asked_again_and_has_had_its_items),
        TEST(who_comes_online_gets_the_last_items),
        TEST(who_was_online_gets_them_no_second_time),
        TEST(who_comes_and_goes_gets_them_so_often),
        TEST(last_items_are_not_sent_where_it_is_said),
        TEST(last_items_follow_access),
        TEST(strangers_elsewhere_are_not_remembered),
        TEST(contacts_elsewhere_are_remembered_while_they_are_there),
        cmocka_unit_test_setup_teardown(the_table_of_elsewhere_has_an_end,
                                        setup_small, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
