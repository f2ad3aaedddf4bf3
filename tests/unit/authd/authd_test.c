#include "authd/authd.h"
#include "authd/work.h"

#include "common/codec/codec.h"
#include "common/jid/jid.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One account, juliet@example.com with the password "secret1", in memory; work
 * and the store answer when the test says so. */
struct store {
    struct account juliet;
    bool created, removed, replaced;
    struct request *waiting;
    void (*loaded)(struct request *request, enum store_status status,
                   const struct account *account);
    void (*done)(struct request *request, enum store_status status);
    bool is_juliet;
};

struct fixture {
    struct authd authd;
    struct store store;
    struct config *config;
    struct request *worker;
    struct work *work;
    struct buf sent; /* the last answer */
    uint64_t seq, discharged;
    int64_t now_ms;
};

bool store_load(struct store *store, struct store_user user,
                void (*loaded)(struct request *request,
                               enum store_status status,
                               const struct account *account),
                struct request *request)
{
    store->loaded = loaded;
    store->waiting = request;
    store->is_juliet = str_is(user.username, "juliet");
    return true;
}

static bool write_row(struct store *store,
                      void (*done)(struct request *request,
                                   enum store_status status),
                      struct request *request)
{
    store->done = done;
    store->waiting = request;
    return true;
}

bool store_create(struct store *store, struct store_user user,
                  const struct account *account, struct str email,
                  struct str realname,
                  void (*done)(struct request *request,
                               enum store_status status),
                  struct request *request)
{
    (void)email, (void)realname;
    assert_true(account->by_hash[SCRAM_SHA256].present);
    store->is_juliet = str_is(user.username, "juliet");
    store->created = !store->is_juliet;
    return write_row(store, done, request);
}

bool store_replace(struct store *store, struct store_user user,
                   const struct account *account,
                   void (*done)(struct request *request,
                                enum store_status status),
                   struct request *request)
{
    (void)user, (void)account;
    store->replaced = true;
    store->is_juliet = false;
    return write_row(store, done, request);
}

bool store_remove(struct store *store, struct store_user user,
                  void (*done)(struct request *request,
                               enum store_status status),
                  struct request *request)
{
    store->removed = str_is(user.username, "juliet");
    store->is_juliet = false;
    return write_row(store, done, request);
}

static void on_send(void *ctx, void *peer, uint64_t sid, struct str body)
{
    struct fixture *t = ctx;

    (void)peer, (void)sid;
    buf_reset(&t->sent);
    buf_add(&t->sent, body);
    buf_add_char(&t->sent, '\0');
}

static void on_discharge(void *ctx, void *peer, uint64_t seq)
{
    struct fixture *t = ctx;

    (void)peer;
    t->discharged = seq;
}

static void on_work(void *ctx, struct request *request, struct work *work)
{
    struct fixture *t = ctx;

    t->worker = request;
    t->work = work;
}

static const struct authd_effects effects = {
    .send = on_send, .discharge = on_discharge, .work = on_work};

static const char configuration[] =
    "domains = {\"example.com\", \"guest.example.com\"}\n"
    "authd {\n iterations = 4096\n login-rate = 3\n legacy-auth = true\n"
    " registration-rate = 2\n"
    " anonymous-domains = {\"guest.example.com\"}\n}\n";

static int set_up(void **state)
{
    struct fixture *t = NEW(struct fixture);
    struct error error = {0};
    struct work work = {
        .password = STR("secret1"), .derive = true, .iterations = 4096};

    t->config = config_parse(configuration, &error);
    if (!t->config)
        fail_msg("%s", error.text);
    work_run(&work);
    t->store.juliet = work.derived;
    t->store.juliet.exists = t->store.juliet.enabled = true;
    t->authd.config = t->config;
    t->authd.store = &t->store;
    t->authd.effects = &effects;
    t->authd.ctx = t;
    t->now_ms = INT64_C(1700000000000);
    authd_init(&t->authd);
    *state = t;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *t = *state;

    authd_clear(&t->authd);
    config_free(t->config);
    buf_clear(&t->sent);
    free(t);
    return 0;
}

#define XMLNS " xmlns='urn:posthouse:link:1' "

static void receive(struct fixture *t, const char *from, const char *body)
{
    struct frame frame = {.sid = 7, .seq = ++t->seq, .body = str_of(body)};

    buf_reset(&t->sent);
    buf_add_char(&t->sent, '\0');
    authd_frame(&t->authd, t, str_of(from), &frame, t->now_ms);
}

/* Lets the store and the workers finish whatever was begun. */
static void settle(struct fixture *t)
{
    static const struct account nobody;

    while (t->store.waiting || t->worker) {
        struct request *waiting = t->store.waiting, *worker = t->worker;

        t->store.waiting = NULL;
        t->worker = NULL;
        if (worker) {
            work_run(t->work);
            authd_worked(worker, t->now_ms);
        } else if (t->store.loaded) {
            void (*loaded)(struct request *, enum store_status,
                           const struct account *) = t->store.loaded;

            t->store.loaded = NULL;
            loaded(waiting, STORE_OK,
                   t->store.is_juliet ? &t->store.juliet : &nobody);
        } else {
            t->store.done(waiting, t->store.is_juliet && !t->store.removed
                                       ? STORE_CONFLICT
                                       : STORE_OK);
        }
    }
}

static void start(struct fixture *t, const char *domain, const char *mechanism,
                  const char *more, struct str data)
{
    struct arena arena = {0};

    receive(t, "c2s/1",
            arena_printf(&arena,
                         "<auth-start" XMLNS "domain='%s' mechanism='%s' "
                         "peer='192.0.2.1' %s data='%.*s'/>",
                         domain, mechanism, more,
                         STR_ARG(base64_encode(&arena, data)))
                .p);
    arena_clear(&arena);
    settle(t);
}

static bool was_told(const struct fixture *t, const char *text)
{
    return strstr(t->sent.data + t->sent.start, text) != NULL;
}

#define SECURE "secure='1'"

static void plain(struct fixture *t, struct str message)
{
    start(t, "example.com", "PLAIN", SECURE, message);
}

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
        "<username>bill</username><password>secret2</password>"
        "<email>@</email>",
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
        TEST(only_the_users_own_sm_speaks_for_him),
        TEST(old_clients_log_in_with_one_iq),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
