/* What goes into the audit journal, and what an acknowledgement waits for. */
#include "tests/unit/sm/fixture.h"

#define CHAT(to)                                                               \
    "<message to='" to "' type='chat' id='m1'><body>hark</body></message>"
#define JULIET "juliet@example.com"

static int setup_with_content(void **state)
{
    return setup_with(state, "sm { audit = content }\n");
}

static void two_talk(struct fixture *t)
{
    login(t, "romeo", 1, "orchard");
    login(t, "juliet", 2, "balcony");
    forget(t);
    t->store.journal_count = 0;
}

static void a_message_is_one_line_with_its_content(void **state)
{
    struct fixture *t = *state;

    two_talk(t);
    send_frame(t, "romeo", 1, 7, CHAT(JULIET));

    assert_int_equal(t->store.journal_count, 1);
    assert_contains(t->store.journal[0],
                    "message/chat allowed romeo@example.com/orchard "
                    "juliet@example.com m1 <message");
    assert_contains(t->store.journal[0], "hark");
}

static void it_is_acknowledged_after_the_lines_commit(void **state)
{
    struct fixture *t = *state;
    unsigned before;

    two_talk(t);
    before = t->discharged;
    t->store.is_stalled = true;
    send_frame(t, "romeo", 1, 7, CHAT(JULIET));
    assert_int_equal(t->discharged, before);

    store_answers(t);
    assert_int_equal(t->discharged, before + 1);
}

static void two_frames_have_different_lines(void **state)
{
    struct fixture *t = *state;

    two_talk(t);
    send_frame(t, "romeo", 1, 7, CHAT(JULIET));
    send_frame(t, "romeo", 1, 8, CHAT(JULIET));

    assert_string_not_equal(t->store.journal_origin[0],
                            t->store.journal_origin[1]);
}

static void one_frame_has_different_lines(void **state)
{
    struct fixture *t = *state;
    const char *allowed, *refused;

    two_talk(t);
    send_frame(t, "romeo", 1, 7, CHAT("nobody@example.com"));
    allowed = t->store.journal_origin[0];
    refused = t->store.journal_origin[1];

    assert_int_equal(strchr(allowed, ' ') - allowed,
                     strchr(refused, ' ') - refused);
    assert_memory_equal(allowed, refused,
                        (size_t)(strchr(allowed, ' ') - allowed));
    assert_string_not_equal(allowed, refused);
}

static void what_is_refused_has_a_line_with_the_reason(void **state)
{
    struct fixture *t = *state;

    two_talk(t);
    send_frame(t, "romeo", 1, 7,
               "<message to='nobody@example.com' type='chat'><body>x</body>"
               "</message>");

    assert_int_equal(t->store.journal_count, 2);
    assert_contains(t->store.journal[0], "message/chat allowed");
    assert_contains(t->store.journal[1],
                    "message/chat refused:service-unavailable");
}

static void
presence_of_itself_and_questions_to_the_server_have_none(void **state)
{
    struct fixture *t = *state;

    two_talk(t);
    send_frame(t, "romeo", 1, 7, "<presence><show>away</show></presence>");
    send_frame(t, "romeo", 1, 8,
               "<iq type='get' id='r'><query xmlns='jabber:iq:roster'/></iq>");

    assert_int_equal(t->store.journal_count, 0);
}

static void requests_for_presence_and_queries_between_people_have(void **state)
{
    struct fixture *t = *state;

    two_talk(t);
    send_frame(t, "romeo", 1, 7,
               "<presence type='subscribe' to='" JULIET "'/>");
    send_frame(t, "romeo", 1, 8,
               "<iq type='get' id='v' to='" JULIET
               "/balcony'><query xmlns='jabber:iq:version'/></iq>");

    assert_true(t->store.journal_count >= 2);
    assert_contains(t->store.journal[0], "presence/subscribe allowed");
    assert_contains(t->store.journal[1], "iq/get allowed");
}

static void without_a_policy_nothing_is_written(void **state)
{
    struct fixture *t = *state;

    two_talk(t);
    send_frame(t, "romeo", 1, 7, CHAT(JULIET));

    assert_int_equal(t->store.journal_count, 0);
}

#define CASE(name)                                                             \
    cmocka_unit_test_setup_teardown(name, setup_with_content, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(a_message_is_one_line_with_its_content),
        CASE(it_is_acknowledged_after_the_lines_commit),
        CASE(two_frames_have_different_lines),
        CASE(one_frame_has_different_lines),
        CASE(what_is_refused_has_a_line_with_the_reason),
        CASE(presence_of_itself_and_questions_to_the_server_have_none),
        CASE(requests_for_presence_and_queries_between_people_have),
        cmocka_unit_test_setup_teardown(without_a_policy_nothing_is_written,
                                        setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
