/* One client's stream between bytes and frames. authd and sm are played by the
 * test at the far end of the channels. */
#include "tests/unit/test.h"

#include <stdio.h>

#include "c2sd/client.h"

#define HEADER                                                                 \
    "<stream:stream to='example.com' version='1.0' xmlns='jabber:client' "     \
    "xmlns:stream='http://etherx.jabber.org/streams'>"
#define AUTH                                                                   \
    "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' "                          \
    "mechanism='PLAIN'>AGEAYg==</auth>"
#define BIND                                                                   \
    "<iq type='set' id='b1'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'>"   \
    "<resource>orchard</resource></bind></iq>"
#define LINK_NS "xmlns='urn:posthouse:link:1'"

struct got {
    uint64_t sid, n, seq;
    struct channel *channel;
    char body[2048];
};

struct fixture {
    struct c2sd c2sd;
    struct client *client;
    struct channels *others; /* auth/0 and all of sm */
    struct buf c2s_out, others_out;
    struct got got[64];
    size_t got_count;
    bool keeps;
    char said[16384];
};

/* --- the link ---------------------------------------------------------------
 */

static void on_other_frame(void *ctx, struct channel *channel,
                           const struct frame *frame)
{
    struct fixture *t = ctx;
    struct got *got = &t->got[t->got_count++];

    assert_true(t->got_count <= COUNT_OF(t->got));
    *got = (struct got){frame->sid, frame->n, frame->seq, channel, ""};
    snprintf(got->body, sizeof(got->body), "%.*s", STR_ARG(frame->body));
    if (!t->keeps || !frame->n)
        channel_discharge(channel, frame->seq);
}
static void on_frame(void *ctx, struct channel *channel,
                     const struct frame *frame)
{
    c2sd_on_frame(&((struct fixture *)ctx)->c2sd, channel, frame);
}
static void on_discharged(void *ctx, struct channel *channel, uint64_t seq,
                          void *cookie)
{
    (void)seq;
    c2sd_on_discharged(&((struct fixture *)ctx)->c2sd, channel, cookie);
}

static void tell(struct channels *channels, enum link_verb verb,
                 struct str address)
{
    struct link_item item = {
        .verb = verb, .address = address, .node = STR("x.0")};

    channels_receive(channels, &item);
}

static bool carry(struct fixture *t, struct channels *from, struct buf *out)
{
    struct channels *both[] = {t->c2sd.channels, t->others};
    struct buf copy = {0};
    bool carried = buf_len(out) > 0;

    buf_add(&copy, buf_view(out));
    buf_reset(out);
    while (buf_len(&copy) > 0) {
        struct link_item item;
        size_t used;

        assert_int_equal(link_scan(buf_view(&copy), &item, &used), LINK_ITEM);
        if (item.verb == LINK_BIND) {
            tell(from, LINK_BOUND, item.address);
            tell(both[0], LINK_UP, item.address);
            tell(both[1], LINK_UP, item.address);
        } else if (item.verb == LINK_ROUTE) {
            channels_receive(
                both[str_starts(item.frame.to, STR("c2s/")) ? 0 : 1], &item);
        }
        buf_consume(&copy, used);
    }
    buf_clear(&copy);
    return carried;
}

static void settle(struct fixture *t)
{
    bool busy = true;

    while (busy) {
        channels_flush_acks(t->c2sd.channels);
        channels_flush_acks(t->others);
        busy = carry(t, t->c2sd.channels, &t->c2s_out);
        busy |= carry(t, t->others, &t->others_out);
    }
}

/* --- life -------------------------------------------------------------------
 */

static struct str no_binding(void *connection, struct arena *arena,
                             struct str type)
{
    (void)connection, (void)arena, (void)type;
    return STR_NONE;
}
static struct str no_certificate(void *connection, struct arena *arena)
{
    (void)connection, (void)arena;
    return STR_NONE;
}
static void no_wake(void *connection)
{
    (void)connection;
}

static int setup_with(void **state, const char *settings)
{
    static const struct c2sd_effects effects = {no_binding, no_certificate,
                                                no_wake};
    static const struct channel_events events = {
        .on_frame = on_frame, .on_discharged = on_discharged};
    static const struct channel_events other_events = {.on_frame =
                                                           on_other_frame};
    struct fixture *t = NEW(struct fixture);
    struct error error;
    char text[512], address[32];

    snprintf(text, sizeof(text), "domains = {\"example.com\"}\n%s", settings);
    t->c2sd.config = config_parse(text, &error);
    assert_non_null(t->c2sd.config);
    t->c2sd.effects = &effects;
    t->c2sd.address = STR("c2s/0");
    t->c2sd.now_ms = 1000000;
    t->c2sd.channels = channels_new(&events, t, &t->c2s_out, 1 << 20);
    t->others = channels_new(&other_events, t, &t->others_out, 1 << 20);
    c2sd_init(&t->c2sd);
    channels_bind(t->c2sd.channels, STR("c2s/0"), 1);
    channels_bind(t->others, STR("auth/0"), 1);
    for (unsigned i = 0; i < JID_SHARDS; i++)
        channels_bind(t->others, address_write(address, ADDRESS_SM, i), 1);
    channels_link_up(t->c2sd.channels, STR("c2sd.0"));
    channels_link_up(t->others, STR("sm.0"));
    settle(t);
    t->client = client_new(&t->c2sd, NULL, "192.0.2.1", true);
    *state = t;
    return 0;
}
static int setup(void **state)
{
    return setup_with(state, "");
}

static int teardown(void **state)
{
    struct fixture *t = *state;

    client_free(t->client);
    c2sd_clear(&t->c2sd);
    channels_free(t->c2sd.channels);
    channels_free(t->others);
    buf_clear(&t->c2s_out);
    buf_clear(&t->others_out);
    config_free((struct config *)t->c2sd.config);
    free(t);
    return 0;
}

/* --- a conversation ---------------------------------------------------------
 */

static void hears(struct fixture *t, const char *bytes)
{
    client_receive(t->client, str_of(bytes));
    settle(t);
}

/* What was written to the client since the last call; the kernel takes it. */
static const char *said(struct fixture *t)
{
    struct str view = buf_view(&t->client->out);

    snprintf(t->said, sizeof(t->said), "%.*s", STR_ARG(view));
    buf_consume(&t->client->out, view.len);
    client_written(t->client, view.len);
    settle(t);
    return t->said;
}

static const struct got *last(const struct fixture *t)
{
    static const struct got nothing;

    return t->got_count ? &t->got[t->got_count - 1] : &nothing;
}

/* Sends to the client's stream from whoever sent the last frame's answer. */
static void answers(struct fixture *t, const char *remote, uint64_t n,
                    const char *body)
{
    const struct frame frame = {
        .sid = t->client->sid, .n = n, .body = str_of(body)};

    channel_send(channels_get(t->others, str_of(remote), STR("c2s/0")), &frame,
                 NULL);
    settle(t);
}

static const char *shard(const struct fixture *t)
{
    static char address[32];

    snprintf(address, sizeof(address), "%.*s",
             STR_ARG(channel_remote(t->client->sm)));
    return address;
}

static void logs_in(struct fixture *t)
{
    hears(t, HEADER);
    hears(t, AUTH);
    answers(t, "auth/0", 0,
            "<auth-success " LINK_NS " jid='romeo@example.com' grant='g'/>");
    hears(t, HEADER);
    hears(t, BIND);
    answers(t, shard(t), 0,
            "<session-opened " LINK_NS " jid='romeo@example.com/orchard'/>");
    said(t);
}

#define assert_contains(text, part)                                            \
    do {                                                                       \
        const char *text_ = (text);                                            \
        if (!strstr(text_, part))                                              \
            fail_msg("no %s in %s", part, text_);                              \
    } while (0)

/* --- before login -----------------------------------------------------------
 */

static void the_header_is_answered_with_mechanisms(void **state)
{
    struct fixture *t = *state;

    hears(t, HEADER);
    assert_contains(said(t), "<mechanism>SCRAM-SHA-256</mechanism>");
}

static void a_domain_not_served_is_refused(void **state)
{
    struct fixture *t = *state;

    hears(t, "<stream:stream to='other.example' version='1.0' "
             "xmlns='jabber:client' "
             "xmlns:stream='http://etherx.jabber.org/streams'>");
    assert_contains(said(t), "<host-unknown");
    assert_int_equal(t->client->state, CLIENT_CLOSING);
}

static void a_stanza_before_login_ends_the_stream(void **state)
{
    struct fixture *t = *state;

    hears(t, HEADER "<message to='juliet@example.com'/>");
    assert_contains(said(t), "<not-authorized");
}

static void a_login_is_relayed_and_judged_by_authd(void **state)
{
    struct fixture *t = *state;

    hears(t, HEADER AUTH);
    assert_contains(last(t)->body, "mechanism='PLAIN'");
    assert_contains(last(t)->body, "peer='192.0.2.1'");
    answers(t, "auth/0", 0,
            "<auth-failure " LINK_NS " condition='not-authorized'/>");
    assert_contains(said(t), "<not-authorized/></failure>");
}

static void too_many_failures_end_the_stream(void **state)
{
    struct fixture *t = *state;

    hears(t, HEADER);
    for (int i = 0; i < 5; i++) {
        hears(t, AUTH);
        answers(t, "auth/0", 0,
                "<auth-failure " LINK_NS " condition='not-authorized'/>");
    }
    assert_contains(said(t), "<policy-violation");
}

static void a_second_auth_during_the_first_ends_the_stream(void **state)
{
    struct fixture *t = *state;

    hears(t, HEADER AUTH AUTH);
    assert_contains(said(t), "</stream:error>");
}

static int setup_few_bytes(void **state)
{
    return setup_with(state, "c2sd { pre-auth-bytes = 500 }\n");
}
static void too_much_before_login_ends_the_stream(void **state)
{
    struct fixture *t = *state;
    char spaces[600];

    memset(spaces, ' ', sizeof(spaces));
    spaces[sizeof(spaces) - 1] = '\0';
    hears(t, HEADER);
    hears(t, spaces);
    assert_contains(said(t), "<policy-violation");
}

static void a_slow_login_times_out(void **state)
{
    struct fixture *t = *state;

    hears(t, HEADER);
    t->c2sd.now_ms += 31000;
    client_tick(t->client);
    assert_contains(said(t), "<connection-timeout");
}

/* --- bound ------------------------------------------------------------------
 */

static void binding_asks_sm_and_answers_the_client(void **state)
{
    struct fixture *t = *state;

    hears(t, HEADER);
    hears(t, AUTH);
    answers(t, "auth/0", 0,
            "<auth-success " LINK_NS " jid='romeo@example.com' grant='g'/>");
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

/* --- XEP-0198 ---------------------------------------------------------------
 */

static void enables(struct fixture *t)
{
    logs_in(t);
    hears(t, "<enable xmlns='urn:xmpp:sm:3' resume='true'/>");
    answers(t, shard(t), 0,
            "<session-enabled " LINK_NS " id='abc' max='300'/>");
    assert_contains(said(t), "resume='true'");
}

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

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_header_is_answered_with_mechanisms),
        TEST(a_domain_not_served_is_refused),
        TEST(a_stanza_before_login_ends_the_stream),
        TEST(a_login_is_relayed_and_judged_by_authd),
        TEST(too_many_failures_end_the_stream),
        TEST(a_second_auth_during_the_first_ends_the_stream),
        cmocka_unit_test_setup_teardown(too_much_before_login_ends_the_stream,
                                        setup_few_bytes, teardown),
        TEST(a_slow_login_times_out),
        TEST(binding_asks_sm_and_answers_the_client),
        TEST(a_stanza_leaves_with_the_own_address),
        TEST(a_forged_sender_ends_the_stream),
        TEST(an_unknown_element_ends_the_stream),
        TEST(a_stanza_is_copied_as_it_is),
        TEST(frames_of_another_shard_are_not_for_this_client),
        TEST(the_end_of_the_stream_closes_the_session),
        TEST(only_what_sm_discharged_is_acknowledged),
        TEST(an_early_discharge_waits_for_the_one_before),
        TEST(the_clients_count_is_told_to_sm),
        TEST(a_count_that_is_too_high_ends_the_stream),
        TEST(a_lost_connection_detaches_the_session),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
