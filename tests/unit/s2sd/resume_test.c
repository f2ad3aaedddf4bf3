/* Streams between servers that lose their connection and go on (XEP-0198 §5).
 */
#include "tests/unit/test.h"

#include "talk.h"

#define COUNTS "<stream:features><sm xmlns='urn:xmpp:sm:3'/></stream:features>"
#define COUNTS_BOTH_WAYS                                                       \
    "<stream:features><bidi xmlns='urn:xmpp:features:bidi'/>"                  \
    "<sm xmlns='urn:xmpp:sm:3'/></stream:features>"
#define VALID   "<db:result from='their.example' to='our.example' type='valid'/>"
#define ENABLED "<enabled xmlns='urn:xmpp:sm:3' resume='1' id='an id &lt;'/>"
#define SECOND                                                                 \
    "<message from='romeo@our.example/r' to='juliet@their.example' id='o2' "   \
    "type='chat'><body>second</body></message>"

static void assert_not_told(struct stream *stream, const char *part)
{
    char *text = told(stream);

    if (has(text, part))
        print_error("told: %s\n", text);
    assert_false(has(text, part));
    free(text);
}

static void resumes(struct stream *stream, const char *id)
{
    char text[200];

    snprintf(text, sizeof(text),
             "<resume xmlns='urn:xmpp:sm:3' h='0' previd='%s'/>", id);
    hears(stream, text);
}

static void is_cut(struct world *w, struct stream *stream)
{
    w->s2sd.now_ms += 5000;
    stream_lost(stream, "cut");
}

/* --- those that we made --------------------------------------------------- */

/* One that may be resumed and has carried OURS. */
static struct stream *has_sent(struct world *w, const char *features)
{
    struct stream *stream;

    sends(w, OURS);
    stream = answers(w, features);
    hears(stream, VALID);
    hears(stream, ENABLED);
    assert_told(stream, "<enable xmlns='urn:xmpp:sm:3' resume='true'/>");
    return stream;
}

/* The same server is there again, and believes us. */
static struct stream *is_back(struct world *w, const char *features)
{
    struct stream *stream;

    assert_non_null(w->dialled);
    stream = answers(w, features);
    assert_told(stream, "<db:result from='our.example'");
    hears(stream, VALID);
    return stream;
}

static void what_did_not_arrive_is_sent_again(void **state)
{
    struct world *w = world_new("");
    struct stream *stream = has_sent(w, COUNTS);

    (void)state;
    sends(w, SECOND);
    free(told(stream));
    is_cut(w, stream);
    assert_nothing_arrived(w);
    stream = is_back(w, COUNTS);
    assert_told(stream, "<resume xmlns='urn:xmpp:sm:3' h='0' "
                        "previd='an id &lt;'/>");
    sends(w, "<message from='romeo@our.example/r' to='juliet@their.example' "
             "id='o3'><body>third</body></message>");
    assert_not_told(stream, "<message"); /* not before it is known where */
    hears(stream, "<resumed xmlns='urn:xmpp:sm:3' h='1' "
                  "previd='an id &lt;'/>");
    {
        char *text = told(stream);

        assert_false(has(text, "'o1'"));
        assert_true(has(text, "'o2'"));
        assert_true(strstr(text, "'o2'") < strstr(text, "'o3'"));
        assert_false(has(text, "<enable"));
        free(text);
    }
    settle(w);
    assert_int_equal(w->discharged, 1);
    hears(stream, "<a xmlns='urn:xmpp:sm:3' h='3'/>");
    settle(w);
    assert_int_equal(w->discharged, 3);
    assert_nothing_arrived(w); /* nothing is returned */
    world_free(w);
}

static void it_may_break_again_and_again(void **state)
{
    struct world *w = world_new("");
    struct stream *stream = has_sent(w, COUNTS);

    (void)state;
    for (int i = 0; i < 5; i++) {
        is_cut(w, stream);
        stream = is_back(w, COUNTS);
        hears(stream, "<resumed xmlns='urn:xmpp:sm:3' h='0' "
                      "previd='an id &lt;'/>");
        assert_told(stream, "'o1'");
    }
    hears(stream, "<a xmlns='urn:xmpp:sm:3' h='1'/>");
    settle(w);
    assert_int_equal(w->discharged, 1);
    assert_null(w->s2sd.streams->next); /* no former one is kept */
    world_free(w);
}

static void a_server_that_forgot_is_not_sent_it_twice(void **state)
{
    struct world *w = world_new("");
    struct stream *stream = has_sent(w, COUNTS);

    (void)state;
    sends(w, SECOND);
    free(told(stream));
    is_cut(w, stream);
    stream = is_back(w, COUNTS);
    hears(stream, "<failed xmlns='urn:xmpp:sm:3' h='1'><item-not-found "
                  "xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></failed>");
    settle(w);
    buf_add_char(&w->arrived, '\0'); /* the second is returned, for it may... */
    assert_true(has(buf_view(&w->arrived).p, "'o2'"));
    assert_false(has(buf_view(&w->arrived).p, "'o1'")); /* not the first */
    assert_told(stream, "<enable");
    sends(w, OURS);
    assert_told(stream, "'o1'");
    world_free(w);
}

static void a_server_that_offers_it_no_more_is_sent_what_is_new(void **state)
{
    struct world *w = world_new("");
    struct stream *stream = has_sent(w, COUNTS);

    (void)state;
    is_cut(w, stream);
    sends(w, SECOND);
    stream = is_back(w, FEATURES);
    assert_told(stream, "'o2'");
    assert_arrived(w, "'o1'");
    world_free(w);
}

static void a_server_that_stays_away_returns_it_in_the_end(void **state)
{
    struct world *w = world_new("s2sd { resume-timeout = 20 }");
    struct stream *stream = has_sent(w, COUNTS);

    (void)state;
    is_cut(w, stream);
    for (int i = 0; i < 18; i++) {
        if (w->dialled) {
            stream = w->dialled;
            w->dialled = NULL;
            stream_not_connected(stream, ERR_REMOTE_SERVER_TIMEOUT, "down");
        }
        passes(w, 1);
        assert_nothing_arrived(w);
    }
    passes(w, 3);
    assert_arrived(w, "<remote-server-timeout");
    assert_int_equal(w->discharged, 1);
    world_free(w);
}

static void an_end_that_is_meant_is_an_end(void **state)
{
    struct world *w = world_new("");
    struct stream *stream = has_sent(w, COUNTS);

    (void)state;
    hears(stream, "</stream:stream>");
    is_cut(w, stream);
    assert_arrived(w, "'o1'");
    assert_null(w->dialled);
    world_free(w);
}

static void a_false_count_resumes_nothing(void **state)
{
    struct world *w = world_new("");
    struct stream *stream = has_sent(w, COUNTS);

    (void)state;
    is_cut(w, stream);
    stream = is_back(w, COUNTS);
    hears(stream, "<resumed xmlns='urn:xmpp:sm:3' h='7' "
                  "previd='an id &lt;'/>");
    assert_told(stream, "<undefined-condition");
    hears(stream, "<resumed xmlns='urn:xmpp:sm:3' h='1' previd='else'/>");
    assert_nothing_arrived(w);
    world_free(w);
}

static void every_domain_of_ours_is_proved_before_it_goes_on(void **state)
{
    struct world *w = world_new("");
    struct stream *stream = has_sent(w, COUNTS);

    (void)state;
    sends(w, "<message from='romeo@second.example/r' id='s1' "
             "to='juliet@their.example'><body>x</body></message>");
    hears(stream, "<db:result from='their.example' to='second.example' "
                  "type='valid'/>");
    assert_told(stream, "'s1'");
    is_cut(w, stream);
    stream = answers(w, COUNTS);
    assert_told(stream, "<db:result from='second.example'");
    hears(stream, VALID);
    assert_not_told(stream, "<resume");
    hears(stream, "<db:result from='their.example' to='second.example' "
                  "type='valid'/>");
    assert_told(stream, "<resume");
    world_free(w);
}

static void who_acknowledges_nothing_keeps_nothing_for_ever(void **state)
{
    struct world *w =
        world_new("s2sd { ack-timeout = 10 resume-timeout = 15 }");
    struct stream *stream = has_sent(w, COUNTS);

    (void)state;
    for (int i = 0; i < 60 && !w->discharged; i++) {
        free(told(stream));
        hears(stream, "<a xmlns='urn:xmpp:sm:3' h='0'/>");
        passes(w, 1);
        if (stream->state != STREAM_CLOSING)
            continue;
        stream_lost(stream, "given up");
        settle(w);
        if (w->discharged)
            break;
        stream = is_back(w, COUNTS);
        hears(stream, "<resumed xmlns='urn:xmpp:sm:3' h='0' "
                      "previd='an id &lt;'/>");
    }
    assert_arrived(w, "<remote-server-timeout");
    world_free(w);
}

static void nobody_is_asked_faster_than_he_can_answer(void **state)
{
    struct world *w = world_new("");
    struct stream *stream = has_sent(w, COUNTS);

    (void)state;
    hears(stream, "<a xmlns='urn:xmpp:sm:3' h='0'/>");
    assert_not_told(stream, "<r ");
    passes(w, 1);
    assert_told(stream, "<r ");
    hears(stream, "<a xmlns='urn:xmpp:sm:3' h='0'/>");
    sends(w, SECOND); /* something new is asked about at once */
    assert_told(stream, "<r ");
    world_free(w);
}

/* --- those that came in --------------------------------------------------- */

/* One that may be resumed; its id goes into `id`. */
static struct stream *comes_in_counting(struct world *w, char id[64])
{
    struct stream *stream = comes_in_verified(w);

    hears(stream, "<enable xmlns='urn:xmpp:sm:3' resume='true'/>");
    assert_told(stream, "resume='true' id='");
    snprintf(id, 64, "%.*s", STR_ARG(stream->sm_id));
    return stream;
}

/* The same server comes again and proves itself. */
static struct stream *comes_back(struct world *w)
{
    struct stream *stream = comes_in(w);

    w->certificate = "their.example";
    hears(stream, KEY);
    w->certificate = NULL;
    assert_told(stream, "type='valid'");
    return stream;
}

static void what_came_again_is_delivered_once(void **state)
{
    struct world *w = world_new("");
    char id[64];
    struct stream *stream = comes_in_counting(w, id);

    (void)state;
    hears(stream, MESSAGE);
    assert_arrived(w, "'m1'");
    w->holds = true;
    hears(stream, "<message from='juliet@their.example' to='romeo@our.example' "
                  "id='m2'><body>x</body></message>");
    assert_arrived(w, "'m2'"); /* and is not discharged */
    is_cut(w, stream);
    stream = comes_back(w);
    resumes(stream, id);
    assert_told(stream, "<resumed xmlns='urn:xmpp:sm:3' h='1'");
    hears(stream, "<message from='juliet@their.example' to='romeo@our.example' "
                  "id='m2'><body>x</body></message>");
    assert_nothing_arrived(w);
    w->holds = false;
    hears(stream, "<message from='juliet@their.example' to='romeo@our.example' "
                  "id='m3'><body>x</body></message>");
    assert_arrived(w, "'m3'");
    hears(stream, "<r xmlns='urn:xmpp:sm:3'/>");
    assert_told(stream, "h='1'"); /* the second is still with the suite */
    assert_int_equal(stream->in, 3);
    world_free(w);
}

static void a_connection_that_looks_alive_is_resumed_too(void **state)
{
    struct world *w = world_new("");
    char id[64];
    struct stream *old = comes_in_counting(w, id), *stream;

    (void)state;
    hears(old, MESSAGE);
    assert_arrived(w, "'m1'");
    stream = comes_back(w);
    resumes(stream, id);
    assert_told(stream, "<resumed xmlns='urn:xmpp:sm:3' h='1'");
    assert_told(old, "<conflict");
    hears(old, MESSAGE);
    assert_nothing_arrived(w);
    hears(stream, MESSAGE);
    assert_arrived(w, "'m1'");
    world_free(w);
}

static void nobody_else_resumes_it(void **state)
{
    struct world *w = world_new("");
    char id[64];
    struct stream *stream = comes_in_counting(w, id), *other;

    (void)state;
    is_cut(w, stream);
    other = comes_in(w); /* verified for nothing */
    resumes(other, id);
    assert_told(other, "<failed");
    w->certificate = "else.example";
    hears(other, "<db:result from='else.example' to='our.example'>k"
                 "</db:result>");
    resumes(other, id); /* verified as somebody else */
    assert_told(other, "<failed");
    w->certificate = NULL;
    stream = comes_back(w);
    resumes(stream, "no-such-id");
    assert_told(stream, "<item-not-found");
    resumes(stream, id);
    assert_told(stream, "<resumed");
    resumes(stream, id);
    assert_told(stream, "<failed");
    world_free(w);
}

static void a_domain_has_one_stream_that_waits(void **state)
{
    struct world *w = world_new("");
    char id[64];

    (void)state;
    for (int i = 0; i < 5; i++) {
        struct stream *stream = comes_back(w);

        hears(stream, "<enable xmlns='urn:xmpp:sm:3' resume='true'/>");
        snprintf(id, sizeof(id), "%.*s", STR_ARG(stream->sm_id));
        is_cut(w, stream);
    }
    assert_non_null(w->s2sd.streams);
    assert_null(w->s2sd.streams->next);
    assert_null(w->s2sd.callers);
    resumes(comes_back(w), id); /* the last */
    assert_null(w->s2sd.streams->next);
    is_cut(w, w->s2sd.streams);
    passes(w, 61);
    assert_null(w->s2sd.streams);
    world_free(w);
}

/* --- both ways ------------------------------------------------------------ */

/* One of theirs that carries our stanzas too, and has carried OURS. */
static struct stream *carries_ours(struct world *w, char id[64])
{
    struct stream *stream = comes_in(w);

    hears(stream, "<bidi xmlns='urn:xmpp:bidi'/>");
    w->certificate = "their.example";
    hears(stream, KEY);
    w->certificate = NULL;
    hears(stream, "<enable xmlns='urn:xmpp:sm:3' resume='true'/>");
    snprintf(id, 64, "%.*s", STR_ARG(stream->sm_id));
    sends(w, OURS);
    assert_told(stream, "'o1'");
    return stream;
}

static struct stream *comes_back_both_ways(struct world *w)
{
    struct stream *stream = comes_in(w);

    hears(stream, "<bidi xmlns='urn:xmpp:bidi'/>");
    w->certificate = "their.example";
    hears(stream, KEY);
    w->certificate = NULL;
    return stream;
}

static void who_called_and_lost_it_calls_again(void **state)
{
    struct world *w = world_new("");
    char id[64];
    struct stream *stream = carries_ours(w, id);

    (void)state;
    is_cut(w, stream);
    sends(w, SECOND);
    assert_null(w->dialled); /* he is given time */
    stream = comes_back_both_ways(w);
    assert_not_told(stream, "<message");
    resumes(stream, id);
    {
        char *text = told(stream);

        assert_true(has(text, "<resumed"));
        assert_true(strstr(text, "<resumed") < strstr(text, "'o1'"));
        assert_true(strstr(text, "'o1'") < strstr(text, "'o2'"));
        free(text);
    }
    hears(stream, "<a xmlns='urn:xmpp:sm:3' h='2'/>");
    settle(w);
    assert_int_equal(w->discharged, 2);
    world_free(w);
}

static void what_goes_back_is_resumed_from_a_living_connection(void **state)
{
    struct world *w = world_new("");
    char id[64];
    struct stream *old = carries_ours(w, id), *stream;

    (void)state;
    stream = comes_back_both_ways(w);
    resumes(stream, id);
    assert_told(stream, "'o1'");
    sends(w, SECOND);
    assert_told(stream, "'o2'");
    assert_told(old, "<conflict");
    is_cut(w, old);
    assert_nothing_arrived(w);
    hears(stream, "<a xmlns='urn:xmpp:sm:3' h='2'/>");
    settle(w);
    assert_int_equal(w->discharged, 2);
    world_free(w);
}

static void who_does_not_call_again_is_called(void **state)
{
    struct world *w = world_new("");
    char id[64];
    struct stream *stream = carries_ours(w, id);

    (void)state;
    is_cut(w, stream);
    sends(w, SECOND);
    passes(w, 4);
    stream = is_back(w, COUNTS);
    assert_arrived(w, "'o1'"); /* returned, for it may have arrived */
    assert_told(stream, "'o2'");
    world_free(w);
}

static void who_comes_anew_has_forgotten(void **state)
{
    struct world *w = world_new("");
    char id[64];
    struct stream *stream = carries_ours(w, id);

    (void)state;
    is_cut(w, stream);
    sends(w, SECOND);
    stream = comes_back_both_ways(w);
    hears(stream, "<enable xmlns='urn:xmpp:sm:3' resume='true'/>");
    assert_told(stream, "'o2'");
    assert_arrived(w, "'o1'");
    world_free(w);
}

static void we_call_again_for_what_the_other_side_may_owe(void **state)
{
    struct world *w = world_new("");
    struct stream *stream = has_sent(w, COUNTS_BOTH_WAYS);

    (void)state;
    hears(stream, "<a xmlns='urn:xmpp:sm:3' h='1'/>");
    hears(stream, MESSAGE);
    assert_arrived(w, "'m1'");
    is_cut(w, stream); /* nothing of ours is under way */
    stream = is_back(w, COUNTS_BOTH_WAYS);
    assert_told(stream, "<resume xmlns='urn:xmpp:sm:3' h='1'");
    hears(stream, "<resumed xmlns='urn:xmpp:sm:3' h='1' "
                  "previd='an id &lt;'/>");
    hears(stream, MESSAGE);
    assert_arrived(w, "'m1'");
    assert_int_equal(stream->in_done, 2);
    world_free(w);
}

/* --- an orderly stop ------------------------------------------------------ */

static void who_stops_brings_to_an_end_what_is_under_way(void **state)
{
    struct world *w = world_new("");
    struct stream *stream = has_sent(w, COUNTS), *incoming;
    char id[64];

    (void)state;
    incoming = comes_back(w);
    hears(incoming, "<enable xmlns='urn:xmpp:sm:3' resume='true'/>");
    snprintf(id, sizeof(id), "%.*s", STR_ARG(incoming->sm_id));
    w->holds = true;
    hears(incoming, MESSAGE);
    assert_arrived(w, "'m1'");
    free(told(incoming));
    s2sd_drain_begin(&w->s2sd);
    assert_true(stream_is_paused(incoming));
    assert_false(stream_is_paused(stream));
    sends(w, SECOND); /* for the next s2sd */
    assert_not_told(stream, "'o2'");
    assert_false(s2sd_drain(&w->s2sd));
    hears(stream, "<a xmlns='urn:xmpp:sm:3' h='1'/>");
    settle(w);
    assert_int_equal(w->discharged, 1);
    assert_false(s2sd_drain(&w->s2sd)); /* the suite has not taken it yet */
    w->s2sd.now_ms += 5000;
    assert_true(s2sd_drain(&w->s2sd));
    s2sd_stop(&w->s2sd);
    assert_told(incoming, "<a xmlns='urn:xmpp:sm:3' h='0'/>");
    world_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_did_not_arrive_is_sent_again),
        cmocka_unit_test(it_may_break_again_and_again),
        cmocka_unit_test(a_server_that_forgot_is_not_sent_it_twice),
        cmocka_unit_test(a_server_that_offers_it_no_more_is_sent_what_is_new),
        cmocka_unit_test(a_server_that_stays_away_returns_it_in_the_end),
        cmocka_unit_test(an_end_that_is_meant_is_an_end),
        cmocka_unit_test(a_false_count_resumes_nothing),
        cmocka_unit_test(every_domain_of_ours_is_proved_before_it_goes_on),
        cmocka_unit_test(who_acknowledges_nothing_keeps_nothing_for_ever),
        cmocka_unit_test(nobody_is_asked_faster_than_he_can_answer),
        cmocka_unit_test(what_came_again_is_delivered_once),
        cmocka_unit_test(a_connection_that_looks_alive_is_resumed_too),
        cmocka_unit_test(nobody_else_resumes_it),
        cmocka_unit_test(a_domain_has_one_stream_that_waits),
        cmocka_unit_test(who_called_and_lost_it_calls_again),
        cmocka_unit_test(what_goes_back_is_resumed_from_a_living_connection),
        cmocka_unit_test(who_does_not_call_again_is_called),
        cmocka_unit_test(who_comes_anew_has_forgotten),
        cmocka_unit_test(we_call_again_for_what_the_other_side_may_owe),
        cmocka_unit_test(who_stops_brings_to_an_end_what_is_under_way),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
