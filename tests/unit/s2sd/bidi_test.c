/* Streams that carry stanzas both ways (XEP-0288). */
#include "tests/unit/test.h"

#include "talk.h"

#define BIDI                                                                   \
    "<stream:features><bidi "                                                  \
    "xmlns='urn:xmpp:features:bidi'/></stream:features>"

/* One that we dialled and on which their server believes us. */
static struct stream *goes_both_ways(struct world *w)
{
    struct stream *stream;

    sends(w, OURS);
    stream = answers(w, BIDI);
    assert_told(stream, "<bidi xmlns='urn:xmpp:bidi'/>");
    hears(stream, "<db:result from='their.example' to='our.example' "
                  "type='valid'/>");
    assert_told(stream, "<message");
    return stream;
}

/* One that came in and is verified; our stanzas leave by it too. */
static struct stream *comes_in_both_ways(struct world *w)
{
    struct stream *stream = comes_in(w);
    struct target *target;

    hears(stream, "<bidi xmlns='urn:xmpp:bidi'/>");
    w->certificate = "their.example";
    hears(stream, KEY);
    w->certificate = NULL;
    assert_told(stream, "type='valid'");
    target = w->s2sd.targets;
    assert_ptr_equal(target->stream, stream);
    return stream;
}

static void answers_come_on_the_stream_that_goes_both_ways(void **state)
{
    struct world *w = world_new("");
    struct stream *stream = goes_both_ways(w);

    (void)state;
    hears(stream, MESSAGE);
    assert_arrived(w, "from='juliet@their.example'");
    hears(stream, "<message from='eve@else.example' to='romeo@our.example'/>");
    assert_told(stream, "<invalid-from");
    world_free(w);
}

static void who_answered_our_call_proves_further_domains_there(void **state)
{
    struct world *w = world_new("");
    struct stream *stream = goes_both_ways(w);

    (void)state;
    w->certificate = "rooms.their.example";
    hears(stream, "<db:result from='rooms.their.example' to='our.example'>k"
                  "</db:result>");
    assert_told(stream, "from='our.example' to='rooms.their.example' "
                        "type='valid'");
    hears(stream, "<message from='balcony@rooms.their.example/juliet' "
                  "to='romeo@our.example'/>");
    assert_arrived(w, "from='balcony@rooms.their.example/juliet'");
    world_free(w);
}

static void
who_answered_our_call_is_asked_for_nothing_he_cannot_prove(void **state)
{
    struct world *w = world_new("");
    struct stream *stream = goes_both_ways(w);

    (void)state;
    hears(stream, "<db:result from='else.example' to='our.example'>k"
                  "</db:result>");
    assert_non_null(w->dialled); /* else.example is asked */
    assert_ptr_not_equal(w->dialled, stream);
    hears(stream, "<message from='eve@else.example' to='romeo@our.example'/>");
    assert_told(stream, "<invalid-from");
    assert_nothing_arrived(w);
    world_free(w);
}

static void a_key_is_never_asked_about_on_its_own_stream(void **state)
{
    struct world *w = world_new("");
    struct stream *stream = comes_in_both_ways(w);
    char *text;

    (void)state;
    hears(stream, "<db:result from='their.example' to='second.example'>k"
                  "</db:result>");
    text = told(stream);
    assert_false(has(text, "<db:verify"));
    assert_true(has(text, "from='second.example' to='their.example' "
                          "type='valid'"));
    free(text);
    world_free(w);
}

static void
our_further_domains_are_proved_on_the_stream_that_came_in(void **state)
{
    struct world *w = world_new("");
    struct stream *stream = comes_in_both_ways(w);

    (void)state;
    sends(w, OURS);
    assert_told(stream, "juliet@their.example");
    sends(w, "<message from='romeo@second.example/r' "
             "to='juliet@their.example' id='o2'><body>2</body></message>");
    assert_told(stream, "<db:result from='second.example' to='their.example'>");
    hears(stream, "<db:result from='their.example' to='second.example' "
                  "type='valid'/>");
    assert_told(stream, "from='romeo@second.example/r'");
    assert_null(w->dialled);
    world_free(w);
}

static void
a_question_about_a_key_may_go_by_the_stream_that_came_in(void **state)
{
    struct world *w = world_new("");
    struct stream *both_ways = comes_in_both_ways(w), *other = comes_in(w);
    char verify[200];

    (void)state;
    hears(other, "<db:result from='their.example' to='second.example'>k"
                 "</db:result>");
    assert_told(both_ways, "<db:verify");
    snprintf(verify, sizeof(verify),
             "<db:verify from='their.example' to='second.example' id='%s' "
             "type='valid'/>",
             other->id);
    hears(both_ways, verify);
    assert_told(other, "type='valid'");
    world_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_come_on_the_stream_that_goes_both_ways),
        cmocka_unit_test(who_answered_our_call_proves_further_domains_there),
        cmocka_unit_test(
            who_answered_our_call_is_asked_for_nothing_he_cannot_prove),
        cmocka_unit_test(a_key_is_never_asked_about_on_its_own_stream),
        cmocka_unit_test(
            our_further_domains_are_proved_on_the_stream_that_came_in),
        cmocka_unit_test(
            a_question_about_a_key_may_go_by_the_stream_that_came_in),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
