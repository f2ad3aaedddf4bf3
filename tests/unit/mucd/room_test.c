/* A room's core: fan-out, what is committed before it is acknowledged, and
 * hostile peers. */
#include "tests/unit/mucd/fixture.h"

static int setup_without_limits(void **state)
{
    return setup_with(state, "mucd { join-rate = 0 message-rate = 0 }");
}

static int setup_with_little(void **state)
{
    return setup_with(state, "mucd { message-rate = 0 max-held-size = 65536 }");
}

static void one_frame_reaches_all_users_of_an_sm(void **state)
{
    struct fixture *t = *state;
    char name[16];

    create(t);
    for (int i = 0; i < 200; i++) {
        snprintf(name, sizeof(name), "user%d", i);
        join(t, name, name);
    }
    forget(t);

    say(t, "user7", "c2s/0:1:sm/0:1", "hello");

    assert_int_equal(t->sent_count, 1);
    assert_int_equal(count(t, "user199@example.com/r\n"), 1);
    assert_int_equal(count(t, "<body>hello</body>"), 1);
}

static void who_enters_gets_everybody_in_one_frame(void **state)
{
    struct fixture *t = *state;
    char name[16];

    create(t);
    for (int i = 0; i < 100; i++) {
        snprintf(name, sizeof(name), "user%d", i);
        join(t, name, name);
    }
    forget(t);

    join(t, "late", "late");

    /* His own, one for those who see no addresses, one for moderators. */
    assert_int_equal(t->sent_count, 3);
}

static void nothing_is_acknowledged_before_its_commit(void **state)
{
    struct fixture *t = *state;
    unsigned before;

    create(t);
    before = t->acknowledged;
    t->store.is_stalled = true;

    say(t, "owner", "c2s/0:1:sm/0:1", "hello");
    assert_int_equal(count(t, "hello"), 0);
    assert_int_equal(t->acknowledged, before);

    t->store.is_stalled = false;
    settle(t);
    assert_int_equal(count(t, "hello"), 1);
    assert_int_equal(t->acknowledged, before + 1);
}

static void a_room_keeps_its_order_while_the_database_is_away(void **state)
{
    static const char *const expected[] = {"first", "away", "second",
                                           "type='unavailable'"};
    struct fixture *t = *state;

    create(t);
    join(t, "juliet", "juliet");
    t->store.is_stalled = true;
    forget(t);

    say(t, "owner", "c2s/0:1:sm/0:1", "first");
    send(t, "<presence from='juliet@example.com/r' to='" ROOM
            "/juliet'><show>away</show></presence>");
    say(t, "juliet", "c2s/0:1:sm/0:2", "second");
    send(t, "<presence type='unavailable' from='juliet@example.com/r' to='" ROOM
            "/juliet'/>");
    assert_int_equal(t->sent_count, 0);

    t->store.is_stalled = false;
    settle(t);
    for (size_t i = 0, at = 0; i < COUNT_OF(expected); i++) {
        while (at < t->sent_count && !strstr(t->sent[at], expected[i]))
            at++;
        assert_true(at < t->sent_count);
    }
    assert_int_equal(t->mucd.held_bytes, 0);
}

static void who_enters_meanwhile_reads_it_once(void **state)
{
    struct fixture *t = *state;

    create(t);
    t->store.is_stalled = true;
    say(t, "owner", "c2s/0:1:sm/0:1", "hello");
    join(t, "juliet", "juliet");

    t->store.is_stalled = false;
    settle(t);
    assert_int_equal(count(t, "hello"), 2);
    assert_int_equal(count(t, "juliet@example.com/r\nowner"), 0);
    assert_int_equal(count(t, "<delay"), 1);
}

static void pings_are_answered_while_the_database_is_away(void **state)
{
    struct fixture *t = *state;

    create(t);
    t->store.is_stalled = true;
    say(t, "owner", "c2s/0:1:sm/0:1", "hello");

    send(t, "<iq type='get' id='1' from='owner@example.com/r' to='" ROOM
            "/owner'><ping xmlns='urn:xmpp:ping'/></iq>");

    assert_int_equal(count(t, "type='result'"), 1);
}

static void what_is_held_back_has_a_bound(void **state)
{
    struct fixture *t = *state;
    char text[1000], origin[64];

    create(t);
    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = 0;
    t->store.is_stalled = true;
    for (int i = 0; i < 200; i++) {
        snprintf(origin, sizeof(origin), "c2s/0:1:sm/0:%d", i);
        say(t, "owner", origin, text);
    }

    assert_in_range(t->mucd.held_bytes, 65536, 65536 + 2000);
    assert_in_range(count(t, "<resource-constraint "), 100, 199);

    send(t, "<presence type='unavailable' from='owner@example.com/r' to='" ROOM
            "/owner'/>");
    t->store.is_stalled = false;
    settle(t);
    assert_int_equal(t->mucd.held_bytes, 0);
    assert_null(the_room(t));
}

static void a_room_that_ends_says_all(void **state)
{
    struct fixture *t = *state;

    create(t);
    t->store.is_stalled = true;
    say(t, "owner", "c2s/0:1:sm/0:1", "hello");

    send(t, "<iq type='set' id='1' from='owner@example.com/r' to='" ROOM
            "'><query xmlns='http://jabber.org/protocol/muc#owner'>"
            "<destroy/></query></iq>");

    assert_null(the_room(t));
    assert_int_equal(count(t, "hello"), 1);
    assert_non_null(strstr(t->sent[0], "hello"));
}

/* Opens the room again, by its form. */
static void configure(struct fixture *t)
{
    send(t, "<iq type='set' id='c' from='owner@example.com/r' to='" ROOM "'>"
            "<query xmlns='http://jabber.org/protocol/muc#owner'>"
            "<x xmlns='jabber:x:data' type='submit'/></query></iq>");
}

static void a_query_is_answered_behind_its_commit(void **state)
{
    struct fixture *t = *state;

    create(t);
    t->store.is_stalled = true;

    configure(t);
    assert_int_equal(count(t, "type='result'"), 0);

    t->store.is_stalled = false;
    settle(t);
    assert_int_equal(count(t, "type='result'"), 1);
}

static void what_the_database_refuses_is_answered_with_an_error(void **state)
{
    struct fixture *t = *state;

    create(t);
    t->store.refuses = true;

    configure(t);

    assert_int_equal(count(t, "type='result'"), 0);
    assert_int_equal(count(t, "internal-server-error"), 1);
}

static void the_same_origin_is_no_second_message(void **state)
{
    struct fixture *t = *state;

    create(t);

    say(t, "owner", "c2s/0:1:sm/0:1", "once");
    say(t, "owner", "c2s/0:1:sm/0:1", "once");

    assert_int_equal(count(t, "once"), 1);
    assert_int_equal(t->store.messages, 1);
}

static void what_a_dead_process_sent_is_sent_again_unchanged(void **state)
{
    struct fixture *t = *state;
    char *first;

    create(t);
    say(t, "owner", "c2s/0:1:sm/0:1", "again");
    first = str_dup_heap(str_of(t->sent[0]));
    forget(t);

    the_room(t)->entries->is_restored = true;
    say(t, "owner", "c2s/0:1:sm/0:1", "again");

    assert_int_equal(t->sent_count, 1);
    assert_string_equal(t->sent[0], first);
    assert_int_equal(t->store.messages, 1);
    free(first);
}

static void an_occupant_who_joins_again_is_told_alone(void **state)
{
    struct fixture *t = *state;

    create(t);
    join(t, "juliet", "juliet");
    forget(t);

    join(t, "juliet", "juliet");

    assert_int_equal(t->sent_count, 1);
    assert_int_equal(count(t, "owner@example.com/r\n"), 0);
    assert_int_equal(HASH_COUNT(the_room(t)->seats), 2);
}

static void a_peer_speaks_for_its_own_users_alone(void **state)
{
    static const struct {
        const char *remote, *from;
    } forged[] = {
        {"sm/0", "owner@elsewhere.example"},
        {"sm/0", ROOM "/owner"},
        {"gateway.example.net", "owner@example.com/r"},
        {"gateway.example.net", "x@other.example.net"},
        {"example.com", "owner@example.com/r"},
    };
    struct fixture *t = *state;
    char body[512];

    create(t);
    for (size_t i = 0; i < COUNT_OF(forged); i++) {
        snprintf(body, sizeof(body),
                 "<message from='%s' to='" ROOM "' type='groupchat'>"
                 "<body>forged</body></message>",
                 forged[i].from);
        send_from(t, forged[i].remote, NULL, body);
    }

    assert_int_equal(count(t, "forged"), 0);
    assert_int_equal(t->mucd.refused_frames, COUNT_OF(forged));
}

static void a_gateway_s_user_may_enter(void **state)
{
    struct fixture *t = *state;

    create(t);

    send_from(t, "gateway.example.net", NULL,
              "<presence from='x@gateway.example.net/r' to='" ROOM "/x'>"
              "<x xmlns='http://jabber.org/protocol/muc'/></presence>");
    forget(t);
    say(t, "owner", "c2s/0:1:sm/0:1", "hello");

    assert_int_equal(t->sent_count, 2);
    assert_int_equal(count(t, "<message to='x@gateway.example.net/r'"), 1);
}

static void look_alike_nicknames_are_one(void **state)
{
    static const char *const nicks[] = {
        "Owner",
        "OWNER",
        "o w n e r",
        "owner ",
        "\xef\xbd\x8f\xef\xbd\x97\xef\xbd\x8e\xef\xbd\x85\xef\xbd\x92",
    };
    struct fixture *t = *state;

    create(t);
    for (size_t i = 0; i < COUNT_OF(nicks); i++)
        join(t, "mallory", nicks[i]);

    assert_int_equal(HASH_COUNT(the_room(t)->seats), 1);
    assert_int_equal(count(t, "<conflict "), COUNT_OF(nicks));
}

static void bad_nicknames_are_refused(void **state)
{
    struct fixture *t = *state;
    char nick[400];

    create(t);
    memset(nick, 'n', sizeof(nick) - 1);
    nick[sizeof(nick) - 1] = 0;
    join(t, "mallory", nick);

    assert_int_equal(HASH_COUNT(the_room(t)->seats), 1);
    assert_int_equal(count(t, "type='error'"), 1);
}

static void joins_and_leaves_leave_nothing_behind(void **state)
{
    struct fixture *t = *state;

    create(t);
    for (int i = 0; i < 500; i++) {
        join(t, "mallory", "mallory");
        send(t, "<presence type='unavailable' from='mallory@example.com/r' "
                "to='" ROOM "/mallory'/>");
        forget(t);
    }

    assert_int_equal(HASH_COUNT(the_room(t)->seats), 1);
    assert_int_equal(HASH_COUNT(the_room(t)->occupants), 1);
    assert_int_equal(t->store.seats_put, 501);
    assert_int_equal(t->store.seats_removed, 500);
}

static void a_flood_of_joins_is_held_back(void **state)
{
    struct fixture *t = *state;

    create(t);
    for (int i = 0; i < 300; i++) {
        join(t, "mallory", "mallory");
        send(t, "<presence type='unavailable' from='mallory@example.com/r' "
                "to='" ROOM "/mallory'/>");
    }
    assert_int_equal(t->store.seats_put, 1 + 100);
    forget(t);

    t->mucd.now_ms += 3600000; /* who sets the clock lets nobody in */
    join(t, "mallory", "mallory");
    assert_int_equal(t->store.seats_put, 1 + 100);
    forget(t);

    time_passes(t, 1000);
    join(t, "mallory", "mallory");
    assert_int_equal(t->store.seats_put, 1 + 101);
}

static void a_full_window_holds_the_sender_back(void **state)
{
    struct fixture *t = *state;
    char text[20000], origin[64];
    unsigned before;

    create(t);
    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = 0;
    before = t->acknowledged;
    t->keeps = true;

    for (int i = 0; i < 200; i++) {
        snprintf(origin, sizeof(origin), "c2s/0:1:sm/0:%d", i);
        say(t, "owner", origin, text);
    }

    /* 1 MiB of them went ahead; the others wait. */
    assert_in_range(t->acknowledged - before, 40, 60);
    assert_int_equal(t->store.messages, 200);
}

static void memory_of_what_was_said_is_bounded(void **state)
{
    struct fixture *t = *state;
    char origin[64];

    create(t);
    for (int i = 0; i < 1000; i++) {
        time_passes(t, 100);
        snprintf(origin, sizeof(origin), "c2s/0:1:sm/0:%d", i);
        say(t, "owner", origin, "hello");
        forget(t);
    }

    assert_int_equal(the_room(t)->kept_count, REMEMBERED);
    assert_int_equal(the_room(t)->entry_count, 2 * REMEMBERED);
}

static void a_form_without_end_is_refused_or_read(void **state)
{
    struct fixture *t = *state;
    struct buf body = {0};

    create(t);
    buf_add_text(&body,
                 "<iq type='set' id='1' from='owner@example.com/r' to='" ROOM
                 "'><query xmlns='http://jabber.org/protocol/"
                 "muc#owner'><x xmlns='jabber:x:data' type='submit'>"
                 "<field var='muc#roomconfig_roomadmins'>");
    for (int i = 0; i < 5000; i++)
        buf_printf(&body, "<value>a%d@example.com</value>", i);
    buf_add_text(&body, "</field></x></query></iq>");
    buf_add_char(&body, '\0');

    send(t, buf_view(&body).p);

    assert_int_equal(count(t, "<not-acceptable "), 1);
    assert_int_equal(HASH_COUNT(the_room(t)->members), 1);
    buf_clear(&body);
}

static void a_bounce_takes_the_ghost_out(void **state)
{
    struct fixture *t = *state;

    create(t);
    join(t, "juliet", "juliet");
    forget(t);

    send(t, "<message type='error' from='juliet@example.com/r' to='" ROOM
            "/owner'><error type='cancel'><service-unavailable "
            "xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></message>");

    assert_int_equal(HASH_COUNT(the_room(t)->seats), 1);
    assert_int_equal(count(t, "code='333'"), 2);
}

static void an_error_from_elsewhere_removes_nobody(void **state)
{
    struct fixture *t = *state;

    create(t);
    join(t, "juliet", "juliet");

    send(t, "<message type='error' from='mallory@example.com/r' to='" ROOM
            "/juliet'><error type='cancel'><gone "
            "xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></message>");

    assert_int_equal(HASH_COUNT(the_room(t)->seats), 2);
}

static void odd_stanzas_are_survived(void **state)
{
    static const char *const stanzas[] = {
        "<iq type='get' id='1' from='owner@example.com/r' to='" ROOM "'/>",
        "<iq type='what' id='1' from='owner@example.com/r' to='" ROOM
        "'><x/></iq>",
        "<iq type='set' id='1' from='owner@example.com/r' to='" ROOM "'><query "
        "xmlns='http://jabber.org/protocol/muc#admin'/></iq>",
        "<iq type='set' id='1' from='owner@example.com/r' to='" ROOM "'><query "
        "xmlns='http://jabber.org/protocol/muc#owner'/></iq>",
        "<iq type='result' id='1' from='owner@example.com/r' to='" ROOM "/x'/>",
        "<iq type='get' id='1' from='owner@example.com/r' to='" ROOM
        "/owner'><vCard xmlns='vcard-temp'/></iq>",
        "<message from='owner@example.com/r' to='" ROOM "'><x "
        "xmlns='http://jabber.org/protocol/muc#user'><invite/></x></message>",
        "<message from='owner@example.com/r' to='" ROOM "'><x "
        "xmlns='http://jabber.org/protocol/muc#user'><decline/></x></message>",
        "<message from='owner@example.com/r' to='" ROOM "'/>",
        "<message from='owner@example.com/r' to='" ROOM "' type='groupchat'/>",
        "<presence from='owner@example.com/r' to='" ROOM "' type='subscribe'/>",
        "<presence from='owner@example.com/r' to='" ROOM "' type='error'/>",
        "<presence from='owner@example.com/r' to='" ROOM "' type='x'/>",
    };
    struct fixture *t = *state;

    create(t);
    for (size_t i = 0; i < COUNT_OF(stanzas); i++)
        send(t, stanzas[i]);

    assert_non_null(the_room(t));
    assert_int_equal(HASH_COUNT(the_room(t)->seats), 1);
}

static void two_changes_in_one_request_end_the_room_safely(void **state)
{
    struct fixture *t = *state;

    create(t);
    join(t, "juliet", "juliet");

    send(t, "<iq type='set' id='1' from='owner@example.com/r' to='" ROOM
            "'><query xmlns='http://jabber.org/protocol/muc#admin'>"
            "<item jid='juliet@example.com' affiliation='owner'/>"
            "<item jid='owner@example.com' affiliation='member'/>"
            "<item nick='juliet' role='none'/>"
            "<item nick='juliet' role='none'/></query></iq>");

    /* As the rights stood none of it is against the rules at first, and the
     * last ones are judged again as they stand then. */
    assert_non_null(the_room(t));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(one_frame_reaches_all_users_of_an_sm),
        TEST(who_enters_gets_everybody_in_one_frame),
        TEST(nothing_is_acknowledged_before_its_commit),
        TEST(a_room_keeps_its_order_while_the_database_is_away),
        TEST(who_enters_meanwhile_reads_it_once),
        TEST(pings_are_answered_while_the_database_is_away),
        cmocka_unit_test_setup_teardown(what_is_held_back_has_a_bound,
                                        setup_with_little, teardown),
        TEST(a_room_that_ends_says_all),
        TEST(a_query_is_answered_behind_its_commit),
        TEST(what_the_database_refuses_is_answered_with_an_error),
        TEST(the_same_origin_is_no_second_message),
        TEST(what_a_dead_process_sent_is_sent_again_unchanged),
        TEST(an_occupant_who_joins_again_is_told_alone),
        TEST(a_peer_speaks_for_its_own_users_alone),
        TEST(a_gateway_s_user_may_enter),
        TEST(look_alike_nicknames_are_one),
        TEST(bad_nicknames_are_refused),
        cmocka_unit_test_setup_teardown(joins_and_leaves_leave_nothing_behind,
                                        setup_without_limits, teardown),
        TEST(a_flood_of_joins_is_held_back),
        TEST(a_full_window_holds_the_sender_back),
        TEST(memory_of_what_was_said_is_bounded),
        TEST(a_form_without_end_is_refused_or_read),
        TEST(a_bounce_takes_the_ghost_out),
        TEST(an_error_from_elsewhere_removes_nobody),
        TEST(odd_stanzas_are_survived),
        TEST(two_changes_in_one_request_end_the_room_safely),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
