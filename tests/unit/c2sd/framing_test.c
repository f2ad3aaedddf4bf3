/* Streams in the frames of a WebSocket: RFC 7395's own examples. */
#include "tests/unit/test.h"

#include <stdio.h>

#include "c2sd/framing.h"

#define FRAMING "urn:ietf:params:xml:ns:xmpp-framing"

static const struct xml_limits limits = {
    .max_stanza = 10000, .max_depth = 32, .max_attrs = 32, .max_token = 10000};

/* What a message says; NULL: it is none. */
static const char *words(const char *message, bool is_open_due)
{
    static char text[2000];
    struct xml_parser *parser = xml_parser_new(&limits);
    struct buf out = {0};
    bool is_ours = framing_words(&out, parser, is_open_due, str_of(message));

    snprintf(text, sizeof(text), "%.*s", STR_ARG(buf_view(&out)));
    buf_clear(&out);
    xml_parser_free(parser);
    return is_ours ? text : NULL;
}

/* All messages made of what a stream says, each on a line; "!" the last one,
 * "." a ping. */
static const char *messages(const char *said)
{
    static char text[4000];
    struct str rest = str_of(said);
    struct buf out = {0};
    enum framing_kind kind;

    while ((kind = framing_message(&out, &rest)) != FRAMING_NOTHING)
        buf_add_text(&out, kind == FRAMING_ALIVE  ? ".\n"
                           : kind == FRAMING_LAST ? "!\n"
                                                  : "\n");
    snprintf(text, sizeof(text), "%.*s", STR_ARG(buf_view(&out)));
    buf_clear(&out);
    return text;
}

static void open_begins_a_stream(void **state)
{
    (void)state;
    assert_string_equal(
        words("<open xmlns='" FRAMING "' to='example.com' version='1.0' "
              "xml:lang='de' from='a&amp;b@example.com'/>",
              true),
        "<stream:stream xmlns='jabber:client' "
        "xmlns:stream='http://etherx.jabber.org/streams' to='example.com' "
        "from='a&amp;b@example.com' version='1.0' xml:lang='de'>");
}

static void close_ends_it(void **state)
{
    (void)state;
    assert_string_equal(words(" <close xmlns=\"" FRAMING "\" />", false),
                        "</stream:stream>");
}

static void other_elements_are_themselves(void **state)
{
    const char *message = "<message xmlns='jabber:client' to='a@b'/>";

    (void)state;
    assert_string_equal(words(message, false), message);
    assert_string_equal(words("<opening xmlns='x'/>", false) ? "yes" : "no",
                        "no");
}

static void what_is_no_element_is_refused(void **state)
{
    (void)state;
    assert_null(words("", true));
    assert_null(words("hello", true));
    assert_null(words("<open xmlns='other'/>", true));
    assert_null(words("<open xmlns='" FRAMING "'>", true));
    assert_null(words("<open xmlns='" FRAMING "' to='example.com'/>", false));
    assert_null(words("<stream:stream to='example.com'>", true));
}

static void the_header_becomes_open(void **state)
{
    (void)state;
    assert_string_equal(
        messages("<?xml version='1.0'?><stream:stream xmlns='jabber:client' "
                 "xmlns:stream='http://etherx.jabber.org/streams' id='a>b' "
                 "from='example.com' version='1.0' xml:lang='en'>"
                 "<stream:features><bind xmlns='b'/></stream:features>"),
        "<open xmlns='" FRAMING "' id='a>b' from='example.com' version='1.0' "
        "xml:lang='en'/>\n"
        "<stream:features xmlns:stream='http://etherx.jabber.org/streams'>"
        "<bind xmlns='b'/></stream:features>\n");
}

static void each_stanza_has_its_namespace(void **state)
{
    (void)state;
    assert_string_equal(
        messages("<message to='a@b'><body>1 &lt; 2</body></message>"
                 "<presence/><r xmlns='urn:xmpp:sm:3'/>"
                 "<iq id='xmlns=' type='get'><q xmlns='x'/></iq>"),
        "<message xmlns='jabber:client' to='a@b'><body>1 &lt; 2</body>"
        "</message>\n<presence xmlns='jabber:client'/>\n"
        "<r xmlns='urn:xmpp:sm:3'/>\n"
        "<iq xmlns='jabber:client' id='xmlns=' type='get'><q xmlns='x'/></iq>"
        "\n");
}

static void the_end_is_close_and_white_space_a_ping(void **state)
{
    (void)state;
    assert_string_equal(messages(" "), ".\n");
    assert_string_equal(
        messages("<stream:error><c xmlns='e'/></stream:error>"
                 "</stream:stream>"),
        "<stream:error xmlns:stream='http://etherx.jabber.org/streams'>"
        "<c xmlns='e'/></stream:error>\n<close xmlns='" FRAMING "'/>!\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(open_begins_a_stream),
        cmocka_unit_test(close_ends_it),
        cmocka_unit_test(other_elements_are_themselves),
        cmocka_unit_test(what_is_no_element_is_refused),
        cmocka_unit_test(the_header_becomes_open),
        cmocka_unit_test(each_stanza_has_its_namespace),
        cmocka_unit_test(the_end_is_close_and_white_space_a_ping),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
