/* What strangers, and servers that are verified and lie, may have us do: bounds
 * of memory, of calls to others, and of harm to those who share their stream.
 */
#include "tests/unit/test.h"

#include "s2sd/caller.h"
#include "talk.h"

#define CLAIM(domain)                                                          \
    "<db:result from='" domain "' to='our.example'>k</db:result>"
#define HEADER                                                                 \
    "<stream:stream xmlns='jabber:server' "                                    \
    "xmlns:db='jabber:server:dialback' "                                       \
    "xmlns:stream='http://etherx.jabber.org/streams' "                         \
    "from='their.example' to='our.example' version='1.0'>"

static struct stream *comes_from(struct world *w, const char *peer)
{
    struct stream *stream = stream_new_incoming(&w->s2sd, w, peer, true);

    stream_secured(stream);
    hears(stream, HEADER);
    free(told(stream));
    return stream;
}

static void goes(struct stream *stream)
{
    stream_lost(stream, "gone");
}

static void assert_not_told(struct stream *stream, const char *part)
{
    char *text = told(stream);

    assert_false(has(text, part));
    free(text);
}

/* --- calls to others ------------------------------------------------------ */

static void claims_of_one_address_are_bounded(void **state)
{
    struct world *w = world_new("s2sd { max-claims = 2 }");
    struct stream *one = comes_from(w, "192.0.2.1");
    struct stream *two = comes_from(w, "192.0.2.1");
    struct stream *other = comes_from(w, "192.0.2.2");

    (void)state;
    hears(one, CLAIM("a.example"));
    hears(two, CLAIM("b.example"));
    assert_not_told(two, "<resource-constraint");
    hears(two, CLAIM("c.example"));
    assert_told(two, "<resource-constraint");
    hears(other, CLAIM("d.example"));
    assert_not_told(other, "<resource-constraint");
    goes(one); /* and what it claimed with it */
    hears(two, CLAIM("c.example"));
    assert_not_told(two, "<resource-constraint");
    world_free(w);
}

static void a_network_of_ipv6_is_one_caller(void **state)
{
    struct world *w = world_new("s2sd { max-claims = 1 }");
    struct stream *one = comes_from(w, "2001:db8::1");
    struct stream *two = comes_from(w, "2001:db8::ffff:2");
    struct stream *other = comes_from(w, "2001:db8:0:1::1");

    (void)state;
    assert_int_equal(caller_streams(&w->s2sd, "2001:db8::3"), 2);
    hears(one, CLAIM("a.example"));
    hears(two, CLAIM("b.example"));
    assert_told(two, "<resource-constraint");
    hears(other, CLAIM("b.example"));
    assert_not_told(other, "<resource-constraint");
    goes(one);
    goes(two);
    assert_int_equal(caller_streams(&w->s2sd, "2001:db8::3"), 0);
    world_free(w);
}

static void claims_in_one_second_are_bounded(void **state)
{
    struct world *w = world_new("s2sd { claim-rate = 1 }");
    struct stream *stream = comes_from(w, "192.0.2.1");

    (void)state;
    hears(stream, CLAIM("a.example"));
    stream_not_connected(w->dialled, ERR_REMOTE_SERVER_NOT_FOUND, "no address");
    assert_told(stream, "<remote-server-not-found");
    hears(stream, CLAIM("b.example"));
    assert_told(stream, "<resource-constraint");
    passes(w, 1);
    hears(stream, CLAIM("b.example"));
    assert_not_told(stream, "<resource-constraint");
    world_free(w);
}

static void what_is_verified_is_no_claim_any_more(void **state)
{
    struct world *w = world_new("s2sd { max-claims = 1 }");
    struct stream *stream = comes_from(w, "192.0.2.1");

    (void)state;
    hears(stream, KEY);
    answers_question(w, stream->id, "valid");
    assert_told(stream, "type='valid'");
    hears(stream, CLAIM("b.example"));
    assert_not_told(stream, "<resource-constraint");
    world_free(w);
}

static void what_failed_longest_ago_makes_room(void **state)
{
    struct world *w = world_new("s2sd { max-domains = 4 }");
    struct stream *stream = comes_from(w, "192.0.2.1");

    (void)state;
    hears(stream, CLAIM("a.example"));
    stream_not_connected(w->dialled, ERR_REMOTE_SERVER_NOT_FOUND, "no address");
    hears(stream, CLAIM("b.example"));
    stream_not_connected(w->dialled, ERR_REMOTE_SERVER_NOT_FOUND, "no address");
    free(told(stream));
    hears(stream, CLAIM("c.example"));
    assert_not_told(stream, "<resource-constraint");
    assert_null(target_find(&w->s2sd, STR("a.example")));
    assert_non_null(target_find(&w->s2sd, STR("b.example")));
    world_free(w);
}

static void a_strangers_question_costs_our_stanzas_no_time(void **state)
{
    struct world *w = world_new("s2sd { dialback-timeout = 5 }");
    struct stream *stream = comes_from(w, "192.0.2.1");

    (void)state;
    hears(stream, KEY);
    sends(w, OURS);
    passes(w, 6);
    assert_told(stream, "<remote-server-timeout");
    assert_nothing_arrived(w);
    assert_non_null(w->dialled); /* still being called */
    passes(w, 30);
    assert_arrived(w, "<remote-server-timeout");
    world_free(w);
}

/* --- memory --------------------------------------------------------------- */

static void who_reads_no_answers_is_heard_no_further(void **state)
{
    struct world *w = world_new("");
    struct stream *stream = comes_in_verified(w);

    (void)state;
    for (int i = 0; i < 1000; i++)
        hears(stream, "<db:verify from='their.example' to='our.example' "
                      "id='abd'>0</db:verify>");
    assert_true(stream_is_paused(stream));
    free(told(stream));
    assert_false(stream_is_paused(stream));
    world_free(w);
}

static void answers_have_the_bound_of_stanzas(void **state)
{
    struct world *w = world_new("s2sd { max-send-buffer = 65536 }");
    struct stream *stream = comes_in_verified(w);

    (void)state;
    for (int i = 0; i < 1000; i++)
        hears(stream, "<db:verify from='their.example' to='our.example' "
                      "id='abd'>0</db:verify>");
    assert_int_equal(stream->state, STREAM_CLOSING);
    assert_true(buf_len(&stream->out) < 70000);
    world_free(w);
}

/* --- one's stream and the others' ----------------------------------------- */

static void an_address_that_is_none_ends_nothing(void **state)
{
    struct world *w = world_new("");
    struct stream *stream = comes_in_verified(w);

    (void)state;
    hears(stream, "<message from='juliet@their.example' to='@our.example' "
                  "id='m1'><body>hello</body></message>");
    assert_non_null(w->s2sd.targets->lanes); /* the answer waits */
    assert_true(has(w->s2sd.targets->lanes->waiting->body.p, "<jid-malformed"));
    hears(stream, "<message from='@their.example' to='romeo@our.example' "
                  "id='m1'><body>hello</body></message>");
    assert_nothing_arrived(w);
    assert_int_equal(stream->state, STREAM_OPEN);
    hears(stream, MESSAGE);
    assert_arrived(w, "juliet@their.example");
    hears(stream, "<message from='eve@else.example' to='@our.example'/>");
    assert_told(stream, "<invalid-from");
    world_free(w);
}

static void a_word_in_the_clear_makes_no_stream_go_both_ways(void **state)
{
    struct world *w = world_new("");
    struct stream *stream =
        stream_new_incoming(&w->s2sd, w, "192.0.2.1", false);

    (void)state;
    hears(stream, HEADER);
    hears(stream, "<bidi xmlns='urn:xmpp:bidi'/>");
    assert_false(stream->is_bidi);
    assert_told(stream, "<unsupported-stanza-type");
    world_free(w);
}

static void attempts_at_external_are_bounded(void **state)
{
    struct world *w = world_new("");
    struct stream *stream = comes_in(w);

    (void)state;
    for (int i = 0; i < 5; i++) {
        hears(stream, "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' "
                      "mechanism='EXTERNAL'>=</auth>");
        assert_int_equal(stream->state, STREAM_OPEN);
    }
    hears(stream, "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' "
                  "mechanism='EXTERNAL'>=</auth>");
    assert_told(stream, "<policy-violation");
    world_free(w);
}

/* --- domains -------------------------------------------------------------- */

/* Every way to write a domain is one domain to policy, and ours are ours. */
static void a_domain_has_one_form(void **state)
{
    static const char *const rows[][2] = {
        {CLAIM("xn--bcher-kva.example"), "<forbidden"},
        {CLAIM("XN--BCHER-KVA.example"), "<forbidden"},
        {CLAIM("B\xc3\x9c"
               "CHER.example."),
         "<forbidden"},
        {CLAIM("bu\xcc\x88"
               "cher.example"),
         "<forbidden"},
        {CLAIM("b\xc3\xbc"
               "cher\xe3\x80\x82"
               "example"),
         "<forbidden"},
        {CLAIM("second\xef\xbc\x8e"
               "example"),
         "<not-acceptable"},
        {CLAIM("\xef\xbd\x93"
               "econd.example"),
         "<not-acceptable"},
        {CLAIM("SECOND.EXAMPLE"), "<not-acceptable"},
    };
    static const char *const none[] = {
        CLAIM(".their.example"),       CLAIM("a b.example"),
        CLAIM("a..example"),           CLAIM(""),
        CLAIM("juliet@their.example"), CLAIM("their.example/r"),
        CLAIM("-a.example"),
    };
    struct world *w = world_new("s2sd { blocked = {\"b\xc3\xbc"
                                "cher.example\"} }");
    struct stream *stream = comes_in(w);

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        hears(stream, rows[i][0]);
        assert_told(stream, rows[i][1]);
    }
    for (size_t i = 0; i < COUNT_OF(none); i++) {
        stream = comes_in(w);
        hears(stream, none[i]);
        assert_told(stream, "<improper-addressing");
    }
    assert_null(w->dialled);
    world_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(claims_of_one_address_are_bounded),
        cmocka_unit_test(a_network_of_ipv6_is_one_caller),
        cmocka_unit_test(claims_in_one_second_are_bounded),
        cmocka_unit_test(what_is_verified_is_no_claim_any_more),
        cmocka_unit_test(what_failed_longest_ago_makes_room),
        cmocka_unit_test(a_strangers_question_costs_our_stanzas_no_time),
        cmocka_unit_test(who_reads_no_answers_is_heard_no_further),
        cmocka_unit_test(answers_have_the_bound_of_stanzas),
        cmocka_unit_test(an_address_that_is_none_ends_nothing),
        cmocka_unit_test(a_word_in_the_clear_makes_no_stream_go_both_ways),
        cmocka_unit_test(attempts_at_external_are_bounded),
        cmocka_unit_test(a_domain_has_one_form),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
