/* What an element means is not ours to say: expat is the judge. */
#include "tests/unit/test.h"

#include "common/xml/xml.h"
#include "tests/support/xml_oracle.h"

static const struct xml_limits none = {0};

static const char *const elements[] = {
    "<a/>",
    "<a />",
    "<a></a >",
    "<a\n\t\r b='1'\n\t\r c=\"2\"/>",
    "<a b = '1'/>",
    "<a b='1'c='2'/>",
    "<a b=1/>",
    "<a b/>",
    "<a b='1\"/>",
    "<a/ >",
    "<a></a b>",
    "<a b='1' b='2'/>",
    "<a x:b='1' y:b='2' xmlns:x='urn:x' xmlns:y='urn:x'/>",
    "<a x:b='1' b='2' xmlns:x='jabber:client'/>",
    "<a xmlns:x='urn:x' xmlns:x='urn:y'/>",
    "<a xmlns='urn:x' xmlns='urn:y'/>",
    "<a xmlns=''><b/></a>",
    "<a xmlns='urn:x'><b xmlns=''/><c/></a>",
    "<x:a xmlns:x='urn:x'><x:a xmlns:x='urn:y'/><x:b/></x:a>",
    "<x:a xmlns:x='urn:x'></x:a>",
    "<x:a xmlns:x='urn:x'></y:a>",
    "<x:a xmlns:x='urn:x' xmlns:y='urn:x'></y:a>",
    "<a xmlns:x=''/>",
    "<x:a/>",
    "<a x:b='1'/>",
    "<a><b xmlns:x='urn:x'/><x:c/></a>",
    "<a xml:lang='de'/>",
    "<a xml:b='1' xmlns:xml='http://www.w3.org/XML/1998/namespace'/>",
    "<a xmlns:xml='urn:x'/>",
    "<a xmlns:x='http://www.w3.org/XML/1998/namespace'/>",
    "<a xmlns='http://www.w3.org/XML/1998/namespace'/>",
    "<a xmlns:xmlns='http://www.w3.org/2000/xmlns/'/>",
    "<a xmlns:x='http://www.w3.org/2000/xmlns/'/>",
    "<a xmlns='http://www.w3.org/2000/xmlns/'/>",
    "<xmlns:a/>",
    "<xmlns/>",
    "<a xmlnsx='1'/>",
    "<:a/>",
    "<a:/>",
    "<a:b:c xmlns:a='urn:x'/>",
    "<a :b='1'/>",
    "<a b:='1'/>",
    "<1a/>",
    "<-a/>",
    "<.a/>",
    "<_a-.1/>",
    "<a b\xc2\xb7='1'/>",
    "<\xc2\xb7/>",
    "<\xe4\xb8\xad\xe6\x96\x87 \xd0\xb6='1'/>",
    "<\xe2\x82\xac/>",
    "<a\xf0\x90\x80\x80/>",
    "<a>\xf0\x9f\x90\xb4</a>",
    "<a>&lt;&gt;&amp;&apos;&quot;</a>",
    "<a>&#60;&#x3c;&#x3C;&#0060;</a>",
    "<a b='&#10;&#13;&#9;'>&#10;&#13;&#9;</a>",
    "<a>&#0;</a>",
    "<a>&#8;</a>",
    "<a>&#xd800;</a>",
    "<a>&#xfffe;</a>",
    "<a>&#xffff;</a>",
    "<a>&#x10ffff;&#x10000;&#x7ff;&#x800;</a>",
    "<a>&#x110000;</a>",
    "<a>&#99999999999999999999;</a>",
    "<a>&#;</a>",
    "<a>&#x;</a>",
    "<a>&#X3c;</a>",
    "<a>&;</a>",
    "<a>& b</a>",
    "<a>&lt</a>",
    "<a>&LT;</a>",
    "<a>&nbsp;</a>",
    "<a>a]b]]c]>]] ></a>",
    "<a>]]></a>",
    "<a b=']]>'/>",
    "<a>]]&gt;</a>",
    "<a><![CDATA[]]></a>",
    "<a>1<![CDATA[<b>&amp;]] >]]]]>2&amp;3</a>",
    "<a><![CDATA[]]]></a>",
    "<a><![CDATA[\r\n\r]]>\r\n\r\n\n\r</a>",
    "<a b='\r\n\r\n\n\r\t x'/>",
    "<a>1<b>2</b>3<c/>4</a>",
    "<a b='>'>></a>",
    "<a b='<'/>",
    "<a b='&lt;'/>",
    "<a><b></a></b>",
    "<a>",
    "<a></b>",
    "</a>",
    "< a/>",
    "<a b='1'",
};

static void assert_read_as_expat_does(struct str text)
{
    struct xml_parser *parser = xml_parser_new(&none);
    struct arena arena = {0};
    struct buf ours = {0}, theirs = {0};
    const struct xml *element = xml_parse(parser, &arena, text);
    bool is_read = oracle_read(&theirs, text);

    if (element)
        oracle_write(&ours, element);
    if (is_read != (element != NULL) ||
        (is_read && !str_eq(buf_view(&ours), buf_view(&theirs))))
        fail_msg("%.*s: expat %s %.*s, we %.*s", STR_ARG(text),
                 is_read ? "reads" : "refuses", STR_ARG(buf_view(&theirs)),
                 STR_ARG(buf_view(&ours)));
    buf_clear(&ours);
    buf_clear(&theirs);
    arena_clear(&arena);
    xml_parser_free(parser);
}

static void an_element_is_read_as_expat_reads_it(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(elements); i++)
        assert_read_as_expat_does(str_of(elements[i]));
}

static void
every_character_may_stand_in_a_name_where_expat_lets_it(void **state)
{
    (void)state;
    for (uint32_t code = 0x80; code < 0x10000; code++) {
        char bytes[] = "<a\xef\xbf\xbf/>", *at = bytes + 2;

        if (code >= 0xd800 && code <= 0xdfff)
            continue;
        if (code < 0x800)
            *at++ = (char)(0xc0 | code >> 6);
        else {
            *at++ = (char)(0xe0 | code >> 12);
            *at++ = (char)(0x80 | (code >> 6 & 0x3f));
        }
        *at++ = (char)(0x80 | (code & 0x3f));
        *at++ = '/';
        *at++ = '>';
        assert_read_as_expat_does((struct str){bytes, (size_t)(at - bytes)});
    }
}

static void what_is_read_ends_with_a_nul(void **state)
{
    struct xml_parser *parser = xml_parser_new(&none);
    struct arena arena = {0};
    const struct xml *element =
        xml_parse(parser, &arena,
                  STR("<x:a xmlns:x='urn:x' b='1&amp;'>t&lt;<c/>u</x:a>"));

    (void)state;
    assert_non_null(element);
    assert_string_equal(element->name.p, "a");
    assert_string_equal(element->ns.p, "urn:x");
    assert_string_equal(element->attrs->name.p, "b");
    assert_string_equal(element->attrs->value.p, "1&");
    assert_string_equal(element->first->text.p, "t<");
    assert_string_equal(element->first->next->name.p, "c");
    assert_string_equal(element->last->text.p, "u");
    arena_clear(&arena);
    xml_parser_free(parser);
}

/* Many prefixes in scope, and as many names that use the outermost of them. */
static void looking_up_prefixes_has_a_bound(void **state)
{
    struct xml_parser *parser = xml_parser_new(&none);
    struct arena arena = {0};
    struct buf text = {0};

    (void)state;
    buf_add_text(&text, "<a xmlns:p='urn:p'");
    for (int i = 0; i < 4000; i++)
        buf_printf(&text, " xmlns:q%d='u'", i);
    buf_add_char(&text, '>');
    for (int i = 0; i < 4000; i++)
        buf_add_text(&text, "<p:b/>");
    buf_add_text(&text, "</a>");
    assert_null(xml_parse(parser, &arena, buf_view(&text)));
    assert_non_null(xml_parse(parser, &arena, STR("<a/>")));
    buf_clear(&text);
    arena_clear(&arena);
    xml_parser_free(parser);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_element_is_read_as_expat_reads_it),
        cmocka_unit_test(
            every_character_may_stand_in_a_name_where_expat_lets_it),
        cmocka_unit_test(what_is_read_ends_with_a_nul),
        cmocka_unit_test(looking_up_prefixes_has_a_bound),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
