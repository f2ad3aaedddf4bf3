#include "tests/unit/test.h"

#include "common/stanza/stanza.h"

struct fixture {
    struct arena arena;
    struct xml_parser *parser;
};

static struct xml *parse(struct fixture *t, const char *text)
{
    struct xml *stanza = xml_parse(t->parser, &t->arena, str_of(text));

    assert_non_null(stanza);
    return stanza;
}

static void assert_written(const struct xml *stanza, const char *expected)
{
    struct buf out = {0};

    xml_write(&out, stanza, NS_CLIENT);
    assert_str(buf_view(&out), expected);
    buf_clear(&out);
}

static void kinds_and_types_are_told_apart(void **state)
{
    struct fixture *t = *state;

    assert_int_equal(stanza_kind(parse(t, "<iq/>")), STANZA_IQ);
    assert_int_equal(stanza_kind(parse(t, "<iq xmlns='x'/>")), STANZA_NONE);
    assert_int_equal(stanza_kind(parse(t, "<query/>")), STANZA_NONE);
    assert_int_equal(message_type(parse(t, "<message/>")), MESSAGE_NORMAL);
    assert_int_equal(message_type(parse(t, "<message type='new'/>")),
                     MESSAGE_NORMAL);
    assert_int_equal(message_type(parse(t, "<message type='chat'/>")),
                     MESSAGE_CHAT);
    assert_int_equal(presence_type(parse(t, "<presence/>")),
                     PRESENCE_AVAILABLE);
    assert_int_equal(presence_type(parse(t, "<presence type=''/>")),
                     PRESENCE_INVALID);
    assert_int_equal(presence_type(parse(t, "<presence type='new'/>")),
                     PRESENCE_INVALID);
    assert_int_equal(presence_type(parse(t, "<presence type='probe'/>")),
                     PRESENCE_PROBE);
    assert_int_equal(iq_type(parse(t, "<iq type='set'/>")), IQ_SET);
    assert_int_equal(iq_type(parse(t, "<iq/>")), IQ_INVALID);
}

static void an_error_goes_back_where_the_stanza_came_from(void **state)
{
    struct fixture *t = *state;
    struct xml *iq = parse(t, "<iq type='get' id='1' from='a@b/c' to='d'>"
                              "<query xmlns='urn:x'/></iq>");

    assert_written(
        stanza_error_reply(&t->arena, iq, ERR_FORBIDDEN, "Not for you"),
        "<iq to='a@b/c' from='d' id='1' type='error'>"
        "<error code='403' type='auth'>"
        "<forbidden xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>"
        "<text xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'>Not for you</text>"
        "</error></iq>");
    assert_written(iq_result(&t->arena, iq),
                   "<iq to='a@b/c' from='d' id='1' type='result'/>");
}

static void an_error_is_never_answered(void **state)
{
    struct fixture *t = *state;

    assert_null(stanza_error_reply(
        &t->arena, parse(t, "<message type='error'/>"), ERR_GONE, NULL));
    assert_null(stanza_error_reply(&t->arena, parse(t, "<iq type='result'/>"),
                                   ERR_GONE, NULL));
    assert_null(stanza_error_reply(&t->arena, parse(t, "<iq type='error'/>"),
                                   ERR_GONE, NULL));
}

static void a_priority_out_of_range_counts_as_zero(void **state)
{
    static const struct {
        const char *text;
        int priority;
    } cases[] = {
        {"<presence/>", 0},
        {"<presence><priority>5</priority></presence>", 5},
        {"<presence><priority>-128</priority></presence>", -128},
        {"<presence><priority>128</priority></presence>", 0},
        {"<presence><priority>x</priority></presence>", 0},
    };
    struct fixture *t = *state;

    for (size_t i = 0; i < COUNT_OF(cases); i++)
        assert_int_equal(presence_priority(parse(t, cases[i].text)),
                         cases[i].priority);
}

static void times_are_written_and_read_as_xep_0082_says(void **state)
{
    static const struct {
        const char *text;
        int64_t ms;
    } cases[] = {
        {"1970-01-01T00:00:00Z", 0},
        {"1969-07-21T02:56:15Z", -14159025000},
        {"1969-07-20T21:56:15-05:00", -14159025000},
        {"2002-09-10T23:08:25.123456Z", 1031699305123},
    };
    static const char *const wrong[] = {"",
                                        "2002-09-10",
                                        "2002-09-10T23:08:25",
                                        "2002-13-10T23:08:25Z",
                                        "2002-09-10T23:08:25.Z",
                                        "2002-09-10T23:08:25Zx",
                                        "2002-09-10T24:08:25Z"};
    struct fixture *t = *state;
    int64_t ms;

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        assert_true(stanza_parse_timestamp(str_of(cases[i].text), &ms));
        assert_true(ms == cases[i].ms);
    }
    for (size_t i = 0; i < COUNT_OF(wrong); i++)
        assert_false(stanza_parse_timestamp(str_of(wrong[i]), &ms));
    assert_str(stanza_timestamp(&t->arena, 1031699305123),
               "2002-09-10T23:08:25.123Z");
    assert_str(stanza_timestamp(&t->arena, -1000), "1969-12-31T23:59:59Z");
}

static void a_delay_tells_who_held_it_and_since_when(void **state)
{
    struct fixture *t = *state;
    struct xml *message = parse(t, "<message/>");

    stanza_add_delay(message, STR("example.com"), 0, "Offline storage");
    assert_written(message, "<message><delay xmlns='urn:xmpp:delay' "
                            "from='example.com' stamp='1970-01-01T00:00:00Z'>"
                            "Offline storage</delay></message>");
}

static int set_up(void **state)
{
    static struct fixture fixture;
    static const struct xml_limits limits = {0};

    fixture = (struct fixture){.parser = xml_parser_new(&limits)};
    *state = &fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *t = *state;

    xml_parser_free(t->parser);
    arena_clear(&t->arena);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kinds_and_types_are_told_apart),
        cmocka_unit_test(an_error_goes_back_where_the_stanza_came_from),
        cmocka_unit_test(an_error_is_never_answered),
        cmocka_unit_test(a_priority_out_of_range_counts_as_zero),
        cmocka_unit_test(times_are_written_and_read_as_xep_0082_says),
        cmocka_unit_test(a_delay_tells_who_held_it_and_since_when),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
