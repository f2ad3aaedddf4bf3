/* Offers of files to somebody who is away (sm/transfer/offers.h). */
#include "tests/unit/sm/fixture.h"

#include "sm/transfer/offers.h"
#include "sm/transfer/transfer.h"

#define SI "http://jabber.org/protocol/si"
#define OFFER(to, id)                                                          \
    "<iq type='set' id='" id "' to='" to "'><si xmlns='" SI "' id='s' "        \
    "profile='" SI "/profile/file-transfer'><file xmlns='" SI                  \
    "/profile/file-transfer' name='" id ".txt' size='3'/></si></iq>"

/* Romeo is online (stream 7), juliet is not. */
static int setup_offers(void **state)
{
    int status = setup_with(state, "sm { offers-per-user = 2 "
                                   "offer-timeout = 100 }\n");

    login(*state, "romeo", 7, "garden");
    return status;
}

static void offer(struct fixture *t, uint64_t n, const char *stanza)
{
    send_frame(t, "romeo", 7, n, stanza);
}

static void seconds_pass(struct fixture *t, int64_t seconds)
{
    time_passes(t, 1000 * seconds);
    sm_tick(&t->sm);
    settle(t);
}

static void an_offer_waits_and_its_sender_is_told(void **state)
{
    struct fixture *t = *state;

    offer(t, 2, OFFER("juliet@example.com", "a"));

    assert_contains(received(t, 7), "is offered as soon as he comes");
    assert_string_equal(received(t, 7), "");
    assert_int_equal(t->store.offers_kept, 1);
    login(t, "juliet", 8, "balcony");
    assert_int_equal(t->store.offers_removed, 1);
}

static void it_comes_with_its_time(void **state)
{
    struct fixture *t = *state;
    const char *heard = "";

    offer(t, 2, OFFER("juliet@example.com", "a"));
    time_passes(t, 5000);
    open_session(t, "juliet", 8, "balcony");
    forget(t);
    send_frame(t, "juliet", 8, 1, "<presence/>");

    while (!strstr(heard, "a.txt")) {
        heard = received(t, 8);
        assert_string_not_equal(heard, "");
    }
    assert_contains(heard, "from='romeo@example.com/garden'");
    assert_contains(heard, "to='juliet@example.com/balcony'");
    assert_contains(heard, "stamp='2023-11-14T22:13:20");
}

static void the_stanza_is_acknowledged_after_the_commit(void **state)
{
    struct fixture *t = *state;
    unsigned before = t->discharged;

    t->store.is_stalled = true;
    offer(t, 2, OFFER("juliet@example.com", "a"));
    assert_int_equal(t->discharged, before);
    store_answers(t);
    assert_int_equal(t->discharged, before + 1);
}

static void what_cannot_be_kept_is_refused(void **state)
{
    struct fixture *t = *state;

    t->store.refuses = true;
    offer(t, 2, OFFER("juliet@example.com", "a"));
    (void)received(t, 7); /* the note */
    assert_contains(received(t, 7), "internal-server-error");
    t->store.refuses = false;
    login(t, "juliet", 8, "balcony");
    assert_int_equal(t->store.offers_removed, 0);
}

static void an_offer_ends_with_its_senders_session(void **state)
{
    struct fixture *t = *state;

    offer(t, 2, OFFER("juliet@example.com", "a"));
    send_frame(t, "romeo", 7, 0,
               "<session-close xmlns='urn:posthouse:link:1'/>");
    seconds_pass(t, 1);

    assert_int_equal(t->store.offers_removed, 1);
    assert_int_equal(t->store.offline_count, 1); /* what she has missed */
    assert_contains(t->store.offline[0], "has been withdrawn");
    assert_contains(t->store.offline[0], "a.txt");
}

static void an_old_offer_ends_with_an_error(void **state)
{
    struct fixture *t = *state;

    offer(t, 2, OFFER("juliet@example.com", "a"));
    forget(t);
    seconds_pass(t, 99);
    assert_string_equal(received(t, 7), "");
    seconds_pass(t, 1);
    assert_contains(received(t, 7), "recipient-unavailable");
}

static void few_wait_for_one_user(void **state)
{
    struct fixture *t = *state;

    offer(t, 2, OFFER("juliet@example.com", "a"));
    offer(t, 3, OFFER("juliet@example.com/gone", "b"));
    forget(t);
    offer(t, 4, OFFER("juliet@example.com", "c"));
    assert_contains(received(t, 7), "service-unavailable");
    assert_int_equal(t->store.offers_kept, 2);
}

static void one_sender_does_not_fill_the_memory(void **state)
{
    struct fixture *t = *state;

    offer(t, 2, OFFER("juliet@example.com", "a"));
    offer(t, 3, OFFER("nurse@example.com", "b"));
    forget(t);
    offer(t, 4, OFFER("nurse@example.com", "c"));
    assert_contains(received(t, 7), "service-unavailable");
    assert_int_equal(t->store.offers_kept, 2);
}

static void a_long_offer_does_not_wait(void **state)
{
    static char text[20000];
    struct fixture *t = *state;
    size_t length =
        (size_t)snprintf(text, sizeof(text),
                         "<iq type='set' id='x' to='juliet@example.com'>"
                         "<si xmlns='" SI "'><file xmlns='" SI
                         "/profile/file-transfer' name='a' size='3'>");

    memset(text + length, 'x', 17000);
    strcpy(text + length + 17000, "</file></si></iq>");
    offer(t, 2, text);
    assert_contains(received(t, 7), "service-unavailable");
    assert_int_equal(t->store.offers_kept, 0);
}

static void a_stranger_does_not_learn_that_he_is_away(void **state)
{
    struct fixture *t = *state;
    const struct frame frame = {
        .body = STR("<iq type='set' id='x' from='spy@far.example/1' "
                    "to='juliet@example.com'><si xmlns='" SI "'>"
                    "<file xmlns='" SI "/profile/file-transfer' name='a' "
                    "size='3'/></si></iq>")};
    char address[32];

    channels_bind(t->c2s, STR("s2s/0"), 1);
    settle(t);
    channel_send(channels_get(t->c2s, STR("s2s/0"),
                              sm_address(address, STR("juliet@example.com"))),
                 &frame, NULL);
    settle(t);
    assert_int_equal(t->store.offers_kept, 0);
}

static void what_was_forbidden_since_comes_no_more(void **state)
{
    struct fixture *t = *state;

    offer(t, 2, OFFER("juliet@example.com", "a"));
    forget(t);
    t->sm.transfer = transfer_rules_new();
    assert_true(transfer_rules_add(
        t->sm.transfer, &(struct transfer_row){.id = STR("1"),
                                               .domain = STR("example.com"),
                                               .action = STR("refuse"),
                                               .direction = STR("any"),
                                               .name_pattern = STR("*.txt")}));
    open_session(t, "juliet", 8, "balcony");
    forget(t);
    send_frame(t, "juliet", 8, 1, "<presence/>");
    assert_contains(received(t, 7), "not-acceptable");
    assert_int_equal(t->store.offers_removed, 1);
}

static void what_offers_no_file_does_not_wait(void **state)
{
    struct fixture *t = *state;

    offer(t, 2,
          "<iq type='set' id='x' to='juliet@example.com/gone'>"
          "<jingle xmlns='urn:xmpp:jingle:1' action='session-accept' "
          "sid='s'><content><description "
          "xmlns='urn:xmpp:jingle:apps:file-transfer:5'><file/>"
          "</description></content></jingle></iq>");
    assert_contains(received(t, 7), "service-unavailable");
    assert_int_equal(t->store.offers_kept, 0);
}

/* --- what a predecessor left --------------------------------------------- */

static void take_back(struct fixture *t, const char *from, int64_t created_ms)
{
    static const char iq[] =
        "<iq type='set' id='left' from='romeo@example.com/garden' "
        "to='juliet@example.com'><si xmlns='" SI "'/></iq>";

    offer_take_back(&t->sm,
                    (struct store_user){STR("example.com"), STR("juliet")},
                    &(struct store_offer){.origin = STR("session:5"),
                                          .from = str_of(from),
                                          .name = STR("left.txt"),
                                          .iq = str_of(iq),
                                          .created_ms = created_ms});
}

static void an_offer_of_a_predecessor_goes_on_waiting(void **state)
{
    struct fixture *t = *state;
    const char *heard = "";

    take_back(t, "romeo@example.com/garden", START_MS - 1000);
    seconds_pass(t, 1);
    assert_int_equal(t->store.offers_removed, 0);
    open_session(t, "juliet", 8, "balcony");
    forget(t);
    send_frame(t, "juliet", 8, 1, "<presence/>");
    while (!strstr(heard, "id='left'")) {
        heard = received(t, 8);
        assert_string_not_equal(heard, "");
    }
    assert_int_equal(t->store.offers_removed, 1);
}

static void its_sender_may_have_left_meanwhile(void **state)
{
    struct fixture *t = *state;

    take_back(t, "romeo@example.com/elsewhere", START_MS - 1000);
    seconds_pass(t, 1);
    assert_int_equal(t->store.offers_removed, 1);
}

static void nothing_ends_before_the_sessions_are_known(void **state)
{
    struct fixture *t = *state;

    take_back(t, "romeo@example.com/elsewhere", START_MS - 1000);
    t->sm.is_serving = false;
    t->sm.begun_ms = t->sm.steady_ms; /* c2sds are being asked */
    offers_tick(&t->sm);
    assert_int_equal(t->store.offers_removed, 0);
    t->sm.is_serving = true;
}

static void a_frame_that_comes_again_is_no_second_offer(void **state)
{
    struct fixture *t = *state;

    take_back(t, "romeo@example.com/garden", START_MS);
    take_back(t, "romeo@example.com/garden", START_MS);
    login(t, "juliet", 8, "balcony");
    assert_int_equal(t->store.offers_removed, 1);
}

/* --- datagrams ------------------------------------------------------------ */

static void datagram(struct fixture *t, const char *from, const char *body)
{
    const struct frame frame = {
        .from = str_of(from), .to = STR("sm/0"), .body = str_of(body)};

    sm_on_datagram(&t->sm, &frame);
    settle(t);
}

#define GONE                                                                   \
    "<session-gone xmlns='urn:posthouse:link:1' "                              \
    "jid='romeo@example.com/garden'/>"

static void only_a_senders_own_sm_tells_that_he_is_gone(void **state)
{
    struct fixture *t = *state;
    char own[32];

    take_back(t, "romeo@example.com/garden", START_MS);
    datagram(t, "sm/99", GONE);
    seconds_pass(t, 1);
    assert_int_equal(t->store.offers_removed, 0);
    address_write(own, ADDRESS_SM, jid_shard(STR("romeo@example.com")));
    datagram(t, own, GONE);
    seconds_pass(t, 1);
    assert_int_equal(t->store.offers_removed, 1);
}

static void datagrams_without_sense_do_nothing(void **state)
{
    struct fixture *t = *state;

    take_back(t, "romeo@example.com/garden", START_MS);
    datagram(t, "sm/1", "<x/>");
    datagram(t, "sm/1", "<session-gone xmlns='urn:posthouse:link:1'/>");
    datagram(t, "sm/1", "<session-gone xmlns='urn:posthouse:link:1' jid='@'/>");
    datagram(t, "sm/1", "not xml");
    seconds_pass(t, 1);
    assert_int_equal(t->store.offers_removed, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup_offers, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(an_offer_waits_and_its_sender_is_told),
        TEST(it_comes_with_its_time),
        TEST(the_stanza_is_acknowledged_after_the_commit),
        TEST(what_cannot_be_kept_is_refused),
        TEST(an_offer_ends_with_its_senders_session),
        TEST(an_old_offer_ends_with_an_error),
        TEST(few_wait_for_one_user),
        TEST(one_sender_does_not_fill_the_memory),
        TEST(a_long_offer_does_not_wait),
        TEST(a_stranger_does_not_learn_that_he_is_away),
        TEST(what_was_forbidden_since_comes_no_more),
        TEST(what_offers_no_file_does_not_wait),
        TEST(an_offer_of_a_predecessor_goes_on_waiting),
        TEST(its_sender_may_have_left_meanwhile),
        TEST(nothing_ends_before_the_sessions_are_known),
        TEST(a_frame_that_comes_again_is_no_second_offer),
        TEST(only_a_senders_own_sm_tells_that_he_is_gone),
        TEST(datagrams_without_sense_do_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
