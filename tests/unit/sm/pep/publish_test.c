/* Publishing, reading, retracting; who hears of it. */
#include "tests/unit/sm/pep/pep.h"

/* --- publishing ----------------------------------------------------------- */

static void what_is_published_is_read_back(void **state)
{
    struct fixture *t = *state;
    const char *answer;

    login(t, "romeo", 1, "orchard");
    answer = ask(t, "romeo", 1, PUBLISH("urn:tune", "i1", TUNE));
    assert_contains(answer, "type='result'");
    assert_contains(answer, "<publish node='urn:tune'><item id='i1'/>");
    answer = ask(t, "romeo", 1, MINE("get", ITEMS("urn:tune")));
    assert_contains(answer, "<items node='urn:tune'><item id='i1'><tune");
    assert_contains(answer, "Aubade");
}

static void a_result_comes_after_the_commit(void **state)
{
    struct fixture *t = *state;

    listens(t, "romeo", 1, "orchard");
    t->store.is_stalled = true;
    say(t, "romeo", 1, PUBLISH("urn:tune", "i1", TUNE));
    assert_int_equal(waiting(t, 1), 0);
    store_answers(t);
    hears(t, 1, "pubsub#event");
}

static void a_refused_write_is_told(void **state)
{
    struct fixture *t = *state;

    login(t, "romeo", 1, "orchard");
    t->store.refuses = true;
    assert_contains(ask(t, "romeo", 1, PUBLISH("urn:tune", "i1", TUNE)),
                    "<internal-server-error");
    t->store.refuses = false;
    /* It is not in memory either. */
    assert_contains(ask(t, "romeo", 1, MINE("get", ITEMS("urn:tune"))),
                    "<item-not-found");
}

static void an_item_without_id_gets_one(void **state)
{
    struct fixture *t = *state;
    const char *answer;

    login(t, "romeo", 1, "orchard");
    answer = ask(t, "romeo", 1,
                 MINE("set", PUBSUB("<publish node='urn:tune'><item>" TUNE
                                    "</item></publish>")));
    assert_contains(answer, "<item id='");
    assert_lacks(answer, "<item id=''");
}

static void the_newest_takes_the_place_of_the_oldest(void **state)
{
    struct fixture *t = *state;
    const char *answer;

    login(t, "romeo", 1, "orchard");
    say(t, "romeo", 1, PUBLISH("urn:tune", "i1", TUNE));
    say(t, "romeo", 1, PUBLISH("urn:tune", "i2", TUNE));
    answer = ask(t, "romeo", 1, MINE("get", ITEMS("urn:tune")));
    assert_contains(answer, "'i2'");
    assert_lacks(answer, "'i1'");
}

static void items_are_read_by_number_and_id_oldest_first(void **state)
{
    struct fixture *t = *state;
    const char *answer;

    login(t, "romeo", 1, "orchard");
    say(t, "romeo", 1,
        PUBLISH_WITH("urn:x", "a", TUNE, OPTIONS(FIELD("max_items", "max"))));
    say(t, "romeo", 1, PUBLISH("urn:x", "b", TUNE));
    say(t, "romeo", 1, PUBLISH("urn:x", "c", TUNE));
    answer = ask(t, "romeo", 1,
                 MINE("get", PUBSUB("<items node='urn:x' max_items='2'/>")));
    assert_lacks(answer, "id='a'");
    assert_true(strstr(answer, "id='b'") < strstr(answer, "id='c'"));
    answer = ask(
        t, "romeo", 1,
        MINE("get", PUBSUB("<items node='urn:x'><item id='a'/><item id='c'/>"
                           "</items>")));
    assert_contains(answer, "id='a'");
    assert_lacks(answer, "id='b'");
    assert_contains(
        ask(t, "romeo", 1,
            MINE("get", PUBSUB("<items node='urn:x' max_items='0'/>"))),
        "<bad-request");
}

static void what_is_no_item_is_refused(void **state)
{
    struct fixture *t = *state;
    static const struct {
        const char *publish, *condition, *specific;
    } cases[] = {
        {"<publish><item>" TUNE "</item></publish>", "<bad-request",
         "<nodeid-required"},
        {"<publish node='n'/>", "<bad-request", "<item-required"},
        {"<publish node='n'><item/></publish>", "<bad-request",
         "<payload-required"},
        {"<publish node='n'><item>" TUNE TUNE "</item></publish>",
         "<bad-request", "<invalid-payload"},
        {"<publish node='n'><item>" TUNE "</item><item>" TUNE
         "</item></publish>",
         "<not-allowed", "<max-items-exceeded"},
    };

    login(t, "romeo", 1, "orchard");
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        char text[1024];
        const char *answer;

        snprintf(text, sizeof(text), MINE("set", PUBSUB("%s")),
                 cases[i].publish);
        answer = ask(t, "romeo", 1, text);
        assert_contains(answer, cases[i].condition);
        assert_contains(answer, cases[i].specific);
    }
}

static int setup_small(void **state)
{
    return setup_with(state,
                      "sm { pep-max-item-size = 1024\n pep-max-nodes = 2\n"
                      "pep-answer-size = 4096 }");
}

static void bounds_are_kept(void **state)
{
    struct fixture *t = *state;
    char text[3000], payload[2000];
    const char *answer;

    login(t, "romeo", 1, "orchard");
    memset(payload, 'x', 1100);
    payload[1100] = 0;
    snprintf(text, sizeof(text), PUBLISH("n", "i", "<a xmlns='u'>%s</a>"),
             payload);
    answer = ask(t, "romeo", 1, text);
    assert_contains(answer, "<not-acceptable");
    assert_contains(answer, "<payload-too-big");
    say(t, "romeo", 1, PUBLISH("one", "i", TUNE));
    say(t, "romeo", 1, PUBLISH("two", "i", TUNE));
    assert_contains(ask(t, "romeo", 1, PUBLISH("three", "i", TUNE)),
                    "<resource-constraint");
    /* What is there may be published to all the same. */
    assert_contains(ask(t, "romeo", 1, PUBLISH("two", "i", TUNE)), "'result'");
}

static void an_answer_has_an_end(void **state)
{
    struct fixture *t = *state;
    char text[3000], payload[1000];
    const char *answer;

    login(t, "romeo", 1, "orchard");
    say(t, "romeo", 1,
        PUBLISH_WITH("n", "i0", TUNE, OPTIONS(FIELD("max_items", "max"))));
    memset(payload, 'x', 900);
    payload[900] = 0;
    for (int i = 1; i < 8; i++) {
        snprintf(text, sizeof(text), PUBLISH("n", "i%d", "<a xmlns='u'>%s</a>"),
                 i, payload);
        say(t, "romeo", 1, text);
    }
    answer = ask(t, "romeo", 1, MINE("get", ITEMS("n")));
    assert_contains(answer, "id='i7'");
    assert_lacks(answer, "id='i0'");
}

static void nobody_publishes_for_another(void **state)
{
    struct fixture *t = *state;

    login(t, "romeo", 1, "orchard");
    login(t, "juliet", 2, "balcony");
    befriend(t);
    assert_contains(
        ask(t, "romeo", 1,
            SET(JULIET, PUBSUB("<publish node='urn:tune'><item>" TUNE
                               "</item></publish>"))),
        "<forbidden");
}

/* --- preconditions -------------------------------------------------------- */

static void
options_configure_what_is_made_and_are_asked_of_what_is(void **state)
{
    struct fixture *t = *state;
    const char *answer;

    login(t, "romeo", 1, "orchard");
    login(t, "juliet", 2, "balcony");
    say(t, "romeo", 1,
        PUBLISH_WITH("urn:x", "a", TUNE,
                     OPTIONS(FIELD("access_model", "open")
                                 FIELD("persist_items", "true"))));
    /* A stranger reads an open node. */
    assert_contains(ask(t, "juliet", 2, GET(ROMEO, ITEMS("urn:x"))), "Aubade");
    answer = ask(t, "romeo", 1,
                 PUBLISH_WITH("urn:x", "b", TUNE,
                              OPTIONS(FIELD("access_model", "open"))));
    assert_contains(answer, "'result'");
    answer = ask(t, "romeo", 1,
                 PUBLISH_WITH("urn:x", "c", TUNE,
                              OPTIONS(FIELD("access_model", "whitelist"))));
    assert_contains(answer, "<conflict");
    assert_contains(answer, "<precondition-not-met");
    answer = ask(
        t, "romeo", 1,
        PUBLISH_WITH("urn:x", "d", TUNE, OPTIONS(FIELD("unheard_of", "1"))));
    assert_contains(answer, "<precondition-not-met");
    answer = ask(t, "romeo", 1, MINE("get", ITEMS("urn:x")));
    assert_contains(answer, "id='b'");
}

static void as_many_as_may_be_is_max(void **state)
{
    struct fixture *t = *state;

    login(t, "romeo", 1, "orchard");
    say(t, "romeo", 1,
        PUBLISH_WITH("urn:x", "a", TUNE, OPTIONS(FIELD("max_items", "max"))));
    assert_contains(ask(t, "romeo", 1,
                        PUBLISH_WITH("urn:x", "b", TUNE,
                                     OPTIONS(FIELD("max_items", "10000000")))),
                    "'result'");
}

static void what_is_not_kept_is_told_all_the_same(void **state)
{
    struct fixture *t = *state;

    listens(t, "romeo", 1, "orchard");
    say(t, "romeo", 1,
        PUBLISH_WITH("urn:tune", "a", TUNE,
                     OPTIONS(FIELD("persist_items", "0"))));
    hears(t, 1, "Aubade");
    assert_lacks(ask(t, "romeo", 1, MINE("get", ITEMS("urn:tune"))), "Aubade");
}

/* --- events --------------------------------------------------------------- */

static void own_resources_hear_what_they_want(void **state)
{
    struct fixture *t = *state;

    listens(t, "romeo", 1, "orchard");
    login(t, "romeo", 2, "garden");
    say(t, "romeo", 2, PUBLISH("urn:tune", "a", TUNE));
    hears(t, 1, "type='headline'");
    hears_nothing_of(t, 2, "pubsub#event");
    say(t, "romeo", 2, PUBLISH("urn:mood", "a", TUNE));
    hears_nothing_of(t, 1, "pubsub#event");
}

static void contacts_hear_it_from_the_bare_address(void **state)
{
    struct fixture *t = *state;

    listens(t, "romeo", 1, "orchard");
    login(t, "juliet", 2, "balcony");
    befriend(t);
    say(t, "juliet", 2, PUBLISH("urn:tune", "a", TUNE));
    hears(t, 1, "from='juliet@example.com' id=");
}

static void strangers_and_one_sided_contacts_hear_nothing(void **state)
{
    struct fixture *t = *state;

    listens(t, "romeo", 1, "orchard");
    login(t, "juliet", 2, "balcony");
    has_contact(t, "juliet", ROMEO, SUB_TO); /* she sees him, he does not */
    say(t, "juliet", 2,
        PUBLISH_WITH("urn:tune", "a", TUNE,
                     OPTIONS(FIELD("access_model", "open"))));
    hears_nothing_of(t, 1, "pubsub#event");
}

static void blocked_contacts_hear_nothing_and_read_nothing(void **state)
{
    struct fixture *t = *state;

    listens(t, "romeo", 1, "orchard");
    login(t, "juliet", 2, "balcony");
    befriend(t);
    say(t, "juliet", 2,
        SET("juliet@example.com", "<block xmlns='urn:xmpp:blocking'>"
                                  "<item jid='romeo@example.com'/></block>"));
    say(t, "juliet", 2, PUBLISH("urn:tune", "a", TUNE));
    hears_nothing_of(t, 1, "pubsub#event");
    assert_contains(ask(t, "romeo", 1, GET(JULIET, ITEMS("urn:tune"))),
                    "<service-unavailable");
}

static void who_blocks_a_contact_hears_nothing_of_him(void **state)
{
    struct fixture *t = *state;

    listens(t, "romeo", 1, "orchard");
    login(t, "juliet", 2, "balcony");
    befriend(t);
    say(t, "romeo", 1,
        SET("romeo@example.com", "<block xmlns='urn:xmpp:blocking'>"
                                 "<item jid='juliet@example.com'/></block>"));
    say(t, "juliet", 2, PUBLISH("urn:tune", "a", TUNE));
    hears_nothing_of(t, 1, "pubsub#event");
}

static void events_are_not_kept_for_who_is_away(void **state)
{
    struct fixture *t = *state;

    login(t, "romeo", 1, "orchard");
    login(t, "juliet", 2, "balcony");
    befriend(t);
    say(t, "romeo", 1, "<presence type='unavailable'/>");
    say(t, "juliet", 2, PUBLISH("urn:tune", "a", TUNE));
    assert_int_equal(t->store.offline_count, 0);
    assert_int_equal(t->store.archived_count, 0);
}

static void nobody_forges_an_event(void **state)
{
    struct fixture *t = *state;

    listens(t, "romeo", 1, "orchard");
    login(t, "juliet", 2, "balcony");
    say(t, "juliet", 2,
        "<message type='headline' to='romeo@example.com' "
        "from='romeo@example.com'><event "
        "xmlns='http://jabber.org/protocol/pubsub#event'><items "
        "node='urn:tune'/></event></message>");
    hears(t, 1, "from='juliet@example.com/balcony'");
}

/* --- retracting ----------------------------------------------------------- */

static void what_is_retracted_is_gone_and_told(void **state)
{
    struct fixture *t = *state;

    listens(t, "romeo", 1, "orchard");
    say(t, "romeo", 1, PUBLISH("urn:tune", "a", TUNE));
    say(t, "romeo", 1,
        MINE("set",
             PUBSUB("<retract node='urn:tune'><item id='a'/></retract>")));
    hears(t, 1, "<retract id='a'/>");
    assert_lacks(ask(t, "romeo", 1, MINE("get", ITEMS("urn:tune"))), "Aubade");
    assert_contains(
        ask(t, "romeo", 1,
            MINE("set",
                 PUBSUB("<retract node='urn:tune'><item id='a'/></retract>"))),
        "<item-not-found");
    assert_contains(
        ask(t, "romeo", 1, MINE("set", PUBSUB("<retract node='urn:tune'/>"))),
        "<item-required");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_is_published_is_read_back),
        TEST(a_result_comes_after_the_commit),
        TEST(a_refused_write_is_told),
        TEST(an_item_without_id_gets_one),
        TEST(the_newest_takes_the_place_of_the_oldest),
        TEST(items_are_read_by_number_and_id_oldest_first),
        TEST(what_is_no_item_is_refused),
        cmocka_unit_test_setup_teardown(bounds_are_kept, setup_small, teardown),
        cmocka_unit_test_setup_teardown(an_answer_has_an_end, setup_small,
                                        teardown),
        TEST(nobody_publishes_for_another),
        TEST(options_configure_what_is_made_and_are_asked_of_what_is),
        TEST(as_many_as_may_be_is_max),
        TEST(what_is_not_kept_is_told_all_the_same),
        TEST(own_resources_hear_what_they_want),
        TEST(contacts_hear_it_from_the_bare_address),
        TEST(strangers_and_one_sided_contacts_hear_nothing),
        TEST(blocked_contacts_hear_nothing_and_read_nothing),
        TEST(who_blocks_a_contact_hears_nothing_of_him),
        TEST(events_are_not_kept_for_who_is_away),
        TEST(nobody_forges_an_event),
        TEST(what_is_retracted_is_gone_and_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
