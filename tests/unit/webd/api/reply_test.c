/* Answers of sm become JSON. */
#include "tests/unit/test.h"

#include "webd/api/reply.h"

#define COMMAND(inside)                                                        \
    "<iq type='result' id='api'><command "                                     \
    "xmlns='http://jabber.org/protocol/commands' status='completed'>" inside   \
    "</command></iq>"
#define RESULT(inside) "<x xmlns='jabber:x:data' type='result'>" inside "</x>"
#define TABLE                                                                  \
    RESULT("<field var='FORM_TYPE' type='hidden'><value>f</value></field>"     \
           "<reported><field var='jid'/><field var='admin' type='boolean'/>"   \
           "<field var='in' type='text-multi'/></reported>"                    \
           "<item><field var='jid'><value>a@b</value></field>"                 \
           "<field var='admin'><value>true</value></field>"                    \
           "<field var='in'><value>x</value><value>y</value></field></item>"   \
           "<field var='next' type='text-single'><value>a</value></field>")
#define ROW "{\"jid\":\"a@b\",\"admin\":true,\"in\":[\"x\",\"y\"]}"

static void becomes(enum api_shape shape, const char *iq, unsigned status,
                    const char *json)
{
    struct xml_parser *parser = xml_parser_new(
        &(struct xml_limits){.max_depth = 64, .max_stanza = 1 << 20});
    const struct api_plan plan = {.shape = shape,
                                  .status = 200,
                                  .only = shape == SHAPE_FORM ? STR("b")
                                                              : STR_NONE};
    struct arena arena = {0};
    struct xml *element = xml_parse(parser, &arena, str_of(iq));
    struct api_reply reply;

    assert_non_null(element);
    api_reply_make(&arena, &plan, element, &reply);
    assert_int_equal(reply.status, status);
    if (!str_is(reply.body, json))
        fail_msg("%.*s", STR_ARG(reply.body));
    arena_clear(&arena);
    xml_parser_free(parser);
}

static void a_command_tells_all(void **state)
{
    (void)state;
    becomes(SHAPE_COMMAND, COMMAND("<note type='info'>Done</note>"), 200,
            "{\"status\":\"completed\",\"notes\":[\"Done\"]}\n");
    becomes(
        SHAPE_COMMAND, COMMAND(TABLE), 200,
        "{\"status\":\"completed\",\"notes\":[],\"fields\":{\"next\":\"a\"},"
        "\"items\":[" ROW "]}\n");
}

static void a_table_is_a_list_or_its_first_row(void **state)
{
    (void)state;
    becomes(SHAPE_LIST, COMMAND(TABLE), 200,
            "{\"next\":\"a\",\"items\":[" ROW "]}\n");
    becomes(SHAPE_ITEM, COMMAND(TABLE), 200, ROW "\n");
    becomes(SHAPE_ITEM, COMMAND(RESULT("<reported/>")), 404,
            "{\"error\":{\"condition\":\"item-not-found\","
            "\"text\":\"There is no such thing\"}}\n");
    becomes(SHAPE_ITEM, COMMAND(""), 404,
            "{\"error\":{\"condition\":\"item-not-found\","
            "\"text\":\"There is no such thing\"}}\n");
}

static void fields_stand_alone(void **state)
{
    (void)state;
    becomes(SHAPE_FIELDS,
            COMMAND(RESULT("<field var='jid'><value>\"&lt;</value></field>"
                           "<field var='list' type='jid-multi'/>"
                           "<field var='none'/>")),
            200, "{\"jid\":\"\\\"<\",\"list\":[],\"none\":null}\n");
}

static void commands_are_known_by_their_names(void **state)
{
    static const char commands[] =
        "<iq type='result' id='api'><commands xmlns='urn:posthouse:admin:1'>"
        "<command xmlns='http://jabber.org/protocol/commands' node='n#a' "
        "name='A'/><command xmlns='http://jabber.org/protocol/commands' "
        "node='n#b' name='B'><x xmlns='jabber:x:data' type='form'>"
        "<field var='f' type='text-single' label='F'><required/></field></x>"
        "</command></commands></iq>";

    (void)state;
#define B                                                                      \
    "{\"name\":\"b\",\"title\":\"B\",\"fields\":[{\"name\":\"f\",\"label\":"   \
    "\"F\",\"type\":\"text-single\",\"required\":true}]}"
    becomes(SHAPE_FORMS, commands, 200,
            "{\"commands\":[{\"name\":\"a\",\"title\":\"A\",\"fields\":[]}," B
            "]}\n");
    becomes(SHAPE_FORM, commands, 200, B "\n");
}

static void errors_have_their_status(void **state)
{
    static const struct {
        const char *condition;
        unsigned status;
    } rows[] = {{"bad-request", 400},
                {"not-authorized", 401},
                {"forbidden", 403},
                {"item-not-found", 404},
                {"conflict", 409},
                {"resource-constraint", 429},
                {"remote-server-timeout", 503},
                {"gone", 500}};
    char iq[512], json[256];

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        snprintf(
            iq, sizeof(iq),
            "<iq type='error' id='api'><error type='cancel'><%s xmlns="
            "'urn:ietf:params:xml:ns:xmpp-stanzas'/><text xmlns="
            "'urn:ietf:params:xml:ns:xmpp-stanzas'>Why</text></error></iq>",
            rows[i].condition);
        snprintf(json, sizeof(json),
                 "{\"error\":{\"condition\":\"%s\",\"text\":\"Why\"}}\n",
                 rows[i].condition);
        becomes(SHAPE_COMMAND, iq, rows[i].status, json);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_command_tells_all),
        cmocka_unit_test(a_table_is_a_list_or_its_first_row),
        cmocka_unit_test(fields_stand_alone),
        cmocka_unit_test(commands_are_known_by_their_names),
        cmocka_unit_test(errors_have_their_status),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
