#include "tests/unit/test.h"

#include <stdio.h>

#include "common/stanza/namespaces.h"
#include "common/xml/xml.h"

#define HEADER                                                                 \
    "<?xml version='1.0'?><stream:stream xmlns='jabber:client' "               \
    "xmlns:stream='http://etherx.jabber.org/streams' xmlns:x='urn:x' "         \
    "to='a.example' version='1.0'>"

static const struct xml_limits limits = {
    .max_stanza = 10000, .max_depth = 20, .max_attrs = 10, .max_token = 4000};

/* Feeds text in pieces of `step` bytes and writes down what came of it: the
 * canonical form of each stanza, or the error. */
static void record(struct buf *log, const char *text, size_t length,
                   size_t step)
{
    struct xml_stream *stream = xml_stream_new(&limits, NS_CLIENT);
    struct arena arena = {0};
    enum xml_result result = XML_MORE;

    for (size_t at = 0; at < length && result != XML_FAILED; at += step) {
        struct str in = {text + at, length - at < step ? length - at : step};
        struct xml *out = NULL;

        while ((result = xml_stream_feed(stream, &arena, &in, &out)) !=
                   XML_MORE &&
               result != XML_FAILED) {
            buf_add_char(log, "?HSC"[result]);
            if (out)
                xml_write(log, out, NS_CLIENT);
            arena_reset(&arena);
            out = NULL;
        }
    }
    if (result == XML_FAILED)
        buf_add_text(log, xml_error_condition(xml_stream_error(stream)));
    xml_stream_free(stream);
    arena_clear(&arena);
}

static void assert_record(const char *text, const char *expected)
{
    size_t steps[] = {1, 2, 7, 100000};

    for (size_t i = 0; i < COUNT_OF(steps); i++) {
        struct buf log = {0};

        record(&log, text, strlen(text), steps[i]);
        assert_str(buf_view(&log), expected);
        buf_clear(&log);
    }
}

#define OPENED                                                                 \
    "H<stream xmlns='http://etherx.jabber.org/streams' to='a.example' "        \
    "version='1.0'/>"

static void stanzas_come_out_in_their_canonical_form(void **state)
{
    (void)state;
    assert_record(HEADER " \n<message to=\"b\"><body>1 &lt; 2 &amp; "
                         "<![CDATA[<x>]]></body></message><presence/>"
                         "</stream:stream>",
                  OPENED "S<message to='b'><body>1 &lt; 2 &amp; &lt;x&gt;"
                         "</body></message>S<presence/>C");
}

static void prefixes_of_the_stream_header_do_not_survive(void **state)
{
    (void)state;
    assert_record(HEADER "<iq x:a='1'><x:q><body xmlns='jabber:client'/></x:q>"
                         "<e xmlns='' xml:lang='de'/></iq>",
                  OPENED "S<iq xmlns:n1='urn:x' n1:a='1'><q xmlns='urn:x'>"
                         "<body xmlns='jabber:client'/></q>"
                         "<e xmlns='' xml:lang='de'/></iq>");
}

static void quotes_and_white_space_of_attributes_are_escaped(void **state)
{
    (void)state;
    assert_record(HEADER "<a b='&quot;&apos;&#9;&#10;&#13;&lt;'>&#13;</a>",
                  OPENED "S<a b='&quot;&apos;&#9;&#10;&#13;&lt;'>&#13;</a>");
}

static void what_xmpp_forbids_is_refused_at_its_first_bytes(void **state)
{
    static const char *const cases[][2] = {
        {"<!DOCTYPE", "restricted-xml"},
        {HEADER "<!D", OPENED "restricted-xml"},
        {HEADER "<!-", OPENED "restricted-xml"},
        {HEADER "<a><!-", OPENED "restricted-xml"},
        {HEADER "<?", OPENED "restricted-xml"},
        {HEADER "<a><?", OPENED "restricted-xml"},
        {HEADER "<a>&x;</a>", OPENED "restricted-xml"},
        {HEADER "<a><xml:b/></a>", OPENED "bad-namespace-prefix"},
        {HEADER "</stream:stream><a>", OPENED "Cnot-well-formed"},
        {HEADER "<a></b", OPENED},
        {HEADER "<a></b>", OPENED "not-well-formed"},
        {HEADER "<a><b></a>", OPENED "not-well-formed"},
        {HEADER "text", OPENED "not-well-formed"},
        {HEADER "<a b='<'/>", OPENED "not-well-formed"},
        {HEADER "<a b='1' b='2'/>", OPENED "not-well-formed"},
        {HEADER "<y:a/>", OPENED "bad-namespace-prefix"},
        {HEADER "<a>\xc0\xaf</a>", OPENED "not-well-formed"},
        {HEADER "<a>\xed\xa0\x80</a>", OPENED "not-well-formed"},
        {HEADER "<a xmlns:p='u\xff'/>", OPENED "not-well-formed"},
        {"<?xml version='1.0' encoding='latin1'?><a>", "unsupported-encoding"},
        {"x", "not-well-formed"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        assert_record(cases[i][0], cases[i][1]);
}

/* HEADER, then `count` times a piece. */
static void assert_repeated(const char *piece, size_t count,
                            const char *expected)
{
    struct buf text = {0};

    buf_add_text(&text, HEADER);
    for (size_t i = 0; i < count; i++)
        buf_add_text(&text, piece);
    buf_add_char(&text, '\0');
    assert_record(buf_view(&text).p, expected);
    buf_clear(&text);
}

static void every_bound_is_kept_while_bytes_come_in(void **state)
{
    (void)state;
    assert_repeated("<a>", 20, OPENED);
    assert_repeated("<a>", 21, OPENED "policy-violation");
    assert_repeated(" ", 10001, OPENED "policy-violation");
    assert_repeated("<aaaaaaaaaaaaaaaaaaa", 1, OPENED);
    assert_repeated("<m>yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy</m>", 1,
                    OPENED "S<m>yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy</m>");
    assert_record(HEADER "<a a='1' b='1' c='1' d='1' e='1' f='1' g='1' h='1' "
                         "i='1' j='1' k='1",
                  OPENED "policy-violation");
}

static void a_parser_that_slept_goes_on_where_it_was(void **state)
{
    struct xml_stream *stream = xml_stream_new(&limits, NS_CLIENT);
    struct arena arena = {0};
    struct str in = STR(HEADER);
    struct xml *out;

    (void)state;
    assert_int_equal(xml_stream_feed(stream, &arena, &in, &out),
                     XML_STREAM_OPEN);
    for (int i = 0; i < 3; i++) {
        in = STR("<x:q/><half");
        xml_stream_hibernate(stream);
        assert_int_equal(xml_stream_feed(stream, &arena, &in, &out),
                         XML_STANZA);
        assert_str(out->ns, "urn:x");
        assert_int_equal(xml_stream_feed(stream, &arena, &in, &out), XML_MORE);
        xml_stream_hibernate(stream); /* not idle: nothing is lost */
        in = STR("/>");
        assert_int_equal(xml_stream_feed(stream, &arena, &in, &out),
                         XML_STANZA);
        assert_str(out->name, "half");
    }
    xml_stream_free(stream);
    arena_clear(&arena);
}

static void a_component_speaks_of_clients_inside(void **state)
{
    struct xml_stream *stream = xml_stream_new(&limits, NS_COMPONENT);
    struct arena arena = {0};
    struct str in = STR("<s xmlns='jabber:component:accept'><message/>");
    struct xml *out;

    (void)state;
    assert_int_equal(xml_stream_feed(stream, &arena, &in, &out),
                     XML_STREAM_OPEN);
    assert_int_equal(xml_stream_feed(stream, &arena, &in, &out), XML_STANZA);
    assert_true(xml_is(out, NS_CLIENT, "message"));
    xml_stream_free(stream);
    arena_clear(&arena);
}

static void attributes_keep_the_namespace_of_a_component(void **state)
{
    struct xml_stream *stream = xml_stream_new(&limits, NS_COMPONENT);
    struct xml_parser *parser = xml_parser_new(&limits);
    struct arena arena = {0};
    struct buf written = {0};
    struct str in = STR("<s xmlns:a='jabber:client' "
                        "xmlns:b='jabber:component:accept'>"
                        "<b:iq a:x='1' b:x='2'/>");
    struct xml *out;

    (void)state;
    assert_int_equal(xml_stream_feed(stream, &arena, &in, &out),
                     XML_STREAM_OPEN);
    assert_int_equal(xml_stream_feed(stream, &arena, &in, &out), XML_STANZA);
    xml_write(&written, out, NS_CLIENT);
    assert_non_null(xml_parse(parser, &arena, buf_view(&written)));
    buf_clear(&written);
    xml_parser_free(parser);
    xml_stream_free(stream);
    arena_clear(&arena);
}

static void long_stanzas_in_pieces_outlive_a_worn_parser(void **state)
{
    struct xml_stream *stream = xml_stream_new(&limits, NS_CLIENT);
    struct arena arena = {0};
    struct buf text = {0};
    unsigned stanzas = 0;

    (void)state;
    buf_add_text(&text, "<s xmlns='jabber:client'>");
    for (int i = 0; i < 40000; i++)
        buf_add_text(&text, i % 40 ? "<m>0123456</m>" : "<m>x</m>");
    while (buf_len(&text) > 0) {
        struct str in = buf_view(&text);
        enum xml_result result;
        struct xml *out;

        in.len = in.len < 7 ? in.len : 7;
        buf_consume(&text, in.len);
        do {
            arena_reset(&arena);
            result = xml_stream_feed(stream, &arena, &in, &out);
            assert_int_not_equal(result, XML_FAILED);
            stanzas += result == XML_STANZA;
        } while (result != XML_MORE);
    }
    assert_int_equal(stanzas, 40000);
    buf_clear(&text);
    xml_stream_free(stream);
    arena_clear(&arena);
}

static void a_short_stanza_does_not_become_a_long_one(void **state)
{
    struct buf text = {0};

    (void)state;
    buf_add_text(&text, "<s xmlns:f='");
    for (int i = 0; i < 3000; i++)
        buf_add_char(&text, 'u');
    buf_add_text(&text, "'><m><f:a/><f:a/></m><m><f:a/><f:a/><f:a/><f:a/></m>");
    buf_add_char(&text, '\0');
    {
        struct buf log = {0};

        record(&log, buf_view(&text).p, buf_len(&text) - 1, 7);
        assert_true(buf_len(&log) < 7000);
        assert_non_null(
            memmem(log.data, buf_len(&log), "policy-violation", 16));
        buf_clear(&log);
    }
    buf_clear(&text);
}

static void one_element_is_parsed_or_nothing(void **state)
{
    static const char *const wrong[] = {"",    " <a/>", "<a/><b/>",  "<a/> ",
                                        "<a>", "x",     "</frames>", "<a></b>"};
    struct xml_parser *parser = xml_parser_new(&limits);
    struct arena arena = {0};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        assert_null(xml_parse(parser, &arena, str_of(wrong[i])));
        assert_non_null(xml_parse(parser, &arena, STR("<a><b/></a>")));
    }
    xml_parser_free(parser);
    arena_clear(&arena);
}

/* A random tree from a seed, of at most `budget` nodes. */
static struct xml *random_tree(struct arena *arena, unsigned *seed)
{
    static const char *const names[] = {"a", "body", "x-y", "q1"};
    static const char *const spaces[] = {"jabber:client", "urn:x", "it's",
                                         "a&b<\">"};
    static const char *const texts[] = {"plain", "<&>'\"", "\r\n\t",
                                        "驿站",  "]]>",    " "};
    struct xml *root = xml_new(arena, STR("jabber:client"), STR("root"));
    struct xml *at = root;

    for (int i = 0; i < 30; i++) {
        switch (rand_r(seed) % 5) {
        case 0:
        case 1:
            at = xml_add(at, str_of(spaces[rand_r(seed) % 4]),
                         str_of(names[rand_r(seed) % 4]));
            break;
        case 2:
            if (!at->last || at->last->name.p)
                xml_add_text(at, str_of(texts[rand_r(seed) % 6]));
            break;
        case 3:
            xml_set(at, str_of(names[rand_r(seed) % 4]),
                    str_of(texts[rand_r(seed) % 6]));
            break;
        default:
            if (at->parent)
                at = at->parent;
            break;
        }
    }
    return root;
}

static void what_is_written_reads_back_the_same(void **state)
{
    struct xml_limits wide = {0};
    struct xml_parser *parser = xml_parser_new(&wide);
    struct arena arena = {0};

    (void)state;
    for (unsigned seed = 1; seed < 500; seed++) {
        unsigned dice = seed;
        struct xml *tree = random_tree(&arena, &dice);
        struct buf once = {0};
        struct buf twice = {0};
        struct xml *read;

        xml_write(&once, tree, NS_CLIENT);
        read = xml_parse(parser, &arena, buf_view(&once));
        assert_non_null(read);
        xml_write(&twice, xml_dup(&arena, read), NS_CLIENT);
        if (!str_eq(buf_view(&once), buf_view(&twice)))
            fail_msg("seed %u", seed);
        buf_clear(&once);
        buf_clear(&twice);
        arena_reset(&arena);
    }
    xml_parser_free(parser);
    arena_clear(&arena);
}

static void a_tree_can_be_changed(void **state)
{
    struct arena arena = {0};
    struct xml *m = xml_new(&arena, NS_CLIENT, STR("message"));
    struct buf out = {0};

    (void)state;
    xml_set(m, STR("to"), STR("a"));
    xml_set(m, STR("id"), STR("1"));
    xml_set(m, STR("to"), STR("b"));
    xml_set(m, STR("id"), STR_NONE);
    xml_add_leaf(m, STR_NONE, STR("body"), STR("hello"));
    xml_add(m, STR("urn:x"), STR("gone"));
    xml_add_leaf(m, STR_NONE, STR("thread"), STR("t"));
    xml_remove(xml_child(m, STR("urn:x"), NULL));
    xml_write(&out, m, NS_CLIENT);
    assert_str(buf_view(&out), "<message to='b'><body>hello</body>"
                               "<thread>t</thread></message>");
    assert_str(xml_child_text(m, NS_CLIENT, "thread"), "t");
    assert_null(xml_child_text(m, NS_CLIENT, "subject").p);
    buf_clear(&out);
    arena_clear(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stanzas_come_out_in_their_canonical_form),
        cmocka_unit_test(prefixes_of_the_stream_header_do_not_survive),
        cmocka_unit_test(quotes_and_white_space_of_attributes_are_escaped),
        cmocka_unit_test(what_xmpp_forbids_is_refused_at_its_first_bytes),
        cmocka_unit_test(every_bound_is_kept_while_bytes_come_in),
        cmocka_unit_test(a_parser_that_slept_goes_on_where_it_was),
        cmocka_unit_test(a_component_speaks_of_clients_inside),
        cmocka_unit_test(attributes_keep_the_namespace_of_a_component),
        cmocka_unit_test(long_stanzas_in_pieces_outlive_a_worn_parser),
        cmocka_unit_test(a_short_stanza_does_not_become_a_long_one),
        cmocka_unit_test(one_element_is_parsed_or_nothing),
        cmocka_unit_test(what_is_written_reads_back_the_same),
        cmocka_unit_test(a_tree_can_be_changed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
