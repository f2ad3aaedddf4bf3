/* XEP-0198 on one client's stream. sm is played by the test. */
#include "fixture.h"

static void only_what_sm_discharged_is_acknowledged(void **state)
{
    struct fixture *t = *state;

    enables(t);
    t->keeps = true;
    hears(t, "<message to='juliet@example.com'/><r xmlns='urn:xmpp:sm:3'/>");
    assert_contains(said(t), "h='0'");

    channel_discharge(last(t)->channel, last(t)->seq);
    settle(t);
    assert_contains(said(t), "h='1'");
}

static void an_early_discharge_waits_for_the_one_before(void **state)
{
    struct fixture *t = *state;
    const struct got *first, *second;

    enables(t);
    t->keeps = true;
    hears(t, "<message to='juliet@example.com'/><message to='a@example.com'/>"
             "<r xmlns='urn:xmpp:sm:3'/>");
    said(t);
    first = &t->got[t->got_count - 2];
    second = &t->got[t->got_count - 1];
    channel_discharge(second->channel, second->seq);
    settle(t);
    assert_string_equal(said(t), "");
    channel_discharge(first->channel, first->seq);
    settle(t);
    assert_contains(said(t), "h='2'");
}

static void the_clients_count_is_told_to_sm(void **state)
{
    struct fixture *t = *state;

    logs_in(t);
    answers(t, shard(t), 1, "<presence from='a@b'/>");
    hears(t, "<enable xmlns='urn:xmpp:sm:3' resume='true'/>");
    answers(t, shard(t), 0,
            "<session-enabled " LINK_NS " id='abc' max='300'/>");
    answers(t, shard(t), 2, "<message from='a@b'/>");
    hears(t, "<a xmlns='urn:xmpp:sm:3' h='1'/>");
    assert_contains(last(t)->body, "n='2'");
}

static void a_count_that_is_too_high_ends_the_stream(void **state)
{
    struct fixture *t = *state;

    enables(t);
    hears(t, "<a xmlns='urn:xmpp:sm:3' h='7'/>");
    assert_contains(said(t), "handled-count-too-high");
    assert_int_equal(t->client->state, CLIENT_CLOSING);
}

static void a_lost_connection_detaches_the_session(void **state)
{
    struct fixture *t = *state;

    enables(t);
    client_lost(t->client);
    settle(t);
    assert_contains(last(t)->body, "session-detach");
}

static void what_the_window_does_not_take_waits(void **state)
{
    struct fixture *t = *state;
    struct buf many = {0};
    size_t first;

    enables(t);
    t->keeps = true;
    for (int i = 0; i < 400; i++)
        buf_add_text(&many, "<message to='j@example.com'/>");
    buf_add_char(&many, '\0');
    first = t->got_count;
    hears(t, many.data);
    buf_clear(&many);
    assert_int_equal(t->got_count - first, CLIENT_MAX_OUTSTANDING);

    for (size_t i = t->got_count; i-- > first;)
        channel_discharge(t->got[i].channel, t->got[i].seq);
    settle(t);
    client_continue(t->client);
    settle(t);
    assert_int_equal(t->got_count - first, 400);
    for (size_t i = first + CLIENT_MAX_OUTSTANDING; i < t->got_count; i++)
        channel_discharge(t->got[i].channel, t->got[i].seq);
    settle(t);
    assert_int_equal(t->client->in_done, 400);
}

static void says_four_of(struct fixture *t, int bytes)
{
    struct buf many = {0};

    for (int i = 0; i < 4; i++) {
        buf_add_text(&many, "<message to='j@example.com'><body>");
        for (int k = 0; k < bytes; k++)
            buf_add_char(&many, 'x');
        buf_add_text(&many, "</body></message>");
    }
    buf_add_char(&many, '\0');
    hears(t, many.data);
    buf_clear(&many);
}

/* What goes to a server that does not answer is discharged late: it must not
 * fill what others need. */
static void large_stanzas_fill_the_clients_own_window(void **state)
{
    struct fixture *t = *state;
    size_t first;

    enables(t);
    t->keeps = true;
    first = t->got_count;
    says_four_of(t, 200000);
    assert_int_equal(t->got_count - first, 3);
    for (size_t i = first; i < first + 3; i++)
        channel_discharge(t->got[i].channel, t->got[i].seq);
    settle(t);
    client_continue(t->client);
    settle(t);
    assert_int_equal(t->got_count - first, 4);
}

static int setup_small_window(void **state)
{
    return setup_with(state, "c2sd { max-unacknowledged-bytes = 65536 }\n");
}

static void an_administrator_makes_that_window_smaller(void **state)
{
    struct fixture *t = *state;
    size_t first;

    enables(t);
    t->keeps = true;
    first = t->got_count;
    says_four_of(t, 40000);
    assert_int_equal(t->got_count - first, 2);
}

/* Nobody else has room because the shard's window has. */
static void a_window_with_room_is_no_room_of_the_clients_own(void **state)
{
    struct fixture *t = *state;
    struct buf many = {0};

    enables(t);
    t->keeps = true;
    for (int i = 0; i < 400; i++)
        buf_add_text(&many, "<message to='j@example.com'/>");
    buf_add_char(&many, '\0');
    hears(t, many.data);
    buf_clear(&many);
    c2sd_on_writable(&t->c2sd, t->client->sm);
    assert_true(client_is_paused(t->client));
}

static void a_client_that_went_while_it_waited_is_not_woken(void **state)
{
    struct fixture *t = *state;
    struct buf many = {0};
    unsigned wakes;

    enables(t);
    t->keeps = true;
    for (int i = 0; i < 400; i++)
        buf_add_text(&many, "<message to='j@example.com'/>");
    buf_add_char(&many, '\0');
    hears(t, many.data);
    buf_clear(&many);
    client_lost(t->client);
    client_release(t->client);
    wakes = t->wakes;
    for (size_t i = 0; i < t->got_count; i++)
        channel_discharge(t->got[i].channel, t->got[i].seq);
    settle(t);
    t->client->is_waiting = true;
    c2sd_on_writable(&t->c2sd, t->client->sm);
    assert_int_equal(t->wakes, wakes);
}

static void counts_go_on_past_32_bits(void **state)
{
    struct fixture *t = *state;

    enables(t);
    t->client->in = t->client->in_done = UINT32_MAX - 1;
    hears(t, "<message to='j@example.com'/><message to='j@example.com'/>"
             "<message to='j@example.com'/><r xmlns='urn:xmpp:sm:3'/>");
    said(t);
    hears(t, "<r xmlns='urn:xmpp:sm:3'/>");
    assert_contains(said(t), "h='1'");

    t->client->out_last = t->client->out_acked = UINT32_MAX - 1;
    for (uint64_t n = UINT32_MAX; n < UINT32_MAX + 3ull; n++)
        answers(t, shard(t), n, "<message from='a@b'/>");
    said(t);
    hears(t, "<a xmlns='urn:xmpp:sm:3' h='1'/>");
    assert_contains(last(t)->body, "n='4294967297'");
    assert_int_equal(t->client->state, CLIENT_BOUND);
}

static void enabling_twice_ends_the_stream(void **state)
{
    struct fixture *t = *state;

    enables(t);
    hears(t, "<enable xmlns='urn:xmpp:sm:3'/>");
    assert_contains(said(t), "<policy-violation");
}

static void
a_client_that_has_more_than_it_was_sent_resumes_nothing(void **state)
{
    struct fixture *t = *state;
    const char *answer;

    authenticates(t);
    hears(t, HEADER);
    hears(t, "<resume xmlns='urn:xmpp:sm:3' previd='abc' h='9'/>");
    answers(t, shard(t), 0,
            "<session-refused " LINK_NS " condition='undefined-condition' "
            "out='3'/>");
    answer = said(t);
    assert_contains(answer, "<undefined-condition");
    assert_contains(answer, "<handled-count-too-high xmlns='urn:xmpp:sm:3' "
                            "h='9' send-count='3'/>");
}

static void a_connection_lost_while_resuming_keeps_the_session(void **state)
{
    struct fixture *t = *state;

    authenticates(t);
    hears(t, HEADER);
    hears(t, "<resume xmlns='urn:xmpp:sm:3' previd='abc' h='0'/>");
    client_lost(t->client);
    settle(t);
    assert_contains(last(t)->body, "session-detach");
}

/* --- an sm that has come back --------------------------------------------- */

static void a_new_sm_is_told_of_the_session_and_what_is_held(void **state)
{
    struct fixture *t = *state;

    enables(t);
    answers(t, shard(t), 0, "<session-keep " LINK_NS " x='1'/>");
    answers(t, shard(t), 1, "<message from='a@b'><body>one</body></message>");
    answers(t, shard(t), 2, "<message from='a@b'><body>two</body></message>");
    said(t);
    hears(t, "<a xmlns='urn:xmpp:sm:3' h='1'/>");
    asks(t);
    assert_contains(t->told, "jid='romeo@example.com/orchard' grant='g'");
    assert_contains(t->told, "in='0' out='2' in-base='0' out-base='0' n='1'");
    assert_contains(t->told, "<session-keep " LINK_NS " x='1'/>");
    assert_null(strstr(t->told, "<body>one</body>"));
    assert_contains(t->told, "<body>two</body>");
    assert_contains(t->told, "<restored " LINK_NS " n='3'/>");
}

/* It had taken the session for gone, with what was on its way to it. */
static void what_an_sm_was_told_of_waits_for_no_discharge(void **state)
{
    struct fixture *t = *state;
    struct channel *sm;

    logs_in(t);
    sm = channels_get(t->others, str_of(shard(t)), STR("c2s/0"));
    answers(t, shard(t), 1, "<message from='a@b'><body>one</body></message>");
    assert_int_equal(channel_outstanding_frames(sm), 1);
    asks(t);
    assert_contains(t->told, "<body>one</body>");
    assert_int_equal(channel_outstanding_frames(sm), 0);

    said(t);
    assert_string_equal(last(t)->body, "<session-acked " LINK_NS " n='1'/>");
    assert_int_equal(t->client->held_count, 0);
}

/* It gets the first again, and could not know that the others are done with. */
static void a_new_sm_is_told_what_does_not_come_again(void **state)
{
    struct fixture *t = *state;
    size_t first;

    enables(t);
    t->keeps = true;
    first = t->got_count;
    hears(t, "<message to='j@example.com'/><message to='j@example.com'/>"
             "<message to='j@example.com'/><message to='j@example.com'/>");
    channel_discharge(t->got[first].channel, t->got[first].seq);
    for (size_t i = first + 2; i < t->got_count; i++)
        channel_discharge(t->got[i].channel, t->got[i].seq);
    settle(t);
    asks(t);
    assert_contains(t->told, " in='1' in-due='2' in-last='4' ");
}

static void an_sm_is_told_of_its_own_shards_alone(void **state)
{
    struct fixture *t = *state;
    const struct frame frame = {
        .body = STR("<restore " LINK_NS " instance='64' of='65'/>")};

    enables(t);
    channels_send_datagram(t->others, STR("sm/0"), STR("c2s/0"), &frame);
    settle(t);
    assert_string_equal(t->told, "<restored " LINK_NS " n='0'/>");
}

static void a_lost_session_is_kept_until_sm_ends_it(void **state)
{
    struct fixture *t = *state;

    enables(t);
    client_lost(t->client);
    client_release(t->client);
    settle(t);
    answers(t, shard(t), 1, "<message from='a@b'><body>one</body></message>");
    asks(t);
    assert_contains(t->told, " detached='");
    assert_contains(t->told, "<body>one</body>");
    answers(t, shard(t), 0,
            "<session-end " LINK_NS " condition='connection-timeout'/>");
    assert_null(t->c2sd.clients);
    t->client = client_new(&t->c2sd, t, "192.0.2.1", true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(only_what_sm_discharged_is_acknowledged),
        TEST(an_early_discharge_waits_for_the_one_before),
        TEST(the_clients_count_is_told_to_sm),
        TEST(a_count_that_is_too_high_ends_the_stream),
        TEST(a_lost_connection_detaches_the_session),
        TEST(what_the_window_does_not_take_waits),
        TEST(large_stanzas_fill_the_clients_own_window),
        cmocka_unit_test_setup_teardown(
            an_administrator_makes_that_window_smaller, setup_small_window,
            teardown),
        TEST(a_window_with_room_is_no_room_of_the_clients_own),
        TEST(a_client_that_went_while_it_waited_is_not_woken),
        TEST(counts_go_on_past_32_bits),
        TEST(enabling_twice_ends_the_stream),
        TEST(a_client_that_has_more_than_it_was_sent_resumes_nothing),
        TEST(a_connection_lost_while_resuming_keeps_the_session),
        TEST(a_new_sm_is_told_of_the_session_and_what_is_held),
        TEST(what_an_sm_was_told_of_waits_for_no_discharge),
        TEST(a_new_sm_is_told_what_does_not_come_again),
        TEST(an_sm_is_told_of_its_own_shards_alone),
        TEST(a_lost_session_is_kept_until_sm_ends_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
