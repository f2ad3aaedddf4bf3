/* An orderly stop, seen by one client. sm is played by the test. */
#include "fixture.h"

static void stops(struct fixture *t)
{
    c2sd_drain_begin(&t->c2sd);
    (void)c2sd_drain(&t->c2sd);
    settle(t);
}

static void a_stream_ends_when_its_stanzas_are_discharged(void **state)
{
    struct fixture *t = *state;

    enables(t);
    t->keeps = true;
    hears(t, "<message to='juliet@example.com'/>");
    stops(t);
    assert_int_equal(t->client->state, CLIENT_BOUND);

    channel_discharge(last(t)->channel, last(t)->seq);
    settle(t);
    assert_false(c2sd_drain(&t->c2sd));
    settle(t);

    assert_string_equal(
        said(t),
        "<a xmlns='urn:xmpp:sm:3' h='1'/><stream:error>"
        "<system-shutdown xmlns='urn:ietf:params:xml:ns:xmpp-streams'/>"
        "</stream:error></stream:stream>");
    assert_contains(last(t)->body, "session-detach");
    assert_true(c2sd_drain(&t->c2sd));
}

static void nobody_is_read_any_more(void **state)
{
    struct fixture *t = *state;
    size_t before;

    enables(t);
    t->keeps = true;
    hears(t, "<message to='juliet@example.com'/>");
    stops(t);
    before = t->got_count;
    hears(t, "<message to='juliet@example.com'/>");

    assert_int_equal(t->got_count, before);
}

static void
what_sm_does_not_discharge_is_not_waited_for_without_end(void **state)
{
    struct fixture *t = *state;

    enables(t);
    t->keeps = true;
    hears(t, "<message to='juliet@example.com'/>");
    stops(t);
    t->c2sd.now_ms += 5000;
    assert_false(c2sd_drain(&t->c2sd));
    settle(t);
    assert_contains(said(t), "<a xmlns='urn:xmpp:sm:3' h='0'/>");
    assert_false(c2sd_drain(&t->c2sd)); /* the stanza is still with sm */

    t->c2sd.now_ms += 1000;
    assert_true(c2sd_drain(&t->c2sd));
}

static void what_a_client_without_acknowledgements_gets_is_written_first(
    void **state)
{
    struct fixture *t = *state;

    logs_in(t);
    answers(t, shard(t), 1, "<message><body>hi</body></message>");
    stops(t);
    assert_int_equal(t->client->state, CLIENT_BOUND);

    assert_contains(said(t), "<body>hi</body>");
    assert_false(c2sd_drain(&t->c2sd));
    settle(t);
    assert_contains(last(t)->body, "session-close");
    assert_contains(said(t), "system-shutdown");
    assert_true(c2sd_drain(&t->c2sd));
}

static void what_waits_for_an_inactive_client_goes_out(void **state)
{
    struct fixture *t = *state;
    unsigned before;

    logs_in(t);
    hears(t, "<inactive xmlns='urn:xmpp:csi:0'/>");
    answers(t, shard(t), 1, "<presence from='a@b'/>");
    before = t->wakes;
    stops(t);
    assert_true(t->wakes > before);
    assert_string_equal(said(t), "<presence from='a@b'/>");
    assert_false(c2sd_drain(&t->c2sd));
    assert_contains(said(t), "system-shutdown");
}

static void who_has_not_logged_in_is_sent_away(void **state)
{
    struct fixture *t = *state;

    hears(t, HEADER);
    said(t);
    stops(t);
    assert_contains(said(t), "system-shutdown");
    assert_true(c2sd_drain(&t->c2sd));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_stream_ends_when_its_stanzas_are_discharged),
        TEST(nobody_is_read_any_more),
        TEST(what_sm_does_not_discharge_is_not_waited_for_without_end),
        TEST(what_a_client_without_acknowledgements_gets_is_written_first),
        TEST(what_waits_for_an_inactive_client_goes_out),
        TEST(who_has_not_logged_in_is_sent_away),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
