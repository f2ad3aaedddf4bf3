#include "tests/unit/test.h"

#include "common/archive/archive.h"

#define FORM(fields)                                                           \
    "<query xmlns='urn:xmpp:mam:2' queryid='q'><x xmlns='jabber:x:data' "      \
    "type='submit'><field var='FORM_TYPE'><value>urn:xmpp:mam:2</value>"       \
    "</field>" fields "</x></query>"
#define FIELD(var, value)                                                      \
    "<field var='" var "'><value>" value "</value></field>"
#define PAGE(inside)                                                           \
    "<query xmlns='urn:xmpp:mam:2'><set "                                      \
    "xmlns='http://jabber.org/protocol/rsm'>" inside "</set></query>"

struct fixture {
    struct arena arena;
    struct xml_parser *parser;
    struct archive_query query;
};

static int open_fixture(void **state)
{
    static const struct xml_limits limits = {.max_stanza = 65536};
    struct fixture *t = NEW(struct fixture);

    t->parser = xml_parser_new(&limits);
    *state = t;
    return 0;
}

static int close_fixture(void **state)
{
    struct fixture *t = *state;

    xml_parser_free(t->parser);
    arena_clear(&t->arena);
    free(t);
    return 0;
}

static enum archive_reading read_text(struct fixture *t, const char *text)
{
    struct xml *element = xml_parse(t->parser, &t->arena, str_of(text));

    assert_non_null(element);
    return archive_read_query(&t->query, &t->arena, element, 10, true);
}

static void an_empty_question_asks_for_all(void **state)
{
    struct fixture *t = *state;

    assert_int_equal(read_text(t, "<query xmlns='urn:xmpp:mam:2'/>"),
                     ARCHIVE_READ);
    assert_int_equal(t->query.max, 10);
    assert_true(t->query.end_ms == INT64_MAX);
    assert_null(t->query.with.full.p);
    assert_null(t->query.query_id.p);
}

static void fields_of_the_form_are_read(void **state)
{
    struct fixture *t = *state;

    assert_int_equal(
        read_text(t, FORM(FIELD("with", "Juliet@example.com/x") FIELD(
                         "start", "1970-01-01T00:00:01Z") FIELD("after-id", "7")
                              FIELD("ids", "1</value><value>2"))),
        ARCHIVE_READ);
    assert_str(t->query.query_id, "q");
    assert_str(t->query.with.full, "juliet@example.com/x");
    assert_true(t->query.start_ms == 1000);
    assert_str(t->query.after_id, "7");
    assert_int_equal(t->query.id_count, 2);
    assert_str(t->query.ids[1], "2");
}

static void wrong_fields_are_refused(void **state)
{
    struct fixture *t = *state;

    assert_int_equal(read_text(t, FORM(FIELD("mood", "happy"))),
                     ARCHIVE_UNKNOWN);
    assert_int_equal(read_text(t, FORM(FIELD("start", "now"))),
                     ARCHIVE_MALFORMED);
    assert_int_equal(read_text(t, FORM(FIELD("with", "@"))), ARCHIVE_MALFORMED);
    assert_int_equal(read_text(t, PAGE("<max>x</max>")), ARCHIVE_MALFORMED);
}

static void a_field_that_is_there_twice_is_refused(void **state)
{
    struct fixture *t = *state;

    assert_int_equal(
        read_text(t, FORM(FIELD("ids", "1</value><value>2</value><value>3")
                              FIELD("ids", "4"))),
        ARCHIVE_MALFORMED);
    assert_int_equal(
        read_text(t, FORM(FIELD("end", "1970-01-01T00:00:01Z")
                              FIELD("end", "1970-01-01T00:00:02Z"))),
        ARCHIVE_MALFORMED);
}

static void what_would_be_answered_wrongly_is_not_implemented(void **state)
{
    struct fixture *t = *state;

    assert_int_equal(read_text(t, PAGE("<max>1</max><index>5</index>")),
                     ARCHIVE_UNKNOWN);
    assert_int_equal(
        read_text(t, "<query xmlns='urn:xmpp:mam:2' node='princely_musings'/>"),
        ARCHIVE_UNKNOWN);
}

static void a_page_is_bounded(void **state)
{
    struct fixture *t = *state;

    assert_int_equal(read_text(t, PAGE("<max>1000000</max><before/>")),
                     ARCHIVE_READ);
    assert_int_equal(t->query.max, 10);
    assert_true(t->query.is_backward);
    assert_null(t->query.before.p);
    assert_int_equal(read_text(t, PAGE("<max>3</max><after>5</after>")),
                     ARCHIVE_READ);
    assert_int_equal(t->query.max, 3);
    assert_str(t->query.after, "5");
}

static void ids_tell_the_time_and_grow(void **state)
{
    int64_t id;

    (void)state;
    assert_true(archive_ms_of(archive_id_at(1700000000123)) == 1700000000123);
    assert_true(archive_id_at(-5) == 0);
    assert_true(archive_id_at(INT64_MAX / 2) == INT64_MAX);
    assert_true(archive_read_id(STR("17"), &id) && id == 17);
    assert_false(archive_read_id(STR("0"), &id));
    assert_false(archive_read_id(STR("-1"), &id));
    assert_false(archive_read_id(STR("17x"), &id));
    assert_false(archive_read_id(STR("9223372036854775808"), &id));
    assert_true(archive_month_is_young(1698796800000));
    assert_false(archive_month_is_young(1698796799999));
}

#define CASE(name)                                                             \
    cmocka_unit_test_setup_teardown(name, open_fixture, close_fixture)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(an_empty_question_asks_for_all),
        CASE(fields_of_the_form_are_read),
        CASE(wrong_fields_are_refused),
        CASE(a_page_is_bounded),
        CASE(a_field_that_is_there_twice_is_refused),
        CASE(what_would_be_answered_wrongly_is_not_implemented),
        CASE(ids_tell_the_time_and_grow),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
