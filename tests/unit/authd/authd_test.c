#include "fixture.h"

static void a_right_password_gives_a_grant(void **state)
{
    struct fixture *t = *state;

    plain(t, STR("\0juliet\0secret1"));
    assert_true(was_told(t, "<auth-success"));
    assert_true(was_told(t, "jid='juliet@example.com'"));
    assert_true(was_told(t, "grant='1:1700000000:"));
}

static void wrong_and_unknown_look_the_same(void **state)
{
    struct fixture *t = *state;

    plain(t, STR("\0juliet\0wrong"));
    assert_true(was_told(t, "condition='not-authorized'"));
    plain(t, STR("\0nobody\0secret1"));
    assert_true(was_told(t, "condition='not-authorized'"));
}

static void a_disabled_account_is_told_only_to_its_owner(void **state)
{
    struct fixture *t = *state;

    t->store.juliet.enabled = false;
    plain(t, STR("\0juliet\0wrong"));
    assert_true(was_told(t, "condition='not-authorized'"));
    plain(t, STR("\0juliet\0secret1"));
    assert_true(was_told(t, "condition='account-disabled'"));
}

static void nobody_acts_as_another(void **state)
{
    struct fixture *t = *state;

    plain(t, STR("romeo@example.com\0juliet\0secret1"));
    assert_true(was_told(t, "condition='invalid-authzid'"));
    plain(t, STR("juliet@example.com\0juliet\0secret1"));
    assert_true(was_told(t, "<auth-success"));
}

static void plain_needs_tls(void **state)
{
    struct fixture *t = *state;

    start(t, "example.com", "PLAIN", "secure='0'", STR("\0juliet\0secret1"));
    assert_true(was_told(t, "condition='encryption-required'"));
}

static void malformed_messages_end_the_exchange(void **state)
{
    struct fixture *t = *state;

    plain(t, STR("juliet"));
    assert_true(was_told(t, "condition='malformed-request'"));
    plain(t, STR("\0juliet"));
    assert_true(was_told(t, "condition='malformed-request'"));
    start(t, "example.com", "SCRAM-SHA-256", SECURE, STR("nonsense"));
    assert_true(was_told(t, "condition='malformed-request'"));
    start(t, "example.com", "X-NONE", SECURE, STR("x"));
    assert_true(was_told(t, "condition='invalid-mechanism'"));
    start(t, "example.net", "PLAIN", SECURE, STR("\0juliet\0secret1"));
    assert_true(was_told(t, "condition='not-authorized'"));
}

static void too_many_failures_are_refused_for_a_while(void **state)
{
    struct fixture *t = *state;

    for (int i = 0; i < 3; i++)
        plain(t, STR("\0juliet\0wrong"));
    plain(t, STR("\0juliet\0secret1"));
    assert_true(was_told(t, "condition='temporary-auth-failure'"));
    t->now_ms += 60000;
    plain(t, STR("\0juliet\0secret1"));
    assert_true(was_told(t, "<auth-success"));
}

static void
a_client_that_is_lied_to_about_channel_binding_is_refused(void **state)
{
    struct fixture *t = *state;

    start(t, "example.com", "SCRAM-SHA-256",
          SECURE " mechanisms='SCRAM-SHA-256-PLUS SCRAM-SHA-256'",
          STR("y,,n=juliet,r=abc"));
    assert_true(was_told(t, "condition='not-authorized'"));
    start(t, "example.com", "SCRAM-SHA-256",
          SECURE " mechanisms='SCRAM-SHA-256'", STR("y,,n=juliet,r=abc"));
    assert_true(was_told(t, "<auth-challenge"));
}

static void scram_challenges_unknown_users_too(void **state)
{
    struct fixture *t = *state;

    start(t, "example.com", "SCRAM-SHA-256", SECURE, STR("n,,n=nobody,r=a"));
    assert_true(was_told(t, "<auth-challenge"));
}

static void a_step_out_of_order_ends_the_exchange(void **state)
{
    struct fixture *t = *state;

    receive(t, "c2s/1", "<auth-response" XMLNS "data=''/>");
    assert_true(was_told(t, "condition='temporary-auth-failure'"));
    start(t, "example.com", "SCRAM-SHA-256", SECURE, STR("n,,n=juliet,r=a"));
    start(t, "example.com", "SCRAM-SHA-256", SECURE, STR("n,,n=juliet,r=a"));
    assert_true(was_told(t, "condition='malformed-request'"));
}

static void an_answer_that_comes_too_early_is_refused(void **state)
{
    struct fixture *t = *state;

    receive(t, "c2s/1",
            "<auth-start" XMLNS "domain='example.com' secure='1' "
            "mechanism='SCRAM-SHA-256' peer='::1' data='biwsbj1hLHI9YQ=='/>");
    receive(t, "c2s/1", "<auth-response" XMLNS "data=''/>");
    assert_true(was_told(t, "condition='malformed-request'"));
    settle(t);
    assert_int_equal(t->authd.count, 0);
}

static void an_aborted_exchange_leaves_nothing(void **state)
{
    struct fixture *t = *state;

    start(t, "example.com", "SCRAM-SHA-256", SECURE, STR("n,,n=juliet,r=a"));
    receive(t, "c2s/1", "<auth-abort" XMLNS "/>");
    assert_int_equal(t->authd.count, 0);
    assert_false(was_told(t, "<auth"));
}

static void a_silent_client_and_a_silent_store_are_given_up(void **state)
{
    struct fixture *t = *state;

    start(t, "example.com", "SCRAM-SHA-256", SECURE, STR("n,,n=juliet,r=a"));
    authd_tick(&t->authd, t->now_ms + 61000);
    assert_true(was_told(t, "condition='temporary-auth-failure'"));
    assert_int_equal(t->authd.count, 0);
}

static void a_certificate_logs_in_its_own_address(void **state)
{
    struct fixture *t = *state;
    const char *two = SECURE " cert='juliet@example.com romeo@example.com'";

    start(t, "example.com", "EXTERNAL", SECURE " cert='juliet@example.com'",
          STR(""));
    assert_true(was_told(t, "jid='juliet@example.com'"));
    start(t, "example.com", "EXTERNAL", two, STR(""));
    assert_true(was_told(t, "condition='not-authorized'"));
    start(t, "example.com", "EXTERNAL", two, STR("juliet@example.com"));
    assert_true(was_told(t, "jid='juliet@example.com'"));
    start(t, "example.com", "EXTERNAL", two, STR("mallory@example.com"));
    assert_true(was_told(t, "condition='invalid-authzid'"));
}

static void guests_get_a_name_on_their_domain_alone(void **state)
{
    struct fixture *t = *state;

    start(t, "guest.example.com", "ANONYMOUS", SECURE, STR(""));
    assert_true(was_told(t, "jid='guest-"));
    start(t, "example.com", "ANONYMOUS", SECURE, STR(""));
    assert_true(was_told(t, "condition='invalid-mechanism'"));
}

static void register_iq(struct fixture *t, const char *type,
                        const char *content)
{
    struct arena arena = {0};

    receive(t, "c2s/1",
            arena_printf(&arena,
                         "<register" XMLNS "domain='example.com' secure='1' "
                         "peer='192.0.2.9'><iq xmlns='jabber:client' "
                         "type='%s' id='r'><query "
                         "xmlns='jabber:iq:register'>%s</query></iq>"
                         "</register>",
                         type, content)
                .p);
    arena_clear(&arena);
    settle(t);
    assert_int_equal(t->discharged, t->seq);
}

static void a_new_account_is_made(void **state)
{
    struct fixture *t = *state;

    register_iq(t, "get", "");
    assert_true(was_told(t, "<username/>"));
    register_iq(t, "set",
                "<username>Romeo</username><password>secret2</password>");
    assert_true(was_told(t, "type='result'"));
    assert_true(t->store.created);
}

static void a_taken_name_is_a_conflict(void **state)
{
    struct fixture *t = *state;

    register_iq(t, "set",
                "<username>juliet</username><password>secret2</password>");
    assert_true(was_told(t, "<conflict"));
}

static void bad_names_passwords_and_addresses_are_refused(void **state)
{
    static const char *const forms[] = {
        "<username>a b</username><password>secret2</password>",
        "<username/><password>secret2</password>",
        "<username>a@b</username><password>secret2</password>",
        "<username>bill</username><password/>",
        "<username>bill</username><password>abc</password>",
        "<username>bill</username>",
        ("<username>bill</username><password>secret2</password>"
         "<email>@</email>"),
    };
    struct fixture *t = *state;

    for (size_t i = 0; i < COUNT_OF(forms); i++) {
        register_iq(t, "set", forms[i]);
        assert_true(was_told(t, "<not-acceptable"));
    }
}

static void registration_is_bounded_by_address(void **state)
{
    struct fixture *t = *state;

    for (int i = 0; i < 3; i++)
        register_iq(t, "set",
                    "<username>x</username><password>secret2</password>");
    assert_true(was_told(t, "<resource-constraint"));
    assert_true(was_told(t, "type='wait'"));
}

static void user_iq(struct fixture *t, const char *from, const char *content)
{
    struct arena arena = {0};

    receive(t, from,
            arena_printf(&arena,
                         "<register" XMLNS "jid='juliet@example.com'>"
                         "<iq xmlns='jabber:client' type='set' id='r'><query "
                         "xmlns='jabber:iq:register'>%s</query></iq>"
                         "</register>",
                         content)
                .p);
    arena_clear(&arena);
    settle(t);
}

static void a_user_changes_his_own_password_or_leaves(void **state)
{
    struct fixture *t = *state;
    char sm[32];

    snprintf(sm, sizeof(sm), "sm/%u", jid_shard(STR("juliet@example.com")));
    user_iq(t, sm, "<username>romeo</username><password>secret9</password>");
    assert_true(was_told(t, "<not-allowed"));
    user_iq(t, sm, "<username>juliet</username><password>secret9</password>");
    assert_true(was_told(t, "type='result'"));
    assert_true(t->store.replaced);
    user_iq(t, sm, "<remove/><username>juliet</username>");
    assert_true(was_told(t, "<bad-request"));
    user_iq(t, sm, "<remove/>");
    assert_true(was_told(t, "type='result'"));
    assert_true(t->store.removed);
}

static void administer(struct fixture *t, unsigned shard, const char *what)
{
    struct arena arena = {0};

    receive(t, arena_printf(&arena, "sm/%u", shard % JID_SHARDS).p,
            arena_printf(&arena,
                         "<administer" XMLNS "by='root@example.com' %s>"
                         "<iq xmlns='jabber:client' type='set' id='r'><command "
                         "xmlns='http://jabber.org/protocol/commands'/></iq>"
                         "</administer>",
                         what)
                .p);
    arena_clear(&arena);
    settle(t);
}

static void an_administrator_changes_accounts(void **state)
{
    struct fixture *t = *state;
    unsigned shard = jid_shard(STR("root@example.com"));

    administer(t, shard, "do='disable' jid='juliet@example.com'");
    assert_true(was_told(t, "type='result'"));
    assert_false(t->store.juliet.enabled);
    administer(t, shard, "do='enable' jid='juliet@example.com'");
    assert_true(t->store.juliet.enabled);
    administer(t, shard,
               "do='password' jid='juliet@example.com' password='x'");
    assert_true(was_told(t, "<not-acceptable"));
    assert_false(t->store.replaced);
    administer(t, shard,
               "do='password' jid='juliet@example.com' password='secret9'");
    assert_true(t->store.replaced);
    administer(t, shard,
               "do='create' jid='romeo@example.com' password='secret9'");
    assert_true(t->store.created);
    administer(t, shard,
               "do='details' jid='juliet@example.com' email='no address'");
    assert_true(was_told(t, "<not-acceptable"));
    administer(t, shard,
               "do='details' jid='juliet@example.com' name='Juliet Capulet'");
    assert_true(t->store.details_changed);
    administer(t, shard, "do='remove' jid='juliet@example.com'");
    assert_true(t->store.removed);
}

static void an_administrator_is_of_the_sm_that_asks(void **state)
{
    struct fixture *t = *state;
    unsigned shard = jid_shard(STR("root@example.com"));

    administer(t, shard + 1, "do='disable' jid='juliet@example.com'");
    assert_true(was_told(t, "<forbidden"));
    administer(t, shard, "do='disable' jid='juliet@elsewhere'");
    assert_true(was_told(t, "<forbidden"));
    administer(t, shard, "do='fly' jid='juliet@example.com'");
    assert_true(was_told(t, "<bad-request"));
    assert_true(t->store.juliet.enabled);
}

static void only_the_users_own_sm_speaks_for_him(void **state)
{
    struct fixture *t = *state;
    char sm[32];

    snprintf(sm, sizeof(sm), "sm/%u",
             (jid_shard(STR("juliet@example.com")) + 1) % JID_SHARDS);
    user_iq(t, sm, "<remove/>");
    assert_true(was_told(t, "<forbidden"));
    assert_false(t->store.removed);
}

static void old_clients_log_in_with_one_iq(void **state)
{
    struct fixture *t = *state;

    receive(t, "c2s/1",
            "<legacy-auth" XMLNS "domain='example.com' secure='1' peer='::1'>"
            "<iq xmlns='jabber:client' type='set' id='a'><query "
            "xmlns='jabber:iq:auth'><username>juliet</username><password>"
            "secret1</password><resource>home</resource></query></iq>"
            "</legacy-auth>");
    settle(t);
    assert_true(was_told(t, "jid='juliet@example.com'"));
    assert_true(was_told(t, "resource='home'"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_right_password_gives_a_grant),
        TEST(wrong_and_unknown_look_the_same),
        TEST(a_disabled_account_is_told_only_to_its_owner),
        TEST(nobody_acts_as_another),
        TEST(plain_needs_tls),
        TEST(malformed_messages_end_the_exchange),
        TEST(too_many_failures_are_refused_for_a_while),
        TEST(a_client_that_is_lied_to_about_channel_binding_is_refused),
        TEST(scram_challenges_unknown_users_too),
        TEST(a_step_out_of_order_ends_the_exchange),
        TEST(an_answer_that_comes_too_early_is_refused),
        TEST(an_aborted_exchange_leaves_nothing),
        TEST(a_silent_client_and_a_silent_store_are_given_up),
        TEST(a_certificate_logs_in_its_own_address),
        TEST(guests_get_a_name_on_their_domain_alone),
        TEST(a_new_account_is_made),
        TEST(a_taken_name_is_a_conflict),
        TEST(bad_names_passwords_and_addresses_are_refused),
        TEST(registration_is_bounded_by_address),
        TEST(a_user_changes_his_own_password_or_leaves),
        TEST(an_administrator_changes_accounts),
        TEST(an_administrator_is_of_the_sm_that_asks),
        TEST(only_the_users_own_sm_speaks_for_him),
        TEST(old_clients_log_in_with_one_iq),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
