/* Who may send what to whom, and what becomes of what waits (XEP-0220,
 * XEP-0178, XEP-0198). */
#include "tests/unit/test.h"

#include "talk.h"

/* --- keys ----------------------------------------------------------------- */

static void a_key_is_made_as_the_standard_has_it(void **state)
{
    struct arena arena = {0};

    (void)state;
    assert_str(dialback_key(&arena, STR("s3cr3tf0rd14lb4ck"),
                            STR("montague.example"), STR("capulet.example"),
                            STR("D60000229F")),
               "b4835385f37fe2895af6c196b59097b16862406db80559900d96bf6fa7d23df"
               "3");
    arena_clear(&arena);
}

static void our_own_keys_are_valid_and_others_are_not(void **state)
{
    struct world *w = world_new("");
    struct stream *stream = comes_in(w);
    struct arena arena = {0};
    struct str key = dialback_key(&arena, STR(SECRET), STR("their.example"),
                                  STR("our.example"), STR("abc"));
    struct str text = arena_printf(
        &arena,
        "<db:verify from='their.example' to='our.example' id='abc'>%.*s"
        "</db:verify>",
        STR_ARG(key));

    (void)state;
    hears(stream, text.p);
    assert_told(stream, "id='abc' type='valid'");
    hears(stream, "<db:verify from='their.example' to='our.example' "
                  "id='abd'>0</db:verify>");
    assert_told(stream, "id='abd' type='invalid'");
    hears(stream, "<db:verify from='their.example' to='else.example' "
                  "id='abc'>0</db:verify>");
    assert_told(stream, "<item-not-found");
    assert_int_equal(stream->state, STREAM_OPEN);
    arena_clear(&arena);
    world_free(w);
}

/* --- what comes in -------------------------------------------------------- */

static void a_stanza_before_verification_ends_the_stream(void **state)
{
    struct world *w = world_new("");
    struct stream *stream = comes_in(w);

    (void)state;
    hears(stream, MESSAGE);
    assert_told(stream, "<not-authorized");
    assert_nothing_arrived(w);
    world_free(w);
}

static void a_verified_domain_is_heard_and_no_other(void **state)
{
    struct world *w = world_new("");
    struct stream *stream = comes_in_verified(w);

    (void)state;
    hears(stream, MESSAGE);
    assert_arrived(w, "from='juliet@their.example' to='romeo@our.example'");
    hears(stream, "<message from='eve@else.example' to='romeo@our.example'/>");
    assert_told(stream, "<invalid-from");
    assert_nothing_arrived(w);
    world_free(w);
}

static void an_address_by_older_rules_costs_its_stanza_alone(void **state)
{
    struct world *w = world_new("");
    struct stream *stream = comes_in_verified(w);

    (void)state;
    hears(stream, "<message from='i\u2665you@their.example' "
                  "to='romeo@our.example'><body>lost</body></message>");
    hears(stream, "<message from='juliet@their.example' "
                  "to='i\u2665you@our.example'><body>refused</body></message>");
    assert_nothing_arrived(w);
    assert_told(w->s2sd.targets->stream,
                "<db:result from='our.example'"); /* to answer */
    hears(stream, MESSAGE);
    assert_arrived(w, "from='juliet@their.example' to='romeo@our.example'");
    world_free(w);
}

static void the_receiving_domain_is_part_of_what_is_verified(void **state)
{
    struct world *w = world_new("");
    struct stream *stream = comes_in_verified(w);

    (void)state;
    hears(stream, "<message from='juliet@their.example' "
                  "to='romeo@second.example'/>");
    assert_told(stream, "<invalid-from");
    world_free(w);
}

static void further_pairs_are_verified_on_the_same_stream(void **state)
{
    struct world *w = world_new("");
    struct stream *stream = comes_in_verified(w);
    char verify[200];

    (void)state;
    hears(stream, "<db:result from='their.example' to='second.example'>k"
                  "</db:result>");
    snprintf(verify, sizeof(verify),
             "<db:verify from='their.example' to='second.example' id='%s' "
             "type='valid'/>",
             stream->id);
    hears(w->s2sd.targets->stream, verify);
    assert_told(stream, "from='second.example' to='their.example' "
                        "type='valid'");
    hears(stream, "<message from='juliet@their.example' "
                  "to='romeo@second.example'/>");
    assert_arrived(w, "to='romeo@second.example'");
    world_free(w);
}

static void an_invalid_key_ends_a_stream_without_other_domains(void **state)
{
    struct world *w = world_new("");
    struct stream *stream = comes_in(w);

    (void)state;
    hears(stream, KEY);
    answers_question(w, stream->id, "invalid");
    assert_int_equal(stream->state, STREAM_CLOSING);
    assert_told(stream, "type='invalid'");
    world_free(w);
}

static void an_answer_that_nobody_asked_for_verifies_nothing(void **state)
{
    struct world *w = world_new("");
    struct stream *stream = comes_in(w);
    char verify[200];

    (void)state;
    hears(stream, KEY);
    snprintf(verify, sizeof(verify),
             "<db:verify from='their.example' to='our.example' id='%s' "
             "type='valid'/>",
             stream->id);
    hears(stream, verify); /* on the stream of who wants to be believed */
    hears(stream, "<db:result from='their.example' to='our.example' "
                  "type='valid'/>");
    assert_false(stream_has_verified(stream));
    answers_question(w, "another-id", "valid");
    assert_false(stream_has_verified(stream));
    hears(stream, MESSAGE);
    assert_nothing_arrived(w);
    world_free(w);
}

static void what_cannot_be_verified_is_told(void **state)
{
    static const char *const rows[][2] = {
        {"<db:result from='their.example' to='else.example'>k</db:result>",
         "<item-not-found"},
        {"<db:result from='second.example' to='our.example'>k</db:result>",
         "<not-acceptable"},
        {"<db:result from='bad.example' to='our.example'>k</db:result>",
         "<forbidden"},
        {"<db:result from='bank.example' to='our.example'>k</db:result>",
         "<not-authorized"},
    };
    struct world *w = world_new("s2sd { blocked = {\"bad.example\"} "
                                "certificate-domains = {\"bank.example\"} }");
    struct stream *stream = comes_in(w);

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        hears(stream, rows[i][0]);
        assert_told(stream, rows[i][1]);
        assert_null(w->dialled); /* nobody is called back for it */
    }
    assert_int_equal(stream->state, STREAM_OPEN);
    world_free(w);
}

static void a_domain_whose_server_is_away_is_told_so(void **state)
{
    struct world *w = world_new("");
    struct stream *stream = comes_in(w);

    (void)state;
    hears(stream, KEY);
    stream_not_connected(w->dialled, ERR_REMOTE_SERVER_TIMEOUT, "down");
    assert_told(stream, "<remote-server-timeout");
    hears(stream, KEY); /* and is not tried again at once */
    assert_told(stream, "<resource-constraint");
    assert_int_equal(w->s2sd.streams_out, 1);
    world_free(w);
}

static void a_certificate_proves_a_domain_at_once(void **state)
{
    struct world *w = world_new("s2sd { dialback = false }");
    struct stream *stream;

    (void)state;
    w->certificate = "their.example";
    stream = comes_in(w);
    assert_told(stream, "<mechanism>EXTERNAL</mechanism>");
    hears(stream, "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' "
                  "mechanism='EXTERNAL'>=</auth>");
    assert_told(stream, "<success");
    hears(stream, "<stream:stream xmlns='jabber:server' "
                  "xmlns:db='jabber:server:dialback' "
                  "xmlns:stream='http://etherx.jabber.org/streams' "
                  "from='their.example' to='our.example' version='1.0'>");
    hears(stream, MESSAGE);
    assert_arrived(w, "juliet@their.example");
    assert_null(w->dialled);
    world_free(w);
}

static void external_needs_a_certificate_of_that_domain(void **state)
{
    struct world *w = world_new("");
    struct stream *stream;

    (void)state;
    w->certificate = "else.example";
    stream = comes_in(w);
    hears(stream, "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' "
                  "mechanism='EXTERNAL'>=</auth>");
    assert_told(stream, "<not-authorized/></failure>");
    w->certificate = "their.example";
    stream = comes_in(w);
    hears(stream, "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' "
                  "mechanism='EXTERNAL'>ZWxzZS5leGFtcGxl</auth>");
    assert_told(stream, "<invalid-authzid/></failure>");
    world_free(w);
}

static void without_tls_nothing_but_tls_is_possible(void **state)
{
    struct world *w = world_new("");
    struct stream *stream =
        stream_new_incoming(&w->s2sd, w, "192.0.2.1", false);

    (void)state;
    hears(stream, "<stream:stream xmlns='jabber:server' "
                  "xmlns:db='jabber:server:dialback' "
                  "xmlns:stream='http://etherx.jabber.org/streams' "
                  "from='their.example' to='our.example' version='1.0'>");
    assert_told(stream, "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'>"
                        "<required/>");
    hears(stream, KEY);
    assert_told(stream, "<policy-violation");
    assert_null(w->dialled);
    world_free(w);
}

static void bytes_behind_starttls_end_the_stream(void **state)
{
    struct world *w = world_new("");
    struct stream *stream =
        stream_new_incoming(&w->s2sd, w, "192.0.2.1", false);

    (void)state;
    hears(stream, "<stream:stream xmlns='jabber:server' "
                  "xmlns:stream='http://etherx.jabber.org/streams' "
                  "from='their.example' to='our.example' version='1.0'>");
    hears(stream, "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/><x/>");
    assert_int_equal(stream->state, STREAM_CLOSING);
    world_free(w);
}

static void what_xmpp_forbids_ends_the_stream(void **state)
{
    static const char *const rows[][2] = {
        {"<!DOCTYPE x [", "<restricted-xml"},
        {"<!-- x", "<restricted-xml"},
        {"<?x", "<restricted-xml"},
        {"</x>", "<not-well-formed"},
        {"<x xmlns='urn:x'/>", "<unsupported-stanza-type"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct world *w = world_new("");
        struct stream *stream = comes_in(w);

        hears(stream, rows[i][0]);
        assert_told(stream, rows[i][1]);
        world_free(w);
    }
}

static void a_stranger_may_not_say_much(void **state)
{
    struct world *w = world_new("s2sd { pre-auth-bytes = 2000 }");
    struct stream *stream = comes_in(w);
    char spaces[3000];

    (void)state;
    memset(spaces, ' ', sizeof(spaces));
    spaces[sizeof(spaces) - 1] = '\0';
    hears(stream, spaces);
    assert_told(stream, "<policy-violation");
    stream = comes_in(w);
    passes(w, 31);
    assert_told(stream, "<connection-timeout");
    world_free(w);
}

static void pairs_of_one_stream_are_bounded(void **state)
{
    struct world *w = world_new("s2sd { max-domain-pairs = 2 }");
    struct stream *stream = comes_in(w);

    (void)state;
    hears(stream, "<db:result from='a.example' to='our.example'>k</db:result>");
    hears(stream, "<db:result from='b.example' to='our.example'>k</db:result>");
    hears(stream, "<db:result from='c.example' to='our.example'>k</db:result>");
    assert_told(stream, "<resource-constraint");
    assert_int_equal(w->s2sd.streams_out, 2);
    world_free(w);
}

static void who_asked_may_be_gone_when_the_answer_comes(void **state)
{
    struct world *w = world_new("");
    struct stream *stream = comes_in(w), *asked;
    char verify[200];

    (void)state;
    hears(stream, KEY);
    asked = answers(w, FEATURES);
    snprintf(verify, sizeof(verify),
             "<db:verify from='their.example' to='our.example' id='%s' "
             "type='valid'/>",
             stream->id);
    stream_lost(stream, "gone");
    hears(asked, verify);
    assert_null(w->s2sd.targets->questions);
    world_free(w);
}

static void strangers_fill_half_of_the_table_of_domains(void **state)
{
    struct world *w = world_new("s2sd { max-domains = 4 }");
    struct stream *stream = comes_in(w);

    (void)state;
    hears(stream, "<db:result from='a.example' to='our.example'>k</db:result>");
    hears(stream, "<db:result from='b.example' to='our.example'>k</db:result>");
    hears(stream, "<db:result from='c.example' to='our.example'>k</db:result>");
    assert_told(stream, "<resource-constraint");
    w->dialled = NULL;
    sends(w, OURS);
    assert_non_null(w->dialled);
    world_free(w);
}

/* --- what goes out -------------------------------------------------------- */

static void what_waits_goes_out_when_the_server_believes_us(void **state)
{
    struct world *w = world_new("");
    struct stream *stream;

    (void)state;
    sends(w, OURS);
    stream = answers(w, FEATURES);
    assert_told(stream, "<db:result from='our.example' to='their.example'>");
    assert_int_equal(w->discharged, 0);
    hears(stream, "<db:result from='their.example' to='our.example' "
                  "type='valid'/>");
    settle(w);
    assert_int_equal(w->discharged, 0); /* the kernel has not got it yet */
    assert_told(stream, "juliet@their.example");
    settle(w);
    assert_int_equal(w->discharged, 1);
    world_free(w);
}

static void with_acknowledgements_the_servers_word_counts(void **state)
{
    struct world *w = world_new("");
    struct stream *stream;

    (void)state;
    sends(w, OURS);
    stream = answers(w, "<stream:features><sm xmlns='urn:xmpp:sm:3'/>"
                        "</stream:features>");
    hears(stream, "<db:result from='their.example' to='our.example' "
                  "type='valid'/>");
    hears(stream, "<enabled xmlns='urn:xmpp:sm:3'/>");
    assert_told(stream, "<r xmlns='urn:xmpp:sm:3'/>");
    settle(w);
    assert_int_equal(w->discharged, 0);
    hears(stream, "<a xmlns='urn:xmpp:sm:3' h='1'/>");
    settle(w);
    assert_int_equal(w->discharged, 1);
    hears(stream, "<a xmlns='urn:xmpp:sm:3' h='2'/>"); /* never sent */
    assert_told(stream, "<undefined-condition");
    world_free(w);
}

static void a_server_that_is_not_there_returns_what_waits(void **state)
{
    struct world *w = world_new("");

    (void)state;
    sends(w, OURS);
    stream_not_connected(w->dialled, ERR_REMOTE_SERVER_NOT_FOUND, "no address");
    assert_arrived(w, "<remote-server-not-found");
    assert_int_equal(w->discharged, 1);
    w->dialled = NULL;
    sends(w, OURS); /* the domain rests */
    assert_null(w->dialled);
    assert_arrived(w, "<remote-server-not-found");
    passes(w, 6);
    sends(w, OURS);
    assert_non_null(w->dialled);
    world_free(w);
}

static void what_waits_too_long_is_returned(void **state)
{
    struct world *w = world_new("");

    (void)state;
    sends(w, OURS);
    passes(w, 29);
    assert_nothing_arrived(w);
    passes(w, 2);
    assert_arrived(w, "<remote-server-timeout");
    assert_null(w->dialled);
    world_free(w);
}

static void what_waits_is_bounded(void **state)
{
    struct world *w = world_new("s2sd { max-queue = 10000 }");

    (void)state;
    for (int i = 0; i < 200; i++)
        sends(w, OURS);
    assert_arrived(w, "<resource-constraint");
    assert_true(w->s2sd.targets->waiting_bytes <= 10000);
    world_free(w);
}

/* As sm's successor sends what was not discharged to its predecessor. */
static void sends_from(struct world *w, const char *stanza, const char *origin)
{
    char to[32];
    const struct frame frame = {.body = str_of(stanza),
                                .origin = str_of(origin)};

    channel_send(channels_get(w->others, STR("sm/4"),
                              federation_address(to, STR("their.example"))),
                 &frame, NULL);
    settle(w);
}

static void what_an_sm_forwards_again_is_sent_once(void **state)
{
    struct world *w = world_new("");
    struct stream *stream;
    char *text;

    (void)state;
    sends_from(w, OURS, "c2s/1:7:sm/3:1");
    sends_from(w, OURS, "c2s/1:7:sm/3:1");
    sends_from(w, OURS, "c2s/1:7:sm/3:2"); /* the same words, said again */
    stream = answers(w, FEATURES);
    free(told(stream));
    hears(stream, "<db:result from='their.example' to='our.example' "
                  "type='valid'/>");
    text = told(stream);
    assert_non_null(strstr(text, "'o1'"));
    assert_non_null(strstr(strstr(text, "'o1'") + 1, "'o1'"));
    assert_null(strstr(strstr(strstr(text, "'o1'") + 1, "'o1'") + 1, "'o1'"));
    free(text);
    settle(w);
    assert_int_equal(w->discharged, 3); /* each frame of it */
    sends_from(w, OURS, "c2s/1:7:sm/3:1");
    assert_int_equal(w->discharged, 4);
    text = told(stream);
    assert_null(strstr(text, "'o1'"));
    free(text);
    world_free(w);
}

static void what_a_broken_stream_had_not_begun_goes_by_the_next(void **state)
{
    struct world *w = world_new("");
    struct stream *stream;

    (void)state;
    sends(w, OURS);
    stream = answers(w, FEATURES);
    hears(stream, "<db:result from='their.example' to='our.example' "
                  "type='valid'/>");
    w->s2sd.now_ms += 60000;
    stream_lost(stream, "reset");
    assert_nothing_arrived(w);
    assert_int_equal(w->discharged, 0);
    stream = answers(w, FEATURES);
    hears(stream, "<db:result from='their.example' to='our.example' "
                  "type='valid'/>");
    assert_told(stream, "juliet@their.example");
    settle(w);
    assert_int_equal(w->discharged, 1);
    world_free(w);
}

static void a_stream_of_use_may_be_short_some_times(void **state)
{
    struct world *w = world_new("");
    struct stream *stream;

    (void)state;
    for (int i = 0; i < 4; i++) {
        sends(w, OURS);
        assert_non_null(w->dialled);
        stream = answers(w, FEATURES);
        hears(stream, "<db:result from='their.example' to='our.example' "
                      "type='valid'/>");
        free(told(stream));
        stream_lost(stream, "reset");
    }
    settle(w);
    buf_reset(&w->arrived);
    sends(w, OURS); /* the fourth in a row: the domain rests */
    assert_null(w->dialled);
    assert_arrived(w, "<remote-server-timeout");
    world_free(w);
}

static void a_stream_that_ended_at_once_is_forgotten(void **state)
{
    struct world *w = world_new("");
    struct stream *stream;

    (void)state;
    sends(w, OURS);
    stream = answers(w, FEATURES);
    hears(stream, "<db:result from='their.example' to='our.example' "
                  "type='valid'/>");
    free(told(stream));
    stream_lost(stream, "reset"); /* it was verified, but lived too short */
    passes(w, 60);
    sends(w, OURS);
    stream = answers(w, FEATURES);
    hears(stream, "<db:result from='their.example' to='our.example' "
                  "type='valid'/>");
    assert_told(stream, "juliet@their.example");
    world_free(w);
}

static void what_may_have_arrived_is_returned(void **state)
{
    struct world *w = world_new("");
    struct stream *stream;

    (void)state;
    sends(w, OURS);
    stream = answers(w, "<stream:features><sm xmlns='urn:xmpp:sm:3'/>"
                        "</stream:features>");
    hears(stream, "<db:result from='their.example' to='our.example' "
                  "type='valid'/>");
    free(told(stream));
    stream_lost(stream, "reset");
    assert_arrived(w, "<remote-server-timeout");
    assert_int_equal(w->discharged, 1);
    world_free(w);
}

static void a_server_that_does_not_believe_us_gets_nothing(void **state)
{
    struct world *w = world_new("");
    struct stream *stream;
    char *text;

    (void)state;
    sends(w, OURS);
    stream = answers(w, FEATURES);
    hears(stream, "<db:result from='their.example' to='our.example' "
                  "type='invalid'/>");
    assert_arrived(w, "<internal-server-error");
    text = told(stream);
    assert_false(has(text, "<message"));
    free(text);
    world_free(w);
}

static void a_blocked_domain_is_not_called(void **state)
{
    struct world *w = world_new("s2sd { blocked = {\"their.example\"} }");

    (void)state;
    sends(w, OURS);
    assert_arrived(w, "<not-allowed");
    assert_null(w->dialled);
    world_free(w);
}

static void policy_wants_a_certificate(void **state)
{
    struct world *w = world_new("s2sd { require-certificate = true }");
    struct stream *stream;

    (void)state;
    sends(w, OURS);
    stream = answers(w, FEATURES);
    assert_int_equal(stream->state, STREAM_CLOSING);
    stream_lost(stream, "ended");
    assert_arrived(w, "<remote-server-timeout");
    world_free(w);
}

static void nobody_on_the_link_speaks_for_other_domains(void **state)
{
    struct world *w = world_new("");

    (void)state;
    sends(w, "<message from='eve@else.example' to='juliet@their.example'/>");
    assert_null(w->dialled);
    assert_int_equal(w->discharged, 1);
    assert_int_equal(w->s2sd.refused, 1);
    world_free(w);
}

static void what_came_in_is_acknowledged_when_the_suite_has_it(void **state)
{
    struct world *w = world_new("");
    struct stream *stream = comes_in_verified(w);

    (void)state;
    w->holds = true;
    hears(stream, "<enable xmlns='urn:xmpp:sm:3'/>");
    hears(stream, MESSAGE);
    settle(w);
    hears(stream, "<r xmlns='urn:xmpp:sm:3'/>");
    assert_told(stream, "h='0'");
    channel_discharge(channels_get(w->others, STR("sm/0"), STR("s2s/0")), 1);
    for (unsigned i = 0; i < JID_SHARDS; i++) {
        char address[32];

        channel_discharge(channels_get(w->others,
                                       address_write(address, ADDRESS_SM, i),
                                       STR("s2s/0")),
                          1);
    }
    settle(w);
    assert_told(stream, "h='1'");
    world_free(w);
}

#define TO_ROOM                                                                \
    "<message from='juliet@their.example' type='groupchat' "                   \
    "to='hall@conference.our.example'><body>hi</body></message>"

static struct stream *comes_to_the_rooms(struct world *w)
{
    struct stream *stream = comes_in_verified(w);
    char verify[200];

    hears(stream, "<db:result from='their.example' "
                  "to='conference.our.example'>k</db:result>");
    snprintf(verify, sizeof(verify),
             "<db:verify from='their.example' to='conference.our.example' "
             "id='%s' type='valid'/>",
             stream->id);
    hears(w->s2sd.targets->stream, verify);
    hears(stream, "<enable xmlns='urn:xmpp:sm:3'/>");
    return stream;
}

static void what_is_for_rooms_waits_for_a_time(void **state)
{
    struct world *w = world_new("s2sd { room-timeout = 10 }");
    struct stream *stream = comes_to_the_rooms(w);

    (void)state;
    passes(w, 1);
    hears(stream, TO_ROOM);
    passes(w, 5);
    hears(stream, "<r xmlns='urn:xmpp:sm:3'/>");
    assert_told(stream, "h='0'");
    passes(w, 6);
    hears(stream, "<r xmlns='urn:xmpp:sm:3'/>");
    assert_told(stream, "h='1'");
    assert_told(w->s2sd.targets->stream,
                "<db:result from='conference.our.example'"); /* to answer */
    hears(stream, TO_ROOM);
    hears(stream, "<r xmlns='urn:xmpp:sm:3'/>");
    assert_told(stream, "h='2'");
    world_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_key_is_made_as_the_standard_has_it),
        cmocka_unit_test(our_own_keys_are_valid_and_others_are_not),
        cmocka_unit_test(a_stanza_before_verification_ends_the_stream),
        cmocka_unit_test(a_verified_domain_is_heard_and_no_other),
        cmocka_unit_test(what_is_for_rooms_waits_for_a_time),
        cmocka_unit_test(an_address_by_older_rules_costs_its_stanza_alone),
        cmocka_unit_test(the_receiving_domain_is_part_of_what_is_verified),
        cmocka_unit_test(further_pairs_are_verified_on_the_same_stream),
        cmocka_unit_test(an_invalid_key_ends_a_stream_without_other_domains),
        cmocka_unit_test(an_answer_that_nobody_asked_for_verifies_nothing),
        cmocka_unit_test(what_cannot_be_verified_is_told),
        cmocka_unit_test(a_domain_whose_server_is_away_is_told_so),
        cmocka_unit_test(a_certificate_proves_a_domain_at_once),
        cmocka_unit_test(external_needs_a_certificate_of_that_domain),
        cmocka_unit_test(without_tls_nothing_but_tls_is_possible),
        cmocka_unit_test(bytes_behind_starttls_end_the_stream),
        cmocka_unit_test(what_xmpp_forbids_ends_the_stream),
        cmocka_unit_test(a_stranger_may_not_say_much),
        cmocka_unit_test(pairs_of_one_stream_are_bounded),
        cmocka_unit_test(who_asked_may_be_gone_when_the_answer_comes),
        cmocka_unit_test(strangers_fill_half_of_the_table_of_domains),
        cmocka_unit_test(what_waits_goes_out_when_the_server_believes_us),
        cmocka_unit_test(with_acknowledgements_the_servers_word_counts),
        cmocka_unit_test(a_server_that_is_not_there_returns_what_waits),
        cmocka_unit_test(what_waits_too_long_is_returned),
        cmocka_unit_test(what_waits_is_bounded),
        cmocka_unit_test(what_an_sm_forwards_again_is_sent_once),
        cmocka_unit_test(what_a_broken_stream_had_not_begun_goes_by_the_next),
        cmocka_unit_test(a_stream_of_use_may_be_short_some_times),
        cmocka_unit_test(a_stream_that_ended_at_once_is_forgotten),
        cmocka_unit_test(what_may_have_arrived_is_returned),
        cmocka_unit_test(a_server_that_does_not_believe_us_gets_nothing),
        cmocka_unit_test(a_blocked_domain_is_not_called),
        cmocka_unit_test(policy_wants_a_certificate),
        cmocka_unit_test(nobody_on_the_link_speaks_for_other_domains),
        cmocka_unit_test(what_came_in_is_acknowledged_when_the_suite_has_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
