/* Roster get, set and push (RFC 6121 §2, XEP-0237), and offline messages on
 * request (XEP-0013). */
#include "tests/unit/sm/queries.h"

#define ROSTER(inside)   "<query xmlns='jabber:iq:roster'>" inside "</query>"
#define ROSTER_GET       "<iq type='get' id='q1'>" ROSTER("") "</iq>"
#define ROSTER_SET(item) "<iq type='set' id='q1'>" ROSTER(item) "</iq>"
#define OFFLINE_NODE     "http://jabber.org/protocol/offline"
#define OFFLINE(inside)  "<offline xmlns='" OFFLINE_NODE "'>" inside "</offline>"

/* --- get ------------------------------------------------------------------ */

static void items_come_with_all_that_is_known(void **state)
{
    struct fixture *t = *state;
    const char *answer;

    login(t, "romeo", 1, "orchard");
    say(t, "romeo", 1,
        ROSTER_SET("<item jid='JULIET@example.com' name='Jule'>"
                   "<group>Friends</group><group>Family</group></item>"));
    roster_find(&account_of(t, "romeo")->roster, STR(JULIET))->state =
        SUB_FROM_OUT;
    answer = ask(t, "romeo", 1, ROSTER_GET);
    assert_contains(answer, "jid='juliet@example.com' name='Jule' "
                            "subscription='from' ask='subscribe'");
    assert_contains(answer, "<group>Friends</group><group>Family</group>");
}

static void a_request_that_waits_is_no_contact(void **state)
{
    struct fixture *t = *state;

    login(t, "romeo", 1, "orchard");
    roster_get(&account_of(t, "romeo")->roster, STR("paris@example.com"))
        ->state = SUB_NONE_IN;
    assert_lacks(ask(t, "romeo", 1, ROSTER_GET), "paris");
}

static void the_same_version_is_answered_without_items(void **state)
{
    struct fixture *t = *state;
    char ver[64] = "", stanza[256];
    const char *answer;

    login(t, "romeo", 1, "orchard");
    has_contact(t, "romeo", JULIET, SUB_BOTH);
    answer = strstr(ask(t, "romeo", 1, ROSTER_GET), "ver='");
    assert_non_null(answer);
    assert_int_equal(sscanf(answer, "ver='%60[0-9a-f]", ver), 1);
    snprintf(stanza, sizeof(stanza),
             "<iq type='get' id='q'><query xmlns='jabber:iq:roster' ver='%s'/>"
             "</iq>",
             ver);
    assert_lacks(ask(t, "romeo", 1, stanza), "query");
    say(t, "romeo", 1, ROSTER_SET("<item jid='nurse@example.com'/>"));
    assert_contains(ask(t, "romeo", 1, stanza), "nurse@example.com");
}

/* --- set ------------------------------------------------------------------ */

static void a_change_reaches_every_interested_resource(void **state)
{
    struct fixture *t = *state;

    login(t, "romeo", 1, "orchard");
    login(t, "romeo", 2, "garden");
    login(t, "romeo", 3, "street");
    say(t, "romeo", 2, ROSTER_GET);
    say(t, "romeo", 1, ROSTER_SET("<item jid='juliet@example.com'/>"));
    assert_contains(received(t, 2), "jid='juliet@example.com'");
    assert_contains(received(t, 1), "type='result'");
    assert_int_equal(waiting(t, 3), 0);
    assert_int_equal(t->store.roster_puts, 1);
}

static void a_change_is_answered_after_its_commit(void **state)
{
    struct fixture *t = *state;

    login(t, "romeo", 1, "orchard");
    t->store.is_stalled = true;
    say(t, "romeo", 1, ROSTER_SET("<item jid='juliet@example.com'/>"));
    assert_int_equal(waiting(t, 1), 0);
    store_answers(t);
    assert_contains(received(t, 1), "type='result'");
}

static void a_contact_is_removed_with_the_subscription(void **state)
{
    struct fixture *t = *state;

    login(t, "romeo", 1, "orchard");
    login(t, "juliet", 2, "balcony");
    has_contact(t, "romeo", JULIET, SUB_BOTH);
    has_contact(t, "juliet", ROMEO, SUB_BOTH);
    say(t, "romeo", 1, ROSTER_GET);
    say(t, "romeo", 1,
        ROSTER_SET("<item jid='juliet@example.com' subscription='remove'/>"));
    hears(t, 1, "subscription='remove'");
    assert_null(roster_find(&account_of(t, "romeo")->roster, STR(JULIET)));
    assert_int_equal(
        roster_find(&account_of(t, "juliet")->roster, STR(ROMEO))->state,
        SUB_NONE);
    assert_int_equal(t->store.roster_removes, 1);
}

static void wrong_items_are_refused(void **state)
{
    struct fixture *t = *state;
    static const struct {
        const char *items, *condition;
    } wrong[] = {
        {"", "<bad-request"},
        {"<item jid='a@b.c'/><item jid='d@b.c'/>", "<bad-request"},
        {"<item/>", "<bad-request"},
        {"<item jid='@'/>", "<jid-malformed"},
        {"<item jid='romeo@example.com'/>", "<not-allowed"},
        {"<item jid='a@b.c'><group/></item>", "<not-acceptable"},
        {"<item jid='a@b.c'><group>x</group><group>x</group></item>",
         "<bad-request"},
        {"<item jid='a@b.c' subscription='remove'/>", "<item-not-found"},
    };

    login(t, "romeo", 1, "orchard");
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        char stanza[512];

        snprintf(stanza, sizeof(stanza),
                 "<iq type='set' id='q'><query xmlns='jabber:iq:roster'>%s"
                 "</query></iq>",
                 wrong[i].items);
        assert_contains(ask(t, "romeo", 1, stanza), wrong[i].condition);
    }
    assert_int_equal(t->store.roster_puts, 0);
}

static int setup_small_roster(void **state)
{
    return setup_with(state, "sm { roster-max-items = 1 }");
}

static void the_roster_is_bounded(void **state)
{
    struct fixture *t = *state;

    login(t, "romeo", 1, "orchard");
    say(t, "romeo", 1, ROSTER_SET("<item jid='a@example.com'/>"));
    assert_contains(
        ask(t, "romeo", 1, ROSTER_SET("<item jid='b@example.com'/>")),
        "<resource-constraint");
    assert_contains(
        ask(t, "romeo", 1, ROSTER_SET("<item jid='a@example.com' name='A'/>")),
        "type='result'");
}

/* --- offline messages on request ------------------------------------------ */

/* Two messages wait for juliet, who has not sent presence. */
static void two_messages_wait(struct fixture *t)
{
    login(t, "romeo", 1, "orchard");
    for (int i = 0; i < 2; i++)
        say(t, "romeo", 1,
            "<message to='juliet@example.com' type='chat'><body>hark</body>"
            "</message>");
    open_session(t, "juliet", 2, "balcony");
}

static void headers_stop_the_flood(void **state)
{
    struct fixture *t = *state;

    two_messages_wait(t);
    assert_contains(
        ask(t, "juliet", 2,
            "<iq type='get' id='q'><query node='" OFFLINE_NODE "' "
            "xmlns='http://jabber.org/protocol/disco#items'/></iq>"),
        "node='2' name='romeo@example.com/orchard'");
    say(t, "juliet", 2, "<presence/>");
    assert_lacks(received(t, 2), "hark");
    assert_int_equal(t->store.fetched, 0);
}

static void one_message_is_viewed(void **state)
{
    struct fixture *t = *state;

    two_messages_wait(t);
    say(t, "juliet", 2,
        "<iq type='get' id='q'>" OFFLINE(
            "<item action='view' node='2'/>") "</iq>");
    assert_contains(received(t, 2), "<item node='2'/>");
    assert_contains(received(t, 2), "type='result'");
}

static void what_is_not_there_is_not_found(void **state)
{
    struct fixture *t = *state;

    two_messages_wait(t);
    assert_contains(ask(t, "juliet", 2,
                        "<iq type='get' id='q'>" OFFLINE(
                            "<item action='view' node='7'/>") "</iq>"),
                    "<item-not-found");
    assert_contains(ask(t, "juliet", 2,
                        "<iq type='set' id='q'>" OFFLINE(
                            "<item action='remove' node='1'/>"
                            "<item action='remove' node='7'/>") "</iq>"),
                    "<item-not-found");
    assert_contains(ask(t, "juliet", 2,
                        "<iq type='set' id='q'>" OFFLINE(
                            "<item action='remove' node='1'/>"
                            "<item action='remove' node='2'/>") "</iq>"),
                    "type='result'");
}

static void all_are_fetched_and_purged(void **state)
{
    struct fixture *t = *state;

    two_messages_wait(t);
    say(t, "juliet", 2, "<iq type='get' id='q'>" OFFLINE("<fetch/>") "</iq>");
    assert_int_equal(waiting(t, 2), 3);
    assert_contains(ask(t, "juliet", 2,
                        "<iq type='set' id='q'>" OFFLINE("<purge/>") "</iq>"),
                    "type='result'");
    assert_true(t->store.fetched >= 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(items_come_with_all_that_is_known),
        TEST(a_request_that_waits_is_no_contact),
        TEST(the_same_version_is_answered_without_items),
        TEST(a_change_reaches_every_interested_resource),
        TEST(a_change_is_answered_after_its_commit),
        TEST(a_contact_is_removed_with_the_subscription),
        TEST(wrong_items_are_refused),
        cmocka_unit_test_setup_teardown(the_roster_is_bounded,
                                        setup_small_roster, teardown),
        TEST(headers_stop_the_flood),
        TEST(one_message_is_viewed),
        TEST(what_is_not_there_is_not_found),
        TEST(all_are_fetched_and_purged),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
