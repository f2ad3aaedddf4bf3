/* Blocking (XEP-0191) and privacy lists (XEP-0016). */
#include "tests/unit/sm/queries.h"

#define BLOCK(items)                                                           \
    SET(JULIET, "<block xmlns='urn:xmpp:blocking'>" items "</block>")
#define UNBLOCK(items)                                                         \
    SET(JULIET, "<unblock xmlns='urn:xmpp:blocking'>" items "</unblock>")
#define ITEM(jid)         "<item jid='" jid "'/>"
#define BLOCKLIST         GET(JULIET, "<blocklist xmlns='urn:xmpp:blocking'/>")
#define PRIVACY(inside)   "<query xmlns='jabber:iq:privacy'>" inside "</query>"
#define LIST(name, items) "<list name='" name "'>" items "</list>"
#define DENY_ALL          "<item action='deny' order='1'/>"
#define CHAT                                                                   \
    "<message to='juliet@example.com' type='chat'><body>hark</body></message>"

static void both_are_here(struct fixture *t)
{
    login(t, "romeo", 1, "orchard");
    login(t, "juliet", 2, "balcony");
}

/* --- blocking ------------------------------------------------------------- */

static void a_blocked_person_is_not_heard(void **state)
{
    struct fixture *t = *state;

    both_are_here(t);
    say(t, "juliet", 2, BLOCK(ITEM(ROMEO)));
    hears(t, 2, "type='result'");
    assert_contains(ask(t, "romeo", 1, CHAT), "<service-unavailable");
    assert_int_equal(waiting(t, 2), 0);
}

static void a_blocked_person_gets_no_vcard(void **state)
{
    struct fixture *t = *state;

    both_are_here(t);
    say(t, "juliet", 2, BLOCK(ITEM(ROMEO)));
    assert_contains(
        ask(t, "romeo", 1, GET(JULIET, "<vCard xmlns='vcard-temp'/>")),
        "<service-unavailable");
}

static void a_blocked_contact_sees_the_user_leave_and_return(void **state)
{
    struct fixture *t = *state;

    both_are_here(t);
    has_contact(t, "juliet", ROMEO, SUB_FROM);
    say(t, "juliet", 2, BLOCK(ITEM(ROMEO)));
    assert_contains(received(t, 1), "type='unavailable'");
    say(t, "juliet", 2, UNBLOCK(ITEM(ROMEO)));
    assert_contains(received(t, 1), "from='juliet@example.com/balcony'");
}

static void blocking_a_domain_is_seen_by_its_contacts(void **state)
{
    struct fixture *t = *state;

    both_are_here(t);
    has_contact(t, "juliet", ROMEO, SUB_FROM);
    say(t, "juliet", 2, BLOCK(ITEM(SERVER)));
    assert_contains(received(t, 1), "type='unavailable'");
}

static void blocking_again_tells_nobody_again(void **state)
{
    struct fixture *t = *state;

    both_are_here(t);
    has_contact(t, "juliet", ROMEO, SUB_FROM);
    say(t, "juliet", 2, BLOCK(ITEM(ROMEO)));
    say(t, "juliet", 2, BLOCK(ITEM(ROMEO) ITEM("paris@example.com")));
    assert_int_equal(waiting(t, 1), 0);
}

static void an_address_is_blocked_once(void **state)
{
    struct fixture *t = *state;
    const char *list;

    both_are_here(t);
    say(t, "juliet", 2, BLOCK(ITEM(ROMEO) ITEM("ROMEO@Example.com")));
    list = strstr(ask(t, "juliet", 2, BLOCKLIST), ROMEO);
    assert_non_null(list);
    assert_null(strstr(list + 1, ROMEO));
}

static void those_who_asked_for_the_list_learn_of_changes(void **state)
{
    struct fixture *t = *state;

    both_are_here(t);
    login(t, "juliet", 3, "chamber");
    say(t, "juliet", 3, BLOCKLIST);
    say(t, "juliet", 2, BLOCK(ITEM(ROMEO)));
    assert_contains(received(t, 3), "<item jid='romeo@example.com'/>");
    assert_contains(received(t, 2), "<list name='urn:xmpp:blocking'/>");
    assert_contains(received(t, 2), "type='result'");
    say(t, "juliet", 2, UNBLOCK(""));
    assert_contains(received(t, 3), "<unblock xmlns='urn:xmpp:blocking'/>");
    assert_lacks(ask(t, "juliet", 2, BLOCKLIST), ROMEO);
}

static void a_block_of_nobody_is_bad(void **state)
{
    struct fixture *t = *state;

    both_are_here(t);
    assert_contains(ask(t, "juliet", 2, BLOCK("")), "<bad-request");
    assert_contains(ask(t, "juliet", 2, BLOCK(ITEM("@"))), "<jid-malformed");
}

static void nobody_blocks_himself(void **state)
{
    struct fixture *t = *state;

    both_are_here(t);
    login(t, "juliet", 3, "chamber");
    assert_contains(ask(t, "juliet", 2, BLOCK(ITEM(JULIET))), "<not-allowed");
    say(t, "juliet", 2, BLOCK(ITEM(SERVER)));
    say(t, "juliet", 2,
        "<message to='juliet@example.com/chamber'><body>x</body></message>");
    assert_contains(received(t, 3), "<body>x</body>");
}

static int setup_short_list(void **state)
{
    return setup_with(state, "sm { blocklist-max-items = 2 }");
}

static void the_block_list_is_bounded(void **state)
{
    struct fixture *t = *state;

    both_are_here(t);
    assert_contains(
        ask(t, "juliet", 2, BLOCK(ITEM("a@b.c") ITEM("d@b.c") ITEM("e@b.c"))),
        "<resource-constraint");
    say(t, "juliet", 2, BLOCK(ITEM("a@b.c") ITEM("d@b.c")));
    hears(t, 2, "type='result'");
}

/* --- privacy lists -------------------------------------------------------- */

static void an_active_list_rules_its_session(void **state)
{
    struct fixture *t = *state;

    both_are_here(t);
    say(t, "juliet", 2, SET(JULIET, PRIVACY(LIST("no", DENY_ALL))));
    say(t, "juliet", 2, SET(JULIET, PRIVACY("<active name='no'/>")));
    assert_contains(ask(t, "romeo", 1,
                        "<message to='juliet@example.com/balcony'>"
                        "<body>x</body></message>"),
                    "<service-unavailable");
    say(t, "juliet", 2, SET(JULIET, PRIVACY("<active/>")));
    say(t, "romeo", 1, CHAT);
    assert_contains(received(t, 2), "hark");
}

static void the_first_item_in_order_decides(void **state)
{
    struct fixture *t = *state;

    both_are_here(t);
    say(t, "juliet", 2,
        SET(JULIET,
            PRIVACY(LIST("l", "<item action='deny' order='9'/>"
                              "<item type='jid' value='romeo@example.com' "
                              "action='allow' order='3'/>"))));
    say(t, "juliet", 2, SET(JULIET, PRIVACY("<default name='l'/>")));
    say(t, "romeo", 1, CHAT);
    assert_contains(received(t, 2), "hark");
}

static void lists_are_told_by_name_and_content(void **state)
{
    struct fixture *t = *state;
    const char *answer;

    both_are_here(t);
    say(t, "juliet", 2, SET(JULIET, PRIVACY(LIST("no", DENY_ALL))));
    assert_contains(received(t, 2), "<list name='no'/>");
    assert_contains(received(t, 2), "type='result'");
    say(t, "juliet", 2, SET(JULIET, PRIVACY("<default name='no'/>")));
    answer = ask(t, "juliet", 2, GET(JULIET, PRIVACY("")));
    assert_contains(answer, "<default name='no'/><list name='no'/>");
    answer = ask(t, "juliet", 2, GET(JULIET, PRIVACY("<list name='no'/>")));
    assert_contains(answer, DENY_ALL);
    assert_contains(
        ask(t, "juliet", 2, GET(JULIET, PRIVACY("<list name='none'/>"))),
        "<item-not-found");
}

static void only_what_a_list_says_is_stored(void **state)
{
    struct fixture *t = *state;

    both_are_here(t);
    say(t, "juliet", 2,
        SET(JULIET,
            PRIVACY(LIST("l", "<item action='deny' order='1' x='y'><message/>"
                              "<z xmlns='urn:z'/></item>"))));
    assert_contains(t->store.written, "<message/>");
    assert_lacks(t->store.written, "urn:z");
}

static void wrong_lists_change_nothing(void **state)
{
    struct fixture *t = *state;
    static const char *const wrong[] = {
        LIST("l",
             "<item action='deny' order='1'/><item action='allow' order='1'/>"),
        LIST("l", "<item action='maybe' order='1'/>"),
        LIST("l", "<item action='deny' order='-1'/>"),
        LIST("l", "<item type='jid' value='@' action='deny' order='1'/>"),
        LIST("l",
             "<item type='subscription' value='x' action='deny' order='1'/>"),
        LIST("", DENY_ALL),
        LIST("l", DENY_ALL) LIST("m", DENY_ALL),
    };

    both_are_here(t);
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        char stanza[512];

        snprintf(stanza, sizeof(stanza),
                 "<iq type='set' id='q'><query xmlns='jabber:iq:privacy'>%s"
                 "</query></iq>",
                 wrong[i]);
        assert_contains(ask(t, "juliet", 2, stanza), "<bad-request");
    }
    assert_null(account_of(t, "juliet")->privacy.lists);
}

static void a_group_that_is_not_there_is_not_found(void **state)
{
    struct fixture *t = *state;

    both_are_here(t);
    assert_contains(
        ask(t, "juliet", 2,
            SET(JULIET, PRIVACY(LIST("l", "<item type='group' value='Foes' "
                                          "action='deny' order='1'/>")))),
        "<item-not-found");
}

static void a_list_that_rules_another_resource_stays(void **state)
{
    struct fixture *t = *state;

    both_are_here(t);
    login(t, "juliet", 3, "chamber");
    say(t, "juliet", 3, SET(JULIET, PRIVACY(LIST("no", DENY_ALL))));
    say(t, "juliet", 3, SET(JULIET, PRIVACY("<active name='no'/>")));
    assert_contains(ask(t, "juliet", 2, SET(JULIET, PRIVACY(LIST("no", "")))),
                    "<conflict");
    say(t, "juliet", 3, SET(JULIET, PRIVACY(LIST("no", ""))));
    assert_null(account_of(t, "juliet")->privacy.lists);
}

/* --- one store for both (XEP-0191 §5) ------------------------------------- */

static void the_block_list_is_the_default_list(void **state)
{
    struct fixture *t = *state;
    const char *answer;

    both_are_here(t);
    say(t, "juliet", 2, BLOCK(ITEM(ROMEO)));
    answer = ask(t, "juliet", 2, GET(JULIET, PRIVACY("")));
    assert_contains(answer, "<default name='urn:xmpp:blocking'/>");
    answer = ask(t, "juliet", 2,
                 GET(JULIET, PRIVACY("<list name='urn:xmpp:blocking'/>")));
    assert_contains(answer, "<item type='jid' value='romeo@example.com' "
                            "action='deny' order='1'/>");
    say(t, "juliet", 2, UNBLOCK(ITEM(ROMEO)));
    assert_lacks(ask(t, "juliet", 2, GET(JULIET, PRIVACY(""))), "default");
    assert_null(account_of(t, "juliet")->privacy.lists);
}

static void blocking_goes_before_what_the_default_list_says(void **state)
{
    struct fixture *t = *state;
    const char *answer;

    both_are_here(t);
    say(t, "juliet", 2,
        SET(JULIET, PRIVACY(LIST("l", "<item action='allow' order='5'/>"))));
    say(t, "juliet", 2, SET(JULIET, PRIVACY("<default name='l'/>")));
    say(t, "juliet", 2, BLOCK(ITEM(ROMEO)));
    answer = ask(t, "juliet", 2, GET(JULIET, PRIVACY("<list name='l'/>")));
    assert_contains(answer, "action='deny' order='1'/>"
                            "<item action='allow' order='2'/>");
    assert_contains(ask(t, "romeo", 1, CHAT), "<service-unavailable");
    say(t, "juliet", 2, UNBLOCK(""));
    answer = ask(t, "juliet", 2, GET(JULIET, PRIVACY("<list name='l'/>")));
    assert_contains(answer, "<list name='l'><item action='allow' order='1'/>");
}

static void another_default_list_is_another_block_list(void **state)
{
    struct fixture *t = *state;

    both_are_here(t);
    say(t, "juliet", 2, BLOCKLIST);
    say(t, "juliet", 2, BLOCK(ITEM("paris@example.com")));
    say(t, "juliet", 2,
        SET(JULIET,
            PRIVACY(LIST("l", "<item type='jid' value='romeo@example.com' "
                              "action='deny' order='1'/>"
                              "<item type='jid' value='nurse@example.com' "
                              "action='deny' order='2'><message/></item>"))));
    say(t, "juliet", 2, SET(JULIET, PRIVACY("<default name='l'/>")));
    assert_contains(received(t, 2), "<unblock xmlns='urn:xmpp:blocking'>"
                                    "<item jid='paris@example.com'/>");
    assert_contains(received(t, 2), "<block xmlns='urn:xmpp:blocking'>"
                                    "<item jid='romeo@example.com'/></block>");
    assert_contains(ask(t, "juliet", 2, BLOCKLIST),
                    "<blocklist xmlns='urn:xmpp:blocking'>"
                    "<item jid='romeo@example.com'/></blocklist>");
}

static void an_active_list_stands_above_the_block_list(void **state)
{
    struct fixture *t = *state;

    both_are_here(t);
    say(t, "juliet", 2, BLOCK(ITEM(ROMEO)));
    say(t, "juliet", 2,
        SET(JULIET, PRIVACY(LIST("l", "<item action='allow' order='1'/>"))));
    say(t, "juliet", 2, SET(JULIET, PRIVACY("<active name='l'/>")));
    say(t, "romeo", 1, CHAT);
    hears(t, 2, "hark");
}

/* --- in both directions --------------------------------------------------- */

static void an_active_list_rules_what_is_sent_to_everyone(void **state)
{
    struct fixture *t = *state;

    both_are_here(t);
    login(t, "juliet", 3, "chamber");
    say(t, "juliet", 2, SET(JULIET, PRIVACY(LIST("no", DENY_ALL))));
    say(t, "juliet", 2, SET(JULIET, PRIVACY("<active name='no'/>")));
    say(t, "romeo", 1, CHAT);
    assert_contains(received(t, 3), "hark");
    assert_int_equal(waiting(t, 2), 0);
    say(t, "juliet", 3, SET(JULIET, PRIVACY("<active name='no'/>")));
    assert_contains(ask(t, "romeo", 1, CHAT), "<service-unavailable");
    assert_int_equal(t->store.offline_count, 0);
}

static void nobody_speaks_to_whom_his_list_denies(void **state)
{
    struct fixture *t = *state;
    const char *answer;

    both_are_here(t);
    say(t, "juliet", 2, SET(JULIET, PRIVACY(LIST("no", DENY_ALL))));
    say(t, "juliet", 2, SET(JULIET, PRIVACY("<active name='no'/>")));
    answer = ask(t, "juliet", 2, "<message to='romeo@example.com'/>");
    assert_contains(answer, "<not-acceptable");
    assert_lacks(answer, "urn:xmpp:blocking:errors");
    assert_contains(ask(t, "juliet", 2,
                        "<presence to='romeo@example.com' type='subscribe'/>"),
                    "<not-acceptable");
    assert_int_equal(waiting(t, 1), 0);
    /* The server answers all the same. */
    assert_contains(
        ask(t, "juliet", 2, GET(SERVER, "<ping xmlns='urn:xmpp:ping'/>")),
        "type='result'");
}

static void a_rule_on_what_comes_in_says_nothing_of_what_goes_out(void **state)
{
    struct fixture *t = *state;

    both_are_here(t);
    say(t, "juliet", 2,
        SET(JULIET, PRIVACY(LIST("l", "<item action='deny' order='1'>"
                                      "<message/></item>"))));
    say(t, "juliet", 2, SET(JULIET, PRIVACY("<active name='l'/>")));
    say(t, "juliet", 2,
        "<message to='romeo@example.com'><body>x</body></message>");
    assert_contains(received(t, 1), "<body>x</body>");
    say(t, "romeo", 1, "<presence to='juliet@example.com' type='subscribe'/>");
    assert_contains(received(t, 2), "type='subscribe'");
}

static void an_answer_of_a_blocked_person_vanishes(void **state)
{
    struct fixture *t = *state;

    both_are_here(t);
    say(t, "juliet", 2, BLOCK(ITEM(ROMEO)));
    say(t, "romeo", 1,
        "<iq type='result' id='q' to='juliet@example.com/balcony'/>");
    assert_int_equal(waiting(t, 1), 0);
    assert_int_equal(waiting(t, 2), 0);
}

/* --- presence follows (XEP-0016 §2.10, §2.11) ----------------------------- */

static void a_contact_sees_a_list_start_and_stop_denying(void **state)
{
    struct fixture *t = *state;

    both_are_here(t);
    has_contact(t, "juliet", ROMEO, SUB_FROM);
    say(t, "juliet", 2,
        SET(JULIET, PRIVACY(LIST("l", "<item action='deny' order='1'>"
                                      "<presence-out/></item>"))));
    assert_int_equal(waiting(t, 1), 0);
    say(t, "juliet", 2, SET(JULIET, PRIVACY("<active name='l'/>")));
    assert_contains(received(t, 1), "type='unavailable'");
    say(t, "juliet", 2, SET(JULIET, PRIVACY("<active name='l'/>")));
    assert_int_equal(waiting(t, 1), 0);
    say(t, "juliet", 2, SET(JULIET, PRIVACY("<active/>")));
    assert_contains(received(t, 1), "from='juliet@example.com/balcony'");
}

static void a_user_sees_those_leave_whom_his_list_denies(void **state)
{
    struct fixture *t = *state;

    both_are_here(t);
    has_contact(t, "juliet", ROMEO, SUB_TO);
    has_contact(t, "romeo", JULIET, SUB_FROM);
    say(t, "juliet", 2,
        SET(JULIET, PRIVACY(LIST("l", "<item action='deny' order='1'>"
                                      "<presence-in/></item>"))));
    say(t, "juliet", 2, SET(JULIET, PRIVACY("<default name='l'/>")));
    hears(t, 2, "<presence from='romeo@example.com' type='unavailable'");
    say(t, "juliet", 2, SET(JULIET, PRIVACY("<default/>")));
    hears(t, 2, "<presence from='romeo@example.com/orchard'");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_blocked_person_is_not_heard),
        TEST(a_blocked_person_gets_no_vcard),
        TEST(a_blocked_contact_sees_the_user_leave_and_return),
        TEST(blocking_a_domain_is_seen_by_its_contacts),
        TEST(blocking_again_tells_nobody_again),
        TEST(an_address_is_blocked_once),
        TEST(those_who_asked_for_the_list_learn_of_changes),
        TEST(a_block_of_nobody_is_bad),
        TEST(nobody_blocks_himself),
        cmocka_unit_test_setup_teardown(the_block_list_is_bounded,
                                        setup_short_list, teardown),
        TEST(an_active_list_rules_its_session),
        TEST(the_first_item_in_order_decides),
        TEST(lists_are_told_by_name_and_content),
        TEST(only_what_a_list_says_is_stored),
        TEST(wrong_lists_change_nothing),
        TEST(a_group_that_is_not_there_is_not_found),
        TEST(a_list_that_rules_another_resource_stays),
        TEST(the_block_list_is_the_default_list),
        TEST(blocking_goes_before_what_the_default_list_says),
        TEST(another_default_list_is_another_block_list),
        TEST(an_active_list_stands_above_the_block_list),
        TEST(an_active_list_rules_what_is_sent_to_everyone),
        TEST(nobody_speaks_to_whom_his_list_denies),
        TEST(a_rule_on_what_comes_in_says_nothing_of_what_goes_out),
        TEST(an_answer_of_a_blocked_person_vanishes),
        TEST(a_contact_sees_a_list_start_and_stop_denying),
        TEST(a_user_sees_those_leave_whom_his_list_denies),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
