/* What is archived, as which row, and what an acknowledgement waits for. */
#include "tests/unit/sm/fixture.h"

#include "sm/archive/archive.h"

#define CHAT(to) "<message to='" to "' type='chat'><body>hark</body></message>"
#define JULIET   "juliet@example.com"

static struct archived *row(struct fixture *t, size_t index)
{
    assert_true(index < t->store.archived_count);
    return &t->store.archived[index];
}

static void two_talk(struct fixture *t)
{
    login(t, "romeo", 1, "orchard");
    login(t, "juliet", 2, "balcony");
    forget(t);
}

static void a_message_is_one_row_for_both_sides(void **state)
{
    struct fixture *t = *state;

    two_talk(t);
    send_frame(t, "romeo", 1, 7, CHAT(JULIET));

    assert_int_equal(t->store.archived_count, 1);
    assert_int_equal(row(t, 0)->sender, 'r');
    assert_int_equal(row(t, 0)->recipient, 'j');
    assert_null(strstr(row(t, 0)->stanza, "stanza-id"));
}

static void the_recipient_is_told_the_id_in_his_archive(void **state)
{
    struct fixture *t = *state;
    char stamp[128];

    two_talk(t);
    send_frame(t, "romeo", 1, 7, CHAT(JULIET));

    snprintf(stamp, sizeof(stamp), "by='" JULIET "' id='%lld'",
             (long long)row(t, 0)->id);
    assert_contains(received(t, 2), stamp);
}

static void
it_is_delivered_at_once_and_acknowledged_after_its_commit(void **state)
{
    struct fixture *t = *state;
    unsigned before;

    two_talk(t);
    before = t->discharged;
    t->store.is_stalled = true;
    send_frame(t, "romeo", 1, 7, CHAT(JULIET));

    assert_contains(received(t, 2), "hark");
    assert_int_equal(t->discharged, before);

    store_answers(t);
    assert_int_equal(t->discharged, before + 1);
}

static void what_waits_is_the_same_row(void **state)
{
    struct fixture *t = *state;

    login(t, "romeo", 1, "orchard");
    send_frame(t, "romeo", 1, 7, CHAT(JULIET));

    assert_int_equal(t->store.offline_count, 1);
    assert_int_equal(t->store.archived_count, 1);
    assert_int_equal(row(t, 0)->sender, 'r');
    assert_int_equal(row(t, 0)->recipient, 'j');
}

static void typing_becomes_no_row(void **state)
{
    struct fixture *t = *state;

    two_talk(t);
    send_frame(t, "romeo", 1, 7,
               "<message to='" JULIET "' type='chat'><composing "
               "xmlns='http://jabber.org/protocol/chatstates'/></message>");

    assert_int_equal(t->store.archived_count, 0);
}

static void one_who_is_not_here_leaves_the_senders_half(void **state)
{
    struct fixture *t = *state;

    login(t, "romeo", 1, "orchard");
    send_frame(t, "romeo", 1, 7, CHAT("nobody@example.com"));
    send_frame(t, "romeo", 1, 8, CHAT("juliet@elsewhere.example"));

    assert_int_equal(t->store.archived_count, 2);
    assert_int_equal(row(t, 0)->sender, 'r');
    assert_int_equal(row(t, 0)->recipient, 0);
    assert_contains(row(t, 0)->stanza, "hark");
    assert_int_equal(row(t, 1)->sender, 'r');
}

static void a_note_to_oneself_is_one_of_the_received(void **state)
{
    struct fixture *t = *state;

    two_talk(t);
    send_frame(t, "juliet", 2, 7, CHAT(JULIET));

    assert_int_equal(t->store.archived_count, 1);
    assert_int_equal(row(t, 0)->sender, 0);
    assert_int_equal(row(t, 0)->recipient, 'j');
}

static void ids_grow(void **state)
{
    struct fixture *t = *state;

    two_talk(t);
    for (unsigned i = 0; i < 20; i++)
        send_frame(t, "romeo", 1, 7 + i, CHAT(JULIET));

    for (size_t i = 1; i < 20; i++)
        assert_true(row(t, i)->id > row(t, i - 1)->id);
}

static void preferences_are_per_side(void **state)
{
    struct fixture *t = *state;

    two_talk(t);
    send_frame(t, "juliet", 2, 7,
               "<iq type='set' id='p'><prefs xmlns='urn:xmpp:mam:2' "
               "default='never'/></iq>");
    assert_string_equal(t->store.written, "never||");
    send_frame(t, "romeo", 1, 7, CHAT(JULIET));

    assert_int_equal(t->store.archived_count, 1);
    assert_int_equal(row(t, 0)->sender, 'r');
    forget(t);
    send_frame(t, "juliet", 2, 8, CHAT("romeo@example.com"));
    assert_int_equal(row(t, 1)->sender, 0);
    assert_int_equal(row(t, 1)->recipient, 'r');
}

static void a_page_asks_for_one_more_between_its_bounds(void **state)
{
    struct fixture *t = *state;

    two_talk(t);
    send_frame(t, "juliet", 2, 7,
               "<iq type='set' id='a'><query xmlns='urn:xmpp:mam:2'><x "
               "xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE'>"
               "<value>urn:xmpp:mam:2</value></field><field var='start'>"
               "<value>1970-01-01T00:00:01Z</value></field><field var='with'>"
               "<value>romeo@example.com</value></field></x><set "
               "xmlns='http://jabber.org/protocol/rsm'><max>2</max></set>"
               "</query></iq>");

    assert_int_equal(t->store.page.account, 'j');
    assert_int_equal(t->store.page.max, 3);
    assert_true(t->store.page.above == archive_id_at(1000) - 1);
    assert_true(t->store.page.peer == archive_peer(STR("romeo@example.com")));
    assert_contains(received(t, 2), "complete='true'");
}

static void more_than_a_page_is_not_complete(void **state)
{
    static const char *rows[3][3] = {
        {"11", "<message type='chat'><body>one</body></message>", ""},
        {"12", "<message type='chat'><body>two</body></message>", ""},
        {"13", "<message type='chat'><body>three</body></message>", ""},
    };
    struct fixture *t = *state;
    const char *fin;

    two_talk(t);
    t->store.rows = rows;
    t->store.row_count = 3;
    send_frame(t, "juliet", 2, 7,
               "<iq type='set' id='a'><query xmlns='urn:xmpp:mam:2'><set "
               "xmlns='http://jabber.org/protocol/rsm'><max>2</max></set>"
               "</query></iq>");

    assert_contains(received(t, 2), "one");
    assert_contains(received(t, 2), "two");
    fin = received(t, 2);
    assert_contains(fin, "<last>12</last>");
    assert_null(strstr(fin, "complete"));
}

#define SEARCH(id)                                                             \
    "<iq type='set' id='" id "'><query xmlns='urn:xmpp:mam:2'><x "             \
    "xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE'>"              \
    "<value>urn:xmpp:mam:2</value></field><field "                             \
    "var='{urn:xmpp:fulltext:0}fulltext'><value>hark</value></field></x>"      \
    "</query></iq>"

#define QUESTION(id, inside)                                                   \
    "<iq type='set' id='" id "'><query xmlns='urn:xmpp:mam:2'>" inside         \
    "</query></iq>"
#define SET(inside)                                                            \
    "<set xmlns='http://jabber.org/protocol/rsm'>" inside "</set>"

static void a_page_of_none_counts(void **state)
{
    static const char *rows[1][3] = {{"4711", "", ""}};
    struct fixture *t = *state;
    const char *fin;

    two_talk(t);
    t->store.rows = rows;
    t->store.row_count = 1;
    send_frame(t, "juliet", 2, 7, QUESTION("a", SET("<max>0</max>")));

    assert_int_equal(t->store.counts, 1);
    assert_true(t->store.page.is_search);
    fin = received(t, 2);
    assert_contains(fin, "<count>4711</count>");
    assert_null(strstr(fin, "complete"));
    assert_null(strstr(fin, "<first"));
}

static void who_has_read_all_gets_no_offline_messages(void **state)
{
    static const struct {
        const char *question;
        bool reads;
    } cases[] = {
        {QUESTION("a", ""), true},
        {QUESTION("a", SET("<max>1</max><before/>")), true},
        {QUESTION("a", SET("<max>0</max>")), false},
        {QUESTION("a", SET("<max>many</max>")), false},
        {QUESTION("a", SET("<after>4711</after>")), false},
        {SEARCH("a"), false},
    };
    struct fixture *t = *state;

    login(t, "juliet", 2, "balcony");
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct session *session = account_find(&t->sm, STR(JULIET))->sessions;

        session->is_available = session->reads_archive = false;
        send_frame(t, "juliet", 2, (unsigned)(7 + i), cases[i].question);
        assert_int_equal(session->reads_archive, cases[i].reads);
    }
}

static void a_search_that_was_given_up_may_be_tried_again(void **state)
{
    struct fixture *t = *state;

    two_talk(t);
    t->store.page_end = STORE_TOO_LONG;
    send_frame(t, "juliet", 2, 7, SEARCH("a"));
    assert_contains(received(t, 2), "type='wait'><resource-constraint");

    t->store.page_end = STORE_ALL;
    send_frame(t, "juliet", 2, 8, SEARCH("b"));
    assert_contains(received(t, 2), "complete='true'");
}

static void one_account_searches_once_at_a_time(void **state)
{
    struct fixture *t = *state;

    two_talk(t);
    t->store.is_stalled = true;
    send_frame(t, "juliet", 2, 7, SEARCH("a"));
    send_frame(t, "juliet", 2, 8, SEARCH("b"));
    send_frame(t, "romeo", 1, 7, SEARCH("c"));

    assert_contains(received(t, 2), "id='b'");
    store_answers(t);
    assert_contains(received(t, 2), "complete='true'");
    assert_contains(received(t, 1), "complete='true'");
}

static void few_search_at_once(void **state)
{
    struct fixture *t = *state;

    two_talk(t);
    t->sm.searches = (unsigned)config_int(t->sm.config, "sm.searches");
    send_frame(t, "juliet", 2, 7, SEARCH("a"));

    assert_contains(received(t, 2), "type='wait'><resource-constraint");
    t->sm.searches = 0;
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(a_message_is_one_row_for_both_sides),
        CASE(the_recipient_is_told_the_id_in_his_archive),
        CASE(it_is_delivered_at_once_and_acknowledged_after_its_commit),
        CASE(what_waits_is_the_same_row),
        CASE(typing_becomes_no_row),
        CASE(one_who_is_not_here_leaves_the_senders_half),
        CASE(a_note_to_oneself_is_one_of_the_received),
        CASE(ids_grow),
        CASE(preferences_are_per_side),
        CASE(a_page_asks_for_one_more_between_its_bounds),
        CASE(more_than_a_page_is_not_complete),
        CASE(a_search_that_was_given_up_may_be_tried_again),
        CASE(one_account_searches_once_at_a_time),
        CASE(few_search_at_once),
        CASE(a_page_of_none_counts),
        CASE(who_has_read_all_gets_no_offline_messages),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
