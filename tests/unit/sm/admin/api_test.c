/* The REST door: what a webd may have done, with which token. */
#include "tests/unit/sm/fixture.h"

#include "common/token/token.h"
#include "sm/admin/api.h"
#include "sm/admin/api_gate.h"
#include "sm/admin/command_internal.h"

#define WEB   "web/0"
#define ADMIN "romeo@example.com"

static const char *const row_all[1][3] = {{"erp", ADMIN, NULL}};
static const char *const row_some[1][3] = {
    {"erp", ADMIN, "show-user list-users"}};
static const char *const row_nobody[1][3] = {
    {"erp", "nurse@example.com", NULL}};

static int setup_admin(void **state)
{
    struct fixture *t;

    if (setup_with(state, "admins = {\"" ADMIN "\"}\n") != 0)
        return -1;
    t = *state;
    channels_bind(t->c2s, STR(WEB), 1);
    settle(t);
    return 0;
}

/* What webd gets for this IQ; "" is nothing yet. */
static const char *ask_at(struct fixture *t, struct str bare_jid,
                          struct str token, const char *iq)
{
    static char body[4096];
    char address[32];
    size_t before = t->sent_count;

    snprintf(body, sizeof(body),
             "<api xmlns='urn:posthouse:link:1' token='%.*s' "
             "peer='192.0.2.1'>%s</api>",
             STR_ARG(token), iq);
    channel_send(channels_get(t->c2s, STR(WEB), sm_address(address, bare_jid)),
                 &(struct frame){.sid = 77, .body = str_of(body)}, NULL);
    settle(t);
    if (t->sent_count == before)
        return "";
    assert_int_equal(t->sent[before].sid, 77);
    return t->sent[before].body;
}

static struct str token_of_admin(struct arena *arena)
{
    return token_new(arena, jid_shard(STR(ADMIN)));
}

/* Asks with a fresh token that the database knows by this row (NULL: not at
 * all). */
static const char *ask(struct fixture *t, const char *const row[1][3],
                       const char *iq)
{
    struct arena arena = {0};
    const char *answer;

    t->store.rows = (const char *(*)[3])(uintptr_t)row;
    t->store.row_count = row ? 1 : 0;
    answer = ask_at(t, STR(ADMIN), token_of_admin(&arena), iq);
    arena_clear(&arena);
    return answer;
}

#define COMMAND(node, fields)                                                  \
    "<iq xmlns='jabber:client' type='set' id='1'><command "                    \
    "xmlns='http://jabber.org/protocol/commands' node='" node "'>"             \
    "<x xmlns='jabber:x:data' type='submit'>" fields "</x></command></iq>"
#define FIELD(name, value)                                                     \
    "<field var='" name "'><value>" value "</value></field>"
#define DELETE_MOTD COMMAND("delete-motd", "")
#define COMMANDS                                                               \
    "<iq xmlns='jabber:client' type='get' id='1'><command "                    \
    "xmlns='http://jabber.org/protocol/commands'/></iq>"

static void a_token_runs_a_command_in_its_administrators_name(void **state)
{
    const char *answer = ask(*state, row_all, DELETE_MOTD);

    assert_contains(answer, "<answer");
    assert_contains(answer, "status='completed'");
}

static void only_the_hash_is_looked_for(void **state)
{
    struct fixture *t = *state;
    struct arena arena = {0};
    struct str token = token_of_admin(&arena);

    assert_contains(ask_at(t, STR(ADMIN), token, DELETE_MOTD),
                    "<not-authorized");
    assert_int_equal(strlen(t->store.token), 64);
    assert_true(str_is(token_hash(&arena, token), t->store.token));
    assert_null(strstr(t->store.token, token.p));
    arena_clear(&arena);
}

static void what_is_no_token_is_not_looked_for(void **state)
{
    static const char *const texts[] = {
        "", "phapi_00_", "phapi_zz_0123456789012345678901234567890123456789012",
        "phapi_40_0123456789012345678901234567890123456789012",
        "phapi_00_012345678901234567890123456789012345678901'"};
    struct fixture *t = *state;

    for (size_t i = 0; i + 1 < COUNT_OF(texts); i++)
        assert_contains(ask_at(t, STR(ADMIN), str_of(texts[i]), DELETE_MOTD),
                        "<not-authorized");
    assert_int_equal(t->store.tokens, 0);
}

static void a_token_may_be_for_some_commands_alone(void **state)
{
    assert_contains(ask(*state, row_some, DELETE_MOTD), "<forbidden");
    assert_contains(ask(*state, row_some, COMMAND("list-users", "")),
                    "status='completed'");
}

static void the_list_shows_what_the_token_may(void **state)
{
    const char *answer = ask(*state, row_some, COMMANDS);

    assert_contains(answer, "urn:posthouse:admin:1#show-user");
    assert_contains(answer, "accountjid");
    assert_null(strstr(answer, "delete-motd"));
    assert_contains(ask(*state, row_all, COMMANDS), "admin#add-user");
}

/* Who is an administrator no more has a token without power. */
static void an_administrator_who_is_none_gets_nothing_done(void **state)
{
    struct fixture *t = *state;
    struct arena arena = {0};
    struct str nurse = STR("nurse@example.com");
    struct str token = token_new(&arena, jid_shard(nurse));

    t->store.rows = (const char *(*)[3])(uintptr_t)row_nobody;
    t->store.row_count = 1;
    assert_contains(ask_at(t, nurse, token, DELETE_MOTD), "<forbidden");
    arena_clear(&arena);
}

static void a_token_holds_at_its_administrators_shard_alone(void **state)
{
    struct fixture *t = *state;
    struct arena arena = {0};
    struct str nurse = STR("nurse@example.com");

    assert_int_not_equal(jid_shard(nurse), jid_shard(STR(ADMIN)));
    t->store.rows = (const char *(*)[3])(uintptr_t)row_all;
    t->store.row_count = 1;
    assert_contains(ask_at(t, nurse, token_of_admin(&arena), DELETE_MOTD),
                    "<not-authorized");
    arena_clear(&arena);
}

static void mistakes_name_the_field(void **state)
{
    assert_contains(ask(*state, row_all, COMMAND("show-user", "")),
                    "accountjid: is required");
    assert_contains(
        ask(*state, row_all,
            COMMAND("show-user", FIELD("jid", "juliet@example.com"))),
        "jid: there is no such field");
    assert_contains(ask(*state, row_all, COMMAND("fly", "")),
                    "<item-not-found");
    assert_contains(ask(*state, row_all,
                        "<iq xmlns='jabber:client' type='set' id='1' "
                        "to='elsewhere'><command xmlns="
                        "'http://jabber.org/protocol/commands'/></iq>"),
                    "<item-not-found");
}

static void a_webd_that_says_nonsense_is_not_heard(void **state)
{
    static const char *const nonsense[] = {
        "<message from='romeo@example.com' to='juliet@example.com'/>",
        "<api xmlns='urn:posthouse:link:1'/>",
        "<api xmlns='urn:posthouse:link:1'><iq xmlns='jabber:client'/></api>",
        "<session-open xmlns='urn:posthouse:link:1'/>"};
    struct fixture *t = *state;
    char address[32];

    for (size_t i = 0; i < COUNT_OF(nonsense); i++) {
        channel_send(
            channels_get(t->c2s, STR(WEB), sm_address(address, STR(ADMIN))),
            &(struct frame){.sid = 1, .body = str_of(nonsense[i])}, NULL);
        settle(t);
    }
    assert_int_equal(t->sm.refused_frames, COUNT_OF(nonsense));
    assert_int_equal(t->sent_count, 0);
}

/* A client's word in the link's namespace is a query like any unknown one. */
static void a_client_may_not_say_it(void **state)
{
    struct fixture *t = *state;

    login(t, "romeo", 1, "orchard");
    send_frame(t, "romeo", 1, 2,
               "<iq type='set' id='1' to='example.com'>"
               "<api xmlns='urn:posthouse:link:1' token='x'/></iq>");
    assert_contains(received(t, 1), "<service-unavailable");
    assert_int_equal(t->store.tokens, 0);
}

static void wrong_tokens_have_a_rate_and_right_ones_pass(void **state)
{
    struct fixture *t = *state;
    struct arena arena = {0};
    struct str right = token_of_admin(&arena), hash;

    hash = token_hash(&arena, right);
    api_token_take(&t->sm, &(struct store_row){&hash, 1}, true);
    api_token_take(&t->sm, NULL, true);
    for (unsigned i = 0; i < API_GATE_WRONG; i++)
        assert_contains(ask(t, NULL, DELETE_MOTD), "<not-authorized");
    assert_contains(ask(t, NULL, DELETE_MOTD), "<resource-constraint");
    assert_int_equal(t->store.tokens, API_GATE_WRONG);

    t->store.rows = (const char *(*)[3])(uintptr_t)row_all;
    t->store.row_count = 1;
    assert_contains(ask_at(t, STR(ADMIN), right, DELETE_MOTD), "completed");

    /* One that was taken back is like any other. */
    api_token_take(&t->sm, NULL, true);
    assert_contains(ask_at(t, STR(ADMIN), right, DELETE_MOTD),
                    "<resource-constraint");
    time_passes(t, 60000);
    assert_contains(ask(t, NULL, DELETE_MOTD), "<not-authorized");
    arena_clear(&arena);
}

static void without_a_database_it_says_so_and_does_nothing_later(void **state)
{
    struct fixture *t = *state;

    t->store.is_stalled = true;
    assert_string_equal(ask(t, row_all, DELETE_MOTD), "");
    time_passes(t, 11000);
    sm_tick(&t->sm);
    settle(t);
    assert_contains(t->sent[0].body, "<remote-server-timeout");
    store_answers(t);
    assert_int_equal(t->sent_count, 1);
}

static void requests_under_way_are_bounded(void **state)
{
    struct fixture *t = *state;

    t->store.is_stalled = true;
    for (unsigned i = 0; i < 128; i++)
        assert_string_equal(ask(t, row_all, DELETE_MOTD), "");
    assert_contains(ask(t, row_all, DELETE_MOTD), "<resource-constraint");
}

/* The request is webd's to send again until it has the answer. */
static void a_request_is_discharged_when_its_answer_is_there(void **state)
{
    struct fixture *t = *state;
    unsigned before = t->discharged;

    t->keeps = true;
    assert_contains(ask(t, row_all, DELETE_MOTD), "completed");
    assert_int_equal(t->discharged, before);
    channel_discharge(t->sent[0].channel, t->sent[0].seq);
    t->keeps = false;
    settle(t);
    assert_int_equal(t->discharged, before + 1);
}

static void a_message_is_the_administrators_own(void **state)
{
    struct fixture *t = *state;
    static const char *const found[1][3] = {{"t", NULL, NULL}};

    login(t, "juliet", 2, "balcony");
    t->store.is_stalled = true;
    (void)ask(t, row_all,
              COMMAND("send-message", FIELD("to", "juliet@example.com")
                                          FIELD("body", "The build is done")
                                              FIELD("type", "chat")));
    /* The token, then whether there is such a user. */
    answer_call(&t->store, &t->store.calls[t->store.first++]);
    t->store.rows = (const char *(*)[3])(uintptr_t)found;
    t->store.row_count = 1;
    store_answers(t);

    assert_contains(received(t, 2), "from='" ADMIN "'");
}

/* posthousectl knows them by common/token alone. */
static void tokens_are_for_the_commands_that_there_are(void **state)
{
    size_t count = 0;

    (void)state;
    for (size_t i = 0; i < command_count; i++) {
        bool administers = commands[i].users != FOR_EVERYBODY;

        if (token_has_command(str_of(commands[i].node)) != administers)
            fail_msg("%s", commands[i].node);
        count += administers;
    }
    assert_int_equal(count, token_command_count);
    assert_false(token_has_command(STR("")));
    assert_false(token_has_command(STR("add")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup_admin, teardown)
        TEST(a_token_runs_a_command_in_its_administrators_name),
        TEST(only_the_hash_is_looked_for),
        TEST(what_is_no_token_is_not_looked_for),
        TEST(a_token_may_be_for_some_commands_alone),
        TEST(the_list_shows_what_the_token_may),
        TEST(an_administrator_who_is_none_gets_nothing_done),
        TEST(a_token_holds_at_its_administrators_shard_alone),
        TEST(mistakes_name_the_field),
        TEST(a_webd_that_says_nonsense_is_not_heard),
        TEST(a_client_may_not_say_it),
        TEST(wrong_tokens_have_a_rate_and_right_ones_pass),
        TEST(without_a_database_it_says_so_and_does_nothing_later),
        TEST(requests_under_way_are_bounded),
        TEST(a_request_is_discharged_when_its_answer_is_there),
        TEST(a_message_is_the_administrators_own),
        TEST(tokens_are_for_the_commands_that_there_are),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
