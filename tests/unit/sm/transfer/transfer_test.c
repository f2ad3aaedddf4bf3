/* Which files are offered, and what the rules say of them
 * (sm/transfer/transfer.h). */
#include <stdio.h>

#include "sm/transfer/transfer.h"
#include "tests/unit/test.h"

struct world {
    struct arena arena;
    struct xml_parser *parser;
    struct transfer_rules *rules;
    struct jid romeo, juliet, remote;
    char files[512]; /* of the last stanza */
};

static int set_up(void **state)
{
    struct world *w = NEW(struct world);

    w->parser = xml_parser_new(&(struct xml_limits){.max_depth = 32});
    w->rules = transfer_rules_new();
    if (!jid_parse(&w->romeo, &w->arena, STR("romeo@a.example/1")) ||
        !jid_parse(&w->juliet, &w->arena, STR("juliet@a.example")) ||
        !jid_parse(&w->remote, &w->arena, STR("x@far.example")))
        return -1;
    *state = w;
    return 0;
}

static int tear_down(void **state)
{
    struct world *w = *state;

    xml_parser_free(w->parser);
    transfer_rules_free(w->rules);
    arena_clear(&w->arena);
    free(w);
    return 0;
}

static void note_file(void *ctx, const struct transfer_file *file)
{
    struct world *w = ctx;
    size_t length = strlen(w->files);

    (void)snprintf(w->files + length, sizeof(w->files) - length,
                   "%.*s %.*s %lld%s;", STR_ARG(file->name),
                   STR_ARG(file->mime),
                   file->has_size ? (long long)file->size : -1,
                   file->is_wanted ? " wanted" : "");
}

static const char *files_of(struct world *w, const char *text)
{
    const struct xml *stanza = xml_parse(w->parser, &w->arena, str_of(text));

    assert_non_null(stanza);
    w->files[0] = '\0';
    transfer_each_file(stanza, note_file, w);
    return w->files;
}

#define SI_FILE     "http://jabber.org/protocol/si/profile/file-transfer"
#define JINGLE_FILE "urn:xmpp:jingle:apps:file-transfer:5"

static void every_way_to_offer_a_file_is_seen(void **state)
{
    struct world *w = *state;

    assert_string_equal(
        files_of(w, "<iq type='set' id='1'>"
                    "<si xmlns='http://jabber.org/protocol/si' "
                    "mime-type='text/plain' profile='" SI_FILE "'>"
                    "<file xmlns='" SI_FILE "' name='a.txt' size='10'/>"
                    "</si></iq>"),
        "a.txt text/plain 10;");
    assert_string_equal(
        files_of(w,
                 "<iq type='set' id='1'><jingle xmlns='urn:xmpp:jingle:1' "
                 "action='session-initiate' sid='s'><content>"
                 "<description xmlns='" JINGLE_FILE "'><file>"
                 "<name>b.exe</name><size>7</size>"
                 "<media-type>x/y</media-type></file></description></content>"
                 "<content><description xmlns='urn:xmpp:jingle:apps:"
                 "file-transfer:3'><offer><file><name>c</name></file></offer>"
                 "</description></content></jingle></iq>"),
        "b.exe x/y 7;c  -1;");
    assert_string_equal(
        files_of(w, "<message><sipub xmlns='http://jabber.org/protocol/sipub' "
                    "mime-type='m/n'><file xmlns='" SI_FILE "' name='d' "
                    "size='3'/></sipub></message>"),
        "d m/n 3;");
    assert_string_equal(files_of(w, "<iq type='result' id='1'>"
                                    "<si xmlns='http://jabber.org/protocol/si'>"
                                    "<file xmlns='" SI_FILE "'/></si></iq>"),
                        "");
}

/* A client takes the first, or the last, or one of another version. */
static void no_file_hides_behind_another(void **state)
{
    struct world *w = *state;

    assert_string_equal(
        files_of(w, "<iq type='set' id='1'>"
                    "<si xmlns='http://jabber.org/protocol/si'>"
                    "<file xmlns='" SI_FILE "' name='a' size='1'/>"
                    "<file xmlns='" SI_FILE "' name='b' size='2'/></si>"
                    "<si xmlns='http://jabber.org/protocol/si'>"
                    "<file xmlns='" SI_FILE "' name='c' size='3'/></si></iq>"),
        "a  1;b  2;c  3;");
    assert_string_equal(
        files_of(w, "<message><sipub xmlns='http://jabber.org/protocol/sipub'>"
                    "<file xmlns='" SI_FILE "' name='a'/></sipub>"
                    "<sipub xmlns='http://jabber.org/protocol/sipub'>"
                    "<file xmlns='" SI_FILE "' name='b'/></sipub></message>"),
        "a  -1;b  -1;");
    assert_string_equal(
        files_of(w, "<iq type='set' id='1'><jingle xmlns='urn:xmpp:jingle:1' "
                    "action='session-initiate'><content>"
                    "<description xmlns='" JINGLE_FILE "'><offer><file>"
                    "<name>a</name></file></offer><file><name>b</name></file>"
                    "</description></content></jingle></iq>"),
        "b  -1;a  -1;");
}

#define JINGLE(action, senders)                                                \
    "<iq type='set' id='1'><jingle xmlns='urn:xmpp:jingle:1' action='" action  \
    "'><content senders='" senders "'><description xmlns='" JINGLE_FILE        \
    "'><file><name>a</name></file></description></content></jingle></iq>"

static void who_asks_for_a_file_gets_it(void **state)
{
    struct world *w = *state;

    assert_string_equal(files_of(w, JINGLE("session-initiate", "initiator")),
                        "a  -1;");
    assert_string_equal(files_of(w, JINGLE("session-initiate", "responder")),
                        "a  -1 wanted;");
    assert_string_equal(files_of(w, JINGLE("session-accept", "initiator")),
                        "a  -1 wanted;");
    assert_string_equal(files_of(w, JINGLE("session-accept", "responder")),
                        "a  -1;");
    assert_string_equal(files_of(w, JINGLE("content-add", "initiator")),
                        "a  -1;a  -1 wanted;");
    assert_string_equal(
        files_of(w, "<iq type='set' id='1'><jingle xmlns='urn:xmpp:jingle:1' "
                    "action='session-initiate'><content><description xmlns="
                    "'urn:xmpp:jingle:apps:file-transfer:3'><request><file>"
                    "<name>a</name></file></request></description></content>"
                    "</jingle></iq>"),
        "a  -1 wanted;");
}

static void add(struct world *w, struct transfer_row row)
{
    if (!row.id.p)
        row.id = STR("1");
    row.domain = STR("a.example");
    if (!row.direction.p)
        row.direction = STR("any");
    assert_true(transfer_rules_add(w->rules, &row));
}

static bool allows(struct world *w, const struct jid *from,
                   const struct jid *to, const char *name, int64_t size)
{
    const struct transfer_parties parties = {
        .from = from,
        .to = to,
        .from_is_local = str_is(from->domain, "a.example"),
        .to_is_local = str_is(to->domain, "a.example")};
    const struct transfer_file file = {.name = str_of(name),
                                       .mime = STR("application/x-thing"),
                                       .size = (uint64_t)size,
                                       .has_size = size >= 0};

    return transfer_judge(w->rules, &parties, &file).action != TRANSFER_REFUSE;
}

static void without_rules_everything_passes(void **state)
{
    struct world *w = *state;

    assert_true(allows(w, &w->romeo, &w->juliet, "virus.exe", 1 << 30));
}

static void names_are_matched_whatever_their_case(void **state)
{
    struct world *w = *state;

    add(w, (struct transfer_row){.action = STR("refuse"),
                                 .name_pattern = STR("*.exe")});
    assert_false(allows(w, &w->romeo, &w->juliet, "SETUP.EXE", 1));
    assert_true(allows(w, &w->romeo, &w->juliet, "exe.txt", 1));
}

static void what_a_file_system_drops_hides_no_name(void **state)
{
    struct world *w = *state;

    add(w, (struct transfer_row){.action = STR("refuse"),
                                 .name_pattern = STR("*.exe")});
    assert_false(allows(w, &w->romeo, &w->juliet, "setup.exe. .", 1));
    assert_true(allows(w, &w->romeo, &w->juliet, "...", 1));
    assert_true(allows(w, &w->romeo, &w->juliet, NULL, 1));
}

static void parameters_hide_no_type(void **state)
{
    struct world *w = *state;
    const struct transfer_parties parties = {
        .from = &w->romeo, .to = &w->juliet, .from_is_local = true};
    const struct transfer_file file = {.mime = STR("TEXT/html ; charset=x")};

    add(w, (struct transfer_row){.action = STR("refuse"),
                                 .mime_pattern = STR("text/html")});
    assert_int_equal(transfer_judge(w->rules, &parties, &file).action,
                     TRANSFER_REFUSE);
}

static void the_end_of_a_long_name_counts(void **state)
{
    struct world *w = *state;
    char name[1000];

    memset(name, 'x', sizeof(name));
    memcpy(name + sizeof(name) - 5, ".exe", 5);
    add(w, (struct transfer_row){.action = STR("refuse"),
                                 .name_pattern = STR("*.exe")});
    assert_false(allows(w, &w->romeo, &w->juliet, name, 1));
}

static void who_tells_no_size_is_taken_for_large(void **state)
{
    struct world *w = *state;

    add(w, (struct transfer_row){.action = STR("refuse"),
                                 .larger_than = STR("1000")});
    assert_true(allows(w, &w->romeo, &w->juliet, "a", 1000));
    assert_false(allows(w, &w->romeo, &w->juliet, "a", 1001));
    assert_false(allows(w, &w->romeo, &w->juliet, "a", -1));
}

static void directions_are_told_apart(void **state)
{
    struct world *w = *state;

    add(w, (struct transfer_row){.action = STR("refuse"),
                                 .direction = STR("out")});
    assert_true(allows(w, &w->romeo, &w->juliet, "a", 1));
    assert_false(allows(w, &w->romeo, &w->remote, "a", 1));
    assert_true(allows(w, &w->remote, &w->romeo, "a", 1));
}

static void departments_are_of_the_one_who_is_ours(void **state)
{
    struct world *w = *state;

    add(w, (struct transfer_row){.action = STR("refuse"),
                                 .members = STR("nurse\x1fromeo")});
    assert_false(allows(w, &w->romeo, &w->juliet, "a", 1));
    assert_true(allows(w, &w->juliet, &w->romeo, "a", 1));
    assert_false(allows(w, &w->remote, &w->romeo, "a", 1));
}

static void nobody_is_in_an_empty_department(void **state)
{
    struct world *w = *state;

    add(w, (struct transfer_row){.action = STR("refuse"), .members = STR("")});
    assert_true(allows(w, &w->romeo, &w->juliet, "a", 1));
}

static void the_first_rule_that_decides_wins(void **state)
{
    struct world *w = *state;
    const struct transfer_parties parties = {.from = &w->romeo,
                                             .to = &w->juliet,
                                             .from_is_local = true,
                                             .to_is_local = true};
    struct transfer_verdict verdict;

    add(w, (struct transfer_row){.id = STR("1"), .action = STR("log")});
    add(w, (struct transfer_row){.id = STR("2"),
                                 .action = STR("allow"),
                                 .mime_pattern = STR("image/*")});
    add(w, (struct transfer_row){.id = STR("3"),
                                 .action = STR("refuse"),
                                 .reason = STR("images alone")});
    verdict = transfer_judge(
        w->rules, &parties,
        &(struct transfer_file){.name = STR("a"), .mime = STR("image/png")});
    assert_int_equal(verdict.action, TRANSFER_ALLOW);
    assert_true(verdict.is_logged);
    verdict = transfer_judge(w->rules, &parties,
                             &(struct transfer_file){.name = STR("a")});
    assert_int_equal(verdict.action, TRANSFER_REFUSE);
    assert_str(verdict.reason, "images alone");
    assert_str(verdict.rule, "3");
}

static bool may_use_proxy(struct world *w, const struct jid *from)
{
    const struct transfer_parties parties = {.from = from,
                                             .to = &w->remote,
                                             .from_is_local = true,
                                             .is_proxy = true};

    return transfer_judge(w->rules, &parties, &(struct transfer_file){0})
               .action != TRANSFER_REFUSE;
}

static void the_proxy_can_be_for_a_department(void **state)
{
    struct world *w = *state;

    add(w, (struct transfer_row){.action = STR("allow"),
                                 .direction = STR("proxy"),
                                 .members = STR("romeo")});
    add(w, (struct transfer_row){.action = STR("refuse"),
                                 .direction = STR("proxy")});
    assert_true(may_use_proxy(w, &w->romeo));
    assert_false(may_use_proxy(w, &w->juliet));
    assert_true(allows(w, &w->juliet, &w->romeo, "a", 1));
}

static void rules_on_files_are_not_about_the_proxy(void **state)
{
    struct world *w = *state;

    add(w, (struct transfer_row){.action = STR("refuse"),
                                 .larger_than = STR("1000")});
    assert_true(may_use_proxy(w, &w->romeo));
}

static bool may_upload(struct world *w, const char *name)
{
    const struct transfer_parties parties = {.from = &w->romeo,
                                             .to = &w->remote,
                                             .from_is_local = true,
                                             .is_upload = true};

    return transfer_judge(w->rules, &parties,
                          &(struct transfer_file){.name = str_of(name)})
               .action != TRANSFER_REFUSE;
}

/* Nobody knows to whom the link of an uploaded file goes. */
static void what_may_go_to_nobody_is_not_uploaded(void **state)
{
    static const struct {
        const char *direction, *name;
        bool allowed;
    } examples[] = {
        {"any", "a", false},    {"local", "b", false}, {"out", "c", false},
        {"upload", "d", false}, {"in", "e", true},     {"proxy", "f", true},
    };
    struct world *w = *state;

    add(w, (struct transfer_row){.action = STR("allow"),
                                 .direction = STR("upload"),
                                 .name_pattern = STR("c.ok")});
    for (size_t i = 0; i < COUNT_OF(examples); i++)
        add(w,
            (struct transfer_row){
                .action = STR("refuse"),
                .direction = str_of(examples[i].direction),
                .name_pattern = arena_printf(&w->arena, "%s*", examples[i].name)});
    for (size_t i = 0; i < COUNT_OF(examples); i++)
        assert_int_equal(may_upload(w, examples[i].name), examples[i].allowed);
    assert_true(may_upload(w, "c.ok"));
    assert_true(allows(w, &w->romeo, &w->juliet, "d", 1));
}

static void a_row_that_makes_no_sense_is_no_rule(void **state)
{
    struct world *w = *state;
    const struct transfer_row row = {.action = STR("maybe"),
                                     .direction = STR("any")};

    assert_false(transfer_rules_add(w->rules, &row));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(every_way_to_offer_a_file_is_seen),
        TEST(no_file_hides_behind_another),
        TEST(who_asks_for_a_file_gets_it),
        TEST(without_rules_everything_passes),
        TEST(names_are_matched_whatever_their_case),
        TEST(what_a_file_system_drops_hides_no_name),
        TEST(parameters_hide_no_type),
        TEST(the_end_of_a_long_name_counts),
        TEST(who_tells_no_size_is_taken_for_large),
        TEST(directions_are_told_apart),
        TEST(departments_are_of_the_one_who_is_ours),
        TEST(nobody_is_in_an_empty_department),
        TEST(the_first_rule_that_decides_wins),
        TEST(the_proxy_can_be_for_a_department),
        TEST(rules_on_files_are_not_about_the_proxy),
        TEST(what_may_go_to_nobody_is_not_uploaded),
        TEST(a_row_that_makes_no_sense_is_no_rule),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
