#include "tests/unit/test.h"

#include <string.h>

#include "routerd/router.h"

enum { C2S_UID = 101, SM_UID = 102, COMP_UID = 103, MUC_UID = 104 };
/* The machine has been up for a while when a router starts. */
#define START_MS 1000000

struct fixture {
    struct router_options options;
    struct router *router;
};

static int set_up(void **state)
{
    struct fixture *t = NEW(struct fixture);

    for (int kind = 0; kind < ADDRESS_INVALID; kind++)
        t->options.users.of_kind[kind] = NO_USER;
    t->options.users.of_kind[ADDRESS_C2S] = C2S_UID;
    t->options.users.of_kind[ADDRESS_SM] = SM_UID;
    t->options.users.of_kind[ADDRESS_DOMAIN] = COMP_UID;
    t->options.users.of_kind[ADDRESS_MUC] = MUC_UID;
    t->options.users.developer = NO_USER;
    t->options.max_peer_buffer = 4096;
    t->options.max_peers = 4;
    t->options.max_peers_per_user = 3;
    t->options.header_timeout_ms = 5000;
    t->options.stall_timeout_ms = 5000;
    t->router = router_new(&t->options, START_MS);
    *state = t;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *t = *state;

    router_free(t->router);
    free(t);
    return 0;
}

static void say(struct fixture *t, struct router_peer *peer, const char *text)
{
    (void)router_receive(t->router, peer, str_of(text));
}

static struct router_peer *join(struct fixture *t, uid_t uid, const char *hello)
{
    const char *refusal;
    struct router_peer *peer = router_add_peer(t->router, uid, &refusal);

    assert_non_null(peer);
    say(t, peer, "<stream xmlns='urn:posthouse:link:1' node='some.0'>");
    say(t, peer, hello);
    return peer;
}

static void assert_told(struct router_peer *peer, const char *text)
{
    assert_str(buf_view(router_output(peer)), text);
    buf_reset(router_output(peer));
}

static void a_binding_is_told_to_all_and_to_those_who_come_later(void **state)
{
    struct fixture *t = *state;
    struct router_peer *early = join(t, SM_UID, "");
    struct router_peer *peer = join(t, C2S_UID, "<bind address='c2s/1'/>");
    struct router_peer *late = join(t, SM_UID, "");

    assert_told(early, "<up address='c2s/1' node='some.0'/>");
    assert_told(peer,
                "<bound address='c2s/1'/><up address='c2s/1' node='some.0'/>");
    assert_told(late, "<up address='c2s/1' node='some.0'/>");

    router_remove_peer(t->router, peer);
    assert_told(early, "<down address='c2s/1'/>");
    router_remove_peer(t->router, early);
    router_remove_peer(t->router, late);
}

static void a_user_binds_only_his_kind_of_address(void **state)
{
    static const struct {
        uid_t uid, developer;
        const char *address;
        bool may;
    } cases[] = {
        {C2S_UID, NO_USER, "c2s/1", true},
        {C2S_UID, NO_USER, "sm/1", false},
        {C2S_UID, NO_USER, "ctl/1", false},
        {C2S_UID, NO_USER, "muc.example.org", false},
        {COMP_UID, NO_USER, "muc.example.org", true},
        {COMP_UID, NO_USER, "auth/0", false},
        {0, NO_USER, "ctl/77", true},
        {0, NO_USER, "sm/1", false},
        {0, 1000, "sm/1", true},
        {1000, 1000, "sm/1", true},
        {C2S_UID, 1000, "sm/1", false},
        {NO_USER, 1000, "auth/0", false},
        {NO_USER, NO_USER, "auth/0", false},
        {SM_UID, NO_USER, "sm/01", false},
        {SM_UID, NO_USER, "sm/x", false},
    };
    struct fixture *t = *state;

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        t->options.users.developer = cases[i].developer;
        assert_int_equal(users_may_bind(&t->options.users, cases[i].uid,
                                        str_of(cases[i].address)),
                         cases[i].may);
    }
}

/* Whoever answers at a served domain could speak for all its users. */
static void a_domain_is_bound_by_whom_it_belongs_to(void **state)
{
    static const struct {
        uid_t uid;
        const char *address;
        bool may;
    } cases[] = {
        {COMP_UID, "sms.example.org", true},
        {COMP_UID, "example.org", false},
        {COMP_UID, "conference.example.org", false},
        {COMP_UID, "proxy.example.org", false},
        {COMP_UID, "example.net", false},
        {MUC_UID, "conference.example.org", true},
        {MUC_UID, "example.org", false},
        {MUC_UID, "sms.example.org", false},
        {SM_UID, "example.org", false},
        {C2S_UID, "example.org", false},
    };
    struct fixture *t = *state;
    struct error error;
    struct config *config =
        config_parse("domains = {\"example.org\"}\n"
                     "component \"SMS.example.org\" { secret = \"sesame\" }",
                     &error);

    assert_non_null(config);
    t->options.users.config = config;
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        assert_int_equal(users_may_bind(&t->options.users, cases[i].uid,
                                        str_of(cases[i].address)),
                         cases[i].may);
    config_free(config);
}

static void a_foreign_address_is_refused(void **state)
{
    struct fixture *t = *state;
    struct router_peer *peer = join(t, C2S_UID, "<bind address='sm/1'/>");

    assert_told(peer, "<refused address='sm/1' reason='not-allowed'/>");
    assert_null(router_fault(peer));
    router_remove_peer(t->router, peer);
}

static void a_frame_goes_to_its_address_unchanged(void **state)
{
    struct fixture *t = *state;
    struct router_peer *c2s = join(t, C2S_UID, "<bind address='c2s/1'/>");
    struct router_peer *sm = join(t, SM_UID, "<bind address='sm/1'/>");

    buf_reset(router_output(sm));
    say(t, c2s,
        "<route to='sm/1' from='c2s/1' seq='1' low='1' len='2'>hi</route>"
        "<route to='sm/2' from='c2s/1' len='2'>no</route>");
    assert_told(
        sm, "<route to='sm/1' from='c2s/1' seq='1' low='1' len='2'>hi</route>");
    assert_int_equal(router_counters(t->router)->frames_routed, 1);
    assert_int_equal(router_counters(t->router)->frames_unbound, 1);
    router_remove_peer(t->router, c2s);
    router_remove_peer(t->router, sm);
}

static void half_an_element_waits_for_the_rest(void **state)
{
    struct fixture *t = *state;
    struct router_peer *peer = join(t, C2S_UID, "");
    struct str text = STR("<bind address='c2s/1'/><bind addr");

    assert_int_equal(router_receive(t->router, peer, text), 23);
    assert_null(router_fault(peer));
    router_remove_peer(t->router, peer);
}

static void nobody_speaks_for_another(void **state)
{
    struct fixture *t = *state;
    struct router_peer *sm = join(t, SM_UID, "<bind address='sm/1'/>");
    struct router_peer *c2s = join(t, C2S_UID, "<bind address='c2s/1'/>");

    buf_reset(router_output(sm));
    say(t, c2s, "<route to='sm/1' from='sm/1' len='2'>hi</route>");
    assert_string_equal(router_fault(c2s), "foreign-sender");
    assert_told(sm, "");
    router_remove_peer(t->router, c2s);
    router_remove_peer(t->router, sm);
}

static void what_is_no_daemons_word_ends_the_connection(void **state)
{
    static const char *const words[] = {
        "<up address='c2s/1' node='x'/>", "<bound address='c2s/1'/>",
        "<!DOCTYPE x>", "<stream xmlns='urn:posthouse:link:1' node='again'>"};
    struct fixture *t = *state;

    for (size_t i = 0; i < COUNT_OF(words); i++) {
        struct router_peer *peer = join(t, C2S_UID, words[i]);

        assert_non_null(router_fault(peer));
        router_remove_peer(t->router, peer);
    }
}

static void nothing_is_heard_before_the_stream_header(void **state)
{
    struct fixture *t = *state;
    const char *refusal;
    struct router_peer *peer = router_add_peer(t->router, C2S_UID, &refusal);

    say(t, peer, "<bind address='c2s/1'/>");
    assert_string_equal(router_fault(peer), "no-stream-header");
    router_remove_peer(t->router, peer);
}

#define FRAME "<route to='sm/1' from='c2s/1' len='2'>hi</route>"

/* Until the router reads no more of it. */
static void flood(struct fixture *t, struct router_peer *c2s)
{
    for (int i = 0; i < 200 && router_may_read(c2s); i++)
        say(t, c2s, FRAME);
}

static void a_flood_waits_at_its_source(void **state)
{
    struct fixture *t = *state;
    struct router_peer *sm = join(t, SM_UID, "<bind address='sm/1'/>");
    struct router_peer *c2s = join(t, C2S_UID, "<bind address='c2s/1'/>");
    struct router_peer *other = join(t, C2S_UID, "<bind address='c2s/2'/>");

    flood(t, c2s);
    assert_false(router_may_read(c2s));
    assert_int_equal(router_receive(t->router, c2s, STR(FRAME)), 0);
    say(t, other, "<route to='sm/1' from='c2s/2' len='2'>me</route>");
    assert_true(router_may_read(other));
    assert_null(router_fault(sm));
    assert_null(router_fault(c2s));

    buf_reset(router_output(sm));
    router_written(t->router, sm);
    assert_true(router_may_read(c2s));
    assert_int_equal(router_receive(t->router, c2s, STR(FRAME)), strlen(FRAME));
    router_remove_peer(t->router, sm);
    router_remove_peer(t->router, c2s);
    router_remove_peer(t->router, other);
}

static void who_does_not_read_is_not_waited_for_long(void **state)
{
    struct fixture *t = *state;
    struct router_peer *sm = join(t, SM_UID, "<bind address='sm/1'/>");
    struct router_peer *c2s = join(t, C2S_UID, "<bind address='c2s/1'/>");

    flood(t, c2s);
    router_tick(t->router, START_MS + 5000);
    assert_null(router_fault(sm));
    router_tick(t->router, START_MS + 5001);
    assert_string_equal(router_fault(sm), "not-reading");
    assert_null(router_fault(c2s));
    router_remove_peer(t->router, sm);
    assert_true(router_may_read(c2s));
    router_remove_peer(t->router, c2s);
}

static void who_does_not_say_its_name_is_closed(void **state)
{
    struct fixture *t = *state;
    const char *refusal;
    struct router_peer *silent, *talker;
    char rubbish[2048];

    silent = router_add_peer(t->router, SM_UID, &refusal);
    talker = router_add_peer(t->router, SM_UID, &refusal);
    assert_non_null(silent);
    assert_non_null(talker);
    memset(rubbish, 'x', sizeof(rubbish));
    memcpy(rubbish, "<stream xmlns='", 15);
    rubbish[sizeof(rubbish) - 1] = 0;
    say(t, talker, rubbish);
    assert_non_null(router_fault(talker));
    router_tick(t->router, START_MS + 5001);
    assert_string_equal(router_fault(silent), "no-stream-header");
    router_remove_peer(t->router, silent);
    router_remove_peer(t->router, talker);
}

static void the_youngest_holder_of_an_address_has_it(void **state)
{
    struct fixture *t = *state;
    struct router_peer *old = join(t, SM_UID, "<bind address='sm/1'/>");
    struct router_peer *c2s = join(t, C2S_UID, "");
    struct router_peer *young;

    buf_reset(router_output(c2s));
    young = join(t, SM_UID, "<bind address='sm/1'/>");
    assert_string_equal(router_fault(old), "replaced");
    assert_told(c2s, "<down address='sm/1'/>"
                     "<up address='sm/1' node='some.0'/>");
    router_remove_peer(t->router, old);
    assert_told(c2s, "");
    router_remove_peer(t->router, young);
    router_remove_peer(t->router, c2s);
}

static void the_number_of_peers_is_bounded(void **state)
{
    struct fixture *t = *state;
    struct router_peer *peers[4];
    const char *refusal;

    for (size_t i = 0; i < 3; i++)
        peers[i] = join(t, C2S_UID, "");
    assert_null(router_add_peer(t->router, C2S_UID, &refusal));
    assert_string_equal(refusal, "too-many-of-this-user");
    peers[3] = join(t, SM_UID, "");
    assert_null(router_add_peer(t->router, SM_UID, &refusal));
    assert_string_equal(refusal, "too-many");
    for (size_t i = 0; i < COUNT_OF(peers); i++)
        router_remove_peer(t->router, peers[i]);
}

static void a_stranger_is_not_let_in(void **state)
{
    struct fixture *t = *state;
    const char *refusal;

    assert_null(router_add_peer(t->router, 65534, &refusal));
    assert_string_equal(refusal, "not-a-daemon");
    assert_null(router_add_peer(t->router, NO_USER, &refusal));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_binding_is_told_to_all_and_to_those_who_come_later),
        TEST(a_user_binds_only_his_kind_of_address),
        TEST(a_domain_is_bound_by_whom_it_belongs_to),
        TEST(a_foreign_address_is_refused),
        TEST(a_frame_goes_to_its_address_unchanged),
        TEST(half_an_element_waits_for_the_rest),
        TEST(nobody_speaks_for_another),
        TEST(what_is_no_daemons_word_ends_the_connection),
        TEST(nothing_is_heard_before_the_stream_header),
        TEST(a_flood_waits_at_its_source),
        TEST(who_does_not_read_is_not_waited_for_long),
        TEST(who_does_not_say_its_name_is_closed),
        TEST(the_youngest_holder_of_an_address_has_it),
        TEST(the_number_of_peers_is_bounded),
        TEST(a_stranger_is_not_let_in),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
