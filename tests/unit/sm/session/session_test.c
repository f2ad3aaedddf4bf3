#include "tests/unit/sm/fixture.h"

static void a_session_opens_with_a_grant(void **state)
{
    struct fixture *t = *state;

    open_session(t, "romeo", 1, "orchard");
    assert_contains(received(t, 1), "jid='romeo@example.com/orchard'");
}

static void a_session_without_resource_gets_one(void **state)
{
    struct fixture *t = *state;

    control_about(t, CTL_SESSION_OPEN, "romeo", 1, "");
    assert_contains(received(t, 1), "jid='romeo@example.com/");
}

static void a_session_without_grant_is_refused(void **state)
{
    struct fixture *t = *state;

    send_frame(t, "romeo", 1, 0,
               "<session-open xmlns='urn:posthouse:link:1' "
               "jid='romeo@example.com' grant='1:1:00' peer='192.0.2.1'/>");
    assert_contains(received(t, 1), "condition='not-authorized'");
    assert_null(t->sm.sessions);
}

static void a_grant_for_another_stream_is_refused(void **state)
{
    struct fixture *t = *state;
    struct arena arena = {0};
    struct str grant = grant_sign(&arena, &t->sm.key, STR(C2S), 2,
                                  STR("romeo@example.com"), START_MS / 1000);

    send_frame(t, "romeo", 1, 0,
               arena_printf(&arena,
                            "<session-open xmlns='urn:posthouse:link:1' "
                            "jid='romeo@example.com' grant='%.*s' peer='x'/>",
                            STR_ARG(grant))
                   .p);
    assert_contains(received(t, 1), "not-authorized");
    arena_clear(&arena);
}

static void an_unknown_account_is_refused(void **state)
{
    struct fixture *t = *state;

    open_session(t, "tybalt", 1, "street");
    assert_contains(received(t, 1), "session-refused");
    assert_null(t->sm.accounts);
}

static void the_same_resource_ends_the_older_session(void **state)
{
    struct fixture *t = *state;

    open_session(t, "romeo", 1, "orchard");
    forget(t);
    open_session(t, "romeo", 2, "orchard");
    assert_contains(received(t, 1), "condition='conflict'");
    assert_contains(received(t, 2), "romeo@example.com/orchard");
    assert_int_equal(t->sm.sessions_open, 1);
}

static void a_stanza_is_sent_from_the_full_jid(void **state)
{
    struct fixture *t = *state;

    login(t, "romeo", 1, "orchard");
    login(t, "juliet", 2, "balcony");
    send_frame(t, "romeo", 1, 2,
               "<message to='juliet@example.com' from='nurse@example.com' "
               "type='chat'><body>hark</body></message>");
    assert_contains(received(t, 2), "from='romeo@example.com/orchard'");
}

static void a_stanza_is_discharged_when_the_other_c2sd_has_it(void **state)
{
    struct fixture *t = *state;
    unsigned before;

    login(t, "romeo", 1, "orchard");
    login(t, "juliet", 2, "balcony");
    t->keeps = true;
    before = t->discharged;
    send_frame(t, "romeo", 1, 2,
               "<message to='juliet@example.com'><body>hark</body></message>");
    assert_int_equal(t->discharged, before);

    channel_discharge(t->sent[0].channel, t->sent[0].seq);
    settle(t);
    assert_int_equal(t->discharged, before + 1);
}

/* Else a few clients that do not read would fill the window that all users of
 * the sender's shard share. */
static void nobody_waits_for_a_client_that_does_not_read(void **state)
{
    struct fixture *t = *state;
    unsigned before;

    login(t, "romeo", 1, "orchard");
    login(t, "juliet", 2, "balcony");
    t->keeps = true;
    send_frame(t, "romeo", 1, 2,
               "<message to='juliet@example.com'><body>hark</body></message>");
    send_frame(t, "juliet", 2, 0,
               "<session-held xmlns='urn:posthouse:link:1' n='2'/>");
    before = t->discharged;
    channel_discharge(t->sent[0].channel, t->sent[0].seq);
    settle(t);
    assert_int_equal(t->discharged, before + 1);
    t->keeps = false;

    send_frame(t, "juliet", 2, 0,
               "<session-close xmlns='urn:posthouse:link:1'/>");
    assert_int_equal(t->store.offline_count, 1);
    assert_contains(t->store.offline[0], "hark");
}

static void what_was_held_and_written_is_the_clients(void **state)
{
    struct fixture *t = *state;

    login(t, "romeo", 1, "orchard");
    login(t, "juliet", 2, "balcony");
    t->keeps = true;
    send_frame(t, "romeo", 1, 2,
               "<message to='juliet@example.com'><body>hark</body></message>");
    send_frame(t, "juliet", 2, 0,
               "<session-held xmlns='urn:posthouse:link:1' n='2'/>");
    channel_discharge(t->sent[0].channel, t->sent[0].seq);
    t->keeps = false;
    send_frame(t, "juliet", 2, 0,
               "<session-acked xmlns='urn:posthouse:link:1' n='2'/>");
    send_frame(t, "juliet", 2, 0,
               "<session-close xmlns='urn:posthouse:link:1'/>");

    assert_int_equal(t->store.offline_count, 0);
}

static void a_lost_connection_gives_its_messages_back(void **state)
{
    struct fixture *t = *state;

    login(t, "romeo", 1, "orchard");
    login(t, "juliet", 2, "balcony");
    t->keeps = true;
    send_frame(t, "romeo", 1, 2,
               "<message to='juliet@example.com'><body>hark</body></message>");
    send_frame(t, "juliet", 2, 0,
               "<session-close xmlns='urn:posthouse:link:1'/>");
    assert_int_equal(t->store.offline_count, 1);
    assert_contains(t->store.offline[0], "hark");
}

static void enable(struct fixture *t, char id[RESUME_ID_CHARS + 1])
{
    const char *answer;

    send_frame(t, "juliet", 2, 0,
               "<session-enable xmlns='urn:posthouse:link:1' in='1' "
               "resume='1'/>");
    answer = received(t, 2);
    assert_contains(answer, "session-enabled");
    snprintf(id, RESUME_ID_CHARS + 1, "%s", strstr(answer, "id='") + 4);
}

static void a_detached_session_resumes_with_what_it_lacks(void **state)
{
    struct fixture *t = *state;
    char id[RESUME_ID_CHARS + 1], attributes[128];

    login(t, "romeo", 1, "orchard");
    login(t, "juliet", 2, "balcony");
    enable(t, id);
    send_frame(t, "romeo", 1, 2,
               "<message to='juliet@example.com'><body>one</body></message>");
    send_frame(t, "juliet", 2, 0,
               "<session-detach xmlns='urn:posthouse:link:1'/>");
    send_frame(t, "romeo", 1, 3,
               "<message to='juliet@example.com'><body>two</body></message>");
    forget(t);

    snprintf(attributes, sizeof(attributes), "id='%s' h='0'", id);
    control_about(t, CTL_SESSION_RESUME, "juliet", 3, attributes);
    assert_contains(received(t, 3), "session-resumed");
    assert_contains(received(t, 3), "one");
    assert_contains(received(t, 3), "two");
    assert_int_equal(t->store.offline_count, 0);
}

static void what_the_client_has_is_not_sent_again(void **state)
{
    struct fixture *t = *state;
    char id[RESUME_ID_CHARS + 1], attributes[128];

    login(t, "romeo", 1, "orchard");
    login(t, "juliet", 2, "balcony");
    enable(t, id);
    send_frame(t, "romeo", 1, 2,
               "<message to='juliet@example.com'><body>one</body></message>");
    forget(t);
    snprintf(attributes, sizeof(attributes), "id='%s' h='1'", id);
    control_about(t, CTL_SESSION_RESUME, "juliet", 3, attributes);
    assert_contains(received(t, 2), "conflict"); /* the old stream */
    assert_contains(received(t, 3), "session-resumed");
    assert_string_equal(received(t, 3), "");
}

static void what_is_told_twice_is_detached_once(void **state)
{
    struct fixture *t = *state;
    char id[RESUME_ID_CHARS + 1], attributes[128];

    login(t, "romeo", 1, "orchard");
    login(t, "juliet", 2, "balcony");
    enable(t, id);
    for (int i = 0; i < 2; i++)
        send_frame(t, "juliet", 2, 0,
                   "<session-detach xmlns='urn:posthouse:link:1'/>");
    snprintf(attributes, sizeof(attributes), "id='%s' h='0'", id);
    control_about(t, CTL_SESSION_RESUME, "juliet", 3, attributes);
    assert_contains(received(t, 3), "session-resumed");
    assert_null(t->sm.detached);
}

/* The c2sd of one device has died: its copy is a row. The other device has read its
 * own. */
static void the_row_of_one_device_is_not_for_another_that_has_the_message(void **state)
{
    struct fixture *t = *state;
    char id[RESUME_ID_CHARS + 1];
    struct account *juliet;
    struct session *balcony;
    size_t i = 0;

    login(t, "romeo", 1, "orchard");
    login(t, "juliet", 2, "balcony");
    enable(t, id);
    login(t, "juliet", 3, "garden");
    send_frame(t, "romeo", 1, 2,
               "<message to='juliet@example.com' type='chat'>"
               "<body>hark</body></message>");
    while (t->sent[i].sid != 3)
        i++;
    snprintf(t->store.offline_origin, sizeof(t->store.offline_origin), "%s",
             t->sent[i].origin);
    juliet = account_find(&t->sm, STR("juliet@example.com"));
    balcony = session_by_resource(juliet, STR("balcony"));
    session_lose_stream(balcony);
    settle(t);
    assert_int_equal(t->store.held_count, 1);
    forget(t);

    session_end(balcony, "connection-timeout", NULL);
    sessions_settle(&t->sm);
    settle(t);
    assert_int_equal(t->store.fetched, 1);
    for (i = 0; i < t->sent_count; i++)
        assert_null(strstr(t->sent[i].body, "hark"));
}

static void a_wrong_id_resumes_nothing(void **state)
{
    struct fixture *t = *state;
    char id[RESUME_ID_CHARS + 1];

    login(t, "juliet", 2, "balcony");
    enable(t, id);
    control_about(t, CTL_SESSION_RESUME, "juliet", 3, "id='other' h='0'");
    assert_contains(received(t, 3), "item-not-found");
}

static void a_count_that_is_too_high_resumes_nothing(void **state)
{
    struct fixture *t = *state;
    char id[RESUME_ID_CHARS + 1], attributes[128];

    login(t, "juliet", 2, "balcony");
    enable(t, id);
    snprintf(attributes, sizeof(attributes), "id='%s' h='7'", id);
    control_about(t, CTL_SESSION_RESUME, "juliet", 3, attributes);
    assert_contains(received(t, 3), "condition='undefined-condition' out='0'");
    assert_int_equal(t->sm.sessions_open, 1);
}

static void a_session_not_resumed_in_time_ends(void **state)
{
    struct fixture *t = *state;
    char id[RESUME_ID_CHARS + 1];

    login(t, "romeo", 1, "orchard");
    login(t, "juliet", 2, "balcony");
    enable(t, id);
    send_frame(t, "juliet", 2, 0,
               "<session-detach xmlns='urn:posthouse:link:1'/>");
    send_frame(t, "romeo", 1, 2,
               "<message to='juliet@example.com'><body>one</body></message>");
    time_passes(t, 301000);
    sm_tick(&t->sm);
    settle(t);
    assert_int_equal(t->store.offline_count, 1);
    assert_int_equal(t->sm.sessions_open, 1);
}

static size_t owed_to_juliets_c2sd(struct fixture *t)
{
    char address[32];

    return channel_outstanding_frames(channels_get(
        t->c2s, STR(C2S), sm_address(address, STR("juliet@example.com"))));
}

/* The c2sd is the only other who has what it did not get. */
static void the_end_of_a_session_is_discharged_when_its_rest_is_stored(void **state)
{
    struct fixture *t = *state;
    char id[RESUME_ID_CHARS + 1];

    login(t, "romeo", 1, "orchard");
    login(t, "juliet", 2, "balcony");
    enable(t, id);
    send_frame(t, "romeo", 1, 2,
               "<message to='juliet@example.com'><body>one</body></message>");
    t->store.is_stalled = true;
    send_frame(t, "juliet", 2, 0,
               "<session-close xmlns='urn:posthouse:link:1'/>");
    assert_int_equal(t->sm.sessions_open, 1);
    assert_int_equal(owed_to_juliets_c2sd(t), 1);
    store_answers(t);
    assert_int_equal(owed_to_juliets_c2sd(t), 0);
    assert_int_equal(t->store.offline_count, 1);
}

static void a_c2sd_holds_what_was_not_resumed_until_it_is_stored(void **state)
{
    struct fixture *t = *state;
    char id[RESUME_ID_CHARS + 1];

    login(t, "romeo", 1, "orchard");
    login(t, "juliet", 2, "balcony");
    enable(t, id);
    send_frame(t, "romeo", 1, 2,
               "<message to='juliet@example.com'><body>one</body></message>");
    send_frame(t, "juliet", 2, 0,
               "<session-detach xmlns='urn:posthouse:link:1'/>");
    forget(t);
    t->store.is_stalled = true;
    time_passes(t, 301000);
    sm_tick(&t->sm);
    settle(t);
    assert_int_equal(t->sm.sessions_open, 1);
    assert_string_equal(received(t, 2), "");
    store_answers(t);
    assert_contains(received(t, 2), "session-end");
    assert_int_equal(t->store.offline_count, 1);
}

static void
a_detached_session_lives_as_long_however_the_clock_is_set(void **state)
{
    struct fixture *t = *state;
    char id[RESUME_ID_CHARS + 1];

    login(t, "juliet", 2, "balcony");
    enable(t, id);
    send_frame(t, "juliet", 2, 0,
               "<session-detach xmlns='urn:posthouse:link:1'/>");
    t->sm.now_ms += 86400000;
    sm_tick(&t->sm);
    settle(t);
    assert_int_equal(t->sm.sessions_open, 1);
    t->sm.now_ms -= 2 * 86400000LL;
    time_passes(t, 301000);
    sm_tick(&t->sm);
    settle(t);
    assert_int_equal(t->sm.sessions_open, 0);
}

static void a_stanza_sent_again_after_a_resumption_counts_once(void **state)
{
    struct fixture *t = *state;
    char id[RESUME_ID_CHARS + 1], attributes[128];
    const char *message =
        "<message to='romeo@example.com'><body>again</body></message>";

    login(t, "romeo", 1, "orchard");
    login(t, "juliet", 2, "balcony");
    enable(t, id);
    t->keeps = true;
    send_frame(t, "juliet", 2, 2, message);
    assert_int_equal(waiting(t, 1), 1);
    snprintf(attributes, sizeof(attributes), "id='%s' h='0'", id);
    control_about(t, CTL_SESSION_RESUME, "juliet", 3, attributes);
    assert_contains(received(t, 3), "h='0'");
    send_frame(t, "juliet", 3, 2, message);
    assert_int_equal(waiting(t, 1), 1);
}

static void a_removed_account_loses_its_sessions(void **state)
{
    struct fixture *t = *state;

    login(t, "romeo", 1, "orchard");
    sm_on_account_changed(&t->sm, STR("removed example.com romeo"));
    settle(t);
    assert_contains(received(t, 1), "not-authorized");
    assert_null(t->sm.accounts);
}

static void what_was_notified_is_what_the_database_says(void **state)
{
    static const char *enabled[][3] = {{"t", "", ""}};
    static const char *disabled[][3] = {{"f", "", ""}};
    struct fixture *t = *state;

    login(t, "romeo", 1, "orchard");
    t->store.rows = enabled;
    t->store.row_count = 1;
    sm_on_account_changed(&t->sm, STR("removed example.com romeo"));
    settle(t);
    t->store.row_count = 1;
    sm_on_account_changed(&t->sm, STR("disabled example.com romeo"));
    settle(t);
    assert_string_equal(received(t, 1), "");

    t->store.rows = disabled;
    t->store.row_count = 1;
    sm_on_account_changed(&t->sm, STR("enabled example.com romeo"));
    settle(t);
    assert_contains(received(t, 1), "not-authorized");
}

static void a_resource_that_was_not_prepared_is_refused(void **state)
{
    struct fixture *t = *state;

    open_session(t, "romeo", 1, "a&#x1;b");
    assert_null(t->sm.sessions);
    open_session(t, "romeo", 2, "\xc2\xad"); /* a soft hyphen maps to nothing */
    assert_contains(received(t, 2), "bad-request");
}

static void renaming_is_no_way_around_the_number_of_sessions(void **state)
{
    struct fixture *t = *state;

    open_session(t, "romeo", 1, "orchard");
    open_session(t, "romeo", 2, "orchard");
    forget(t);
    open_session(t, "romeo", 3, "orchard");
    assert_contains(received(t, 3), "resource-constraint");
}

static int setup_renaming(void **state)
{
    return setup_with(state, "sm { resource-conflict = \"rename\" "
                             "max-sessions-per-account = 2 }");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_session_opens_with_a_grant),
        TEST(a_session_without_resource_gets_one),
        TEST(a_session_without_grant_is_refused),
        TEST(a_grant_for_another_stream_is_refused),
        TEST(an_unknown_account_is_refused),
        TEST(the_same_resource_ends_the_older_session),
        TEST(a_stanza_is_sent_from_the_full_jid),
        TEST(a_stanza_is_discharged_when_the_other_c2sd_has_it),
        TEST(nobody_waits_for_a_client_that_does_not_read),
        TEST(what_was_held_and_written_is_the_clients),
        TEST(a_lost_connection_gives_its_messages_back),
        TEST(a_detached_session_resumes_with_what_it_lacks),
        TEST(what_the_client_has_is_not_sent_again),
        TEST(what_is_told_twice_is_detached_once),
        TEST(the_row_of_one_device_is_not_for_another_that_has_the_message),
        TEST(a_wrong_id_resumes_nothing),
        TEST(a_count_that_is_too_high_resumes_nothing),
        TEST(a_session_not_resumed_in_time_ends),
        TEST(the_end_of_a_session_is_discharged_when_its_rest_is_stored),
        TEST(a_c2sd_holds_what_was_not_resumed_until_it_is_stored),
        TEST(a_detached_session_lives_as_long_however_the_clock_is_set),
        TEST(a_stanza_sent_again_after_a_resumption_counts_once),
        TEST(a_removed_account_loses_its_sessions),
        TEST(what_was_notified_is_what_the_database_says),
        TEST(a_resource_that_was_not_prepared_is_refused),
        cmocka_unit_test_setup_teardown(
            renaming_is_no_way_around_the_number_of_sessions, setup_renaming,
            teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
