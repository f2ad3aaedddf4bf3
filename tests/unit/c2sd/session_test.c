/* A client's stream with a session. sm is played by the test. */
#include "fixture.h"

static void binding_asks_sm_and_answers_the_client(void **state)
{
    struct fixture *t = *state;

    authenticates(t);
    hears(t, HEADER BIND);
    assert_contains(last(t)->body, "grant='g'");
    assert_contains(last(t)->body, "resource='orchard'");
    answers(t, shard(t), 0,
            "<session-opened " LINK_NS " jid='romeo@example.com/orchard'/>");
    assert_contains(said(t), "<jid>romeo@example.com/orchard</jid>");
}

static void a_stanza_leaves_with_the_own_address(void **state)
{
    struct fixture *t = *state;

    logs_in(t);
    hears(t, "<message to='JULIET@example.com'/>");
    assert_contains(last(t)->body, "to='juliet@example.com'");
    assert_contains(last(t)->body, "from='romeo@example.com/orchard'");
    assert_int_equal(last(t)->n, 1);
}

static void a_stanza_speaks_the_language_of_its_stream(void **state)
{
    struct fixture *t = *state;

    authenticates(t);
    hears(t, "<stream:stream to='example.com' version='1.0' xml:lang='zh' "
             "xmlns='jabber:client' "
             "xmlns:stream='http://etherx.jabber.org/streams'>" BIND);
    answers(t, shard(t), 0,
            "<session-opened " LINK_NS " jid='romeo@example.com/orchard'/>");
    hears(t, "<message to='juliet@example.com'/>");
    assert_contains(last(t)->body, "xml:lang='zh'");
    hears(t, "<message to='juliet@example.com' xml:lang='it'/>");
    assert_contains(last(t)->body, "xml:lang='it'");
}

static void a_forged_sender_ends_the_stream(void **state)
{
    struct fixture *t = *state;

    logs_in(t);
    hears(t, "<message from='nurse@example.com' to='juliet@example.com'/>");
    assert_contains(said(t), "<invalid-from");
}

static void an_unknown_element_ends_the_stream(void **state)
{
    struct fixture *t = *state;

    logs_in(t);
    hears(t, "<order xmlns='jabber:client'/>");
    assert_contains(said(t), "<unsupported-stanza-type");
}

static void a_stanza_is_copied_as_it_is(void **state)
{
    struct fixture *t = *state;

    logs_in(t);
    answers(t, shard(t), 1, "<message from='a@b'><body>x</body></message>");
    assert_string_equal(said(t),
                        "<message from='a@b'><body>x</body></message>");
}

static void frames_of_another_shard_are_not_for_this_client(void **state)
{
    struct fixture *t = *state;
    const char *other;

    logs_in(t);
    other = strcmp(shard(t), "sm/3") == 0 ? "sm/4" : "sm/3";
    answers(t, other, 1, "<message from='a@b'/>");
    assert_string_equal(said(t), "");
}

static void the_end_of_the_stream_closes_the_session(void **state)
{
    struct fixture *t = *state;

    logs_in(t);
    hears(t, "</stream:stream>");
    assert_contains(last(t)->body, "session-close");
    assert_contains(said(t), "</stream:stream>");
}

/* sm asked the database first, and heard of the client's end before it knew the
 * session. */
static void a_session_that_is_opened_for_nobody_is_closed(void **state)
{
    struct fixture *t = *state;
    struct frame frame = {
        .body = STR("<session-opened " LINK_NS
                    " jid='romeo@example.com/orchard'/>")};
    const char *sm;
    size_t count;

    authenticates(t);
    hears(t, HEADER BIND);
    frame.sid = t->client->sid;
    sm = shard(t);
    client_lost(t->client);
    client_release(t->client);
    t->client = client_new(&t->c2sd, t, "192.0.2.2", true);
    settle(t);
    count = t->got_count;
    channel_send(channels_get(t->others, str_of(sm), STR("c2s/0")), &frame,
                 NULL);
    settle(t);
    assert_int_equal(t->got_count, count + 1);
    assert_contains(last(t)->body, "session-close");
    assert_int_equal(last(t)->sid, frame.sid);
}

static void stanzas_behind_bind_wait_for_the_session(void **state)
{
    struct fixture *t = *state;

    authenticates(t);
    hears(t, HEADER BIND "<presence/>");
    assert_contains(last(t)->body, "session-open");
    answers(t, shard(t), 0,
            "<session-opened " LINK_NS " jid='romeo@example.com/orchard'/>");
    assert_contains(last(t)->body, "<presence");
    assert_int_equal(last(t)->n, 1);
}

/* A reader who is always a little behind must not make its bookkeeping grow. */
static void what_is_remembered_of_a_steady_reader_is_bounded(void **state)
{
    struct fixture *t = *state;
    const char *body = "<message from='a@b'><body>0123456789</body></message>";

    logs_in(t);
    answers(t, shard(t), 1, body);
    for (uint64_t i = 2; i < 5000; i++) {
        answers(t, shard(t), i, body);
        buf_consume(&t->client->out, strlen(body));
        client_written(t->client, strlen(body));
    }
    assert_int_equal(t->client->held_count, 1);
    assert_true(t->client->held_cap <= 16);
}

static int setup_idle(void **state)
{
    return setup_with(state, "c2sd { idle-timeout = 60 }\n");
}
static void of_a_client_that_does_not_read_sm_is_told(void **state)
{
    struct fixture *t = *state;
    struct channel *sm;

    logs_in(t);
    sm = channels_get(t->others, str_of(shard(t)), STR("c2s/0"));
    answers(t, shard(t), 1, "<message><body>one</body></message>");
    answers(t, shard(t), 2, "<message><body>two</body></message>");
    assert_int_equal(channel_outstanding_frames(sm), 2);

    client_after_write(t->client);
    client_after_write(t->client);
    settle(t);
    assert_string_equal(last(t)->body, "<session-held " LINK_NS " n='2'/>");
    assert_int_equal(channel_outstanding_frames(sm), 0);

    said(t);
    assert_string_equal(last(t)->body, "<session-acked " LINK_NS " n='2'/>");
    assert_int_equal(t->client->held_count, 0);
}

/* So many bytes and more are waiting for the client. */
static void much_waits(struct fixture *t, uint64_t n)
{
    char *body = malloc(70000);

    memset(body, 'x', 70000);
    memcpy(body, "<message><body>", 15);
    memcpy(body + 70000 - 18, "</body></message>", 18);
    answers(t, shard(t), n, body);
    free(body);
}

static int setup_small_buffer(void **state)
{
    return setup_with(state, "c2sd { max-send-buffer = 65536 }\n");
}
static void what_waits_at_a_resumption_may_be_taken_in_its_time(void **state)
{
    struct fixture *t = *state;

    enables(t);
    said(t);
    much_waits(t, 1);
    for (int i = 0; i < 5; i++) {
        client_written(t->client, 1000); /* it reads */
        t->c2sd.now_ms += 1000;
        client_tick(t->client);
        assert_int_equal(t->client->state, CLIENT_BOUND);
    }
    t->c2sd.now_ms += 1000;
    client_tick(t->client);
    settle(t);
    assert_int_equal(t->client->state, CLIENT_CLOSING);
    assert_contains(last(t)->body, "session-detach");
}

static void an_idle_client_that_answers_no_ack_is_left(void **state)
{
    struct fixture *t = *state;
    unsigned before;

    enables(t);
    t->c2sd.now_ms += 61000;
    client_tick(t->client);
    assert_contains(said(t), "<r xmlns=");
    t->c2sd.now_ms += 31000;
    before = t->wakes;
    client_tick(t->client);
    settle(t);
    assert_int_equal(t->client->state, CLIENT_CLOSING);
    assert_true(t->wakes > before);
    assert_contains(last(t)->body, "session-detach");
}

static int setup_rate(void **state)
{
    return setup_with(state, "c2sd { stanza-rate = 10 }\n");
}
static void faster_than_its_rate_a_client_is_read_later(void **state)
{
    struct fixture *t = *state;
    size_t first;

    logs_in(t);
    t->c2sd.now_ms += 1000;
    first = t->got_count;
    for (int i = 0; i < 30; i++)
        hears(t, "<presence/>");
    assert_in_range(t->got_count - first, 9, 12);
    t->c2sd.now_ms += 1000;
    client_tick(t->client);
    client_continue(t->client);
    settle(t);
    assert_in_range(t->got_count - first, 18, 23);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(binding_asks_sm_and_answers_the_client),
        TEST(a_stanza_leaves_with_the_own_address),
        TEST(a_stanza_speaks_the_language_of_its_stream),
        TEST(a_forged_sender_ends_the_stream),
        TEST(an_unknown_element_ends_the_stream),
        TEST(a_stanza_is_copied_as_it_is),
        TEST(frames_of_another_shard_are_not_for_this_client),
        TEST(the_end_of_the_stream_closes_the_session),
        TEST(a_session_that_is_opened_for_nobody_is_closed),
        TEST(stanzas_behind_bind_wait_for_the_session),
        TEST(what_is_remembered_of_a_steady_reader_is_bounded),
        cmocka_unit_test_setup_teardown(
            an_idle_client_that_answers_no_ack_is_left, setup_idle, teardown),
        cmocka_unit_test_setup_teardown(
            what_waits_at_a_resumption_may_be_taken_in_its_time,
            setup_small_buffer, teardown),
        TEST(of_a_client_that_does_not_read_sm_is_told),
        cmocka_unit_test_setup_teardown(
            faster_than_its_rate_a_client_is_read_later, setup_rate, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
