/* What other daemons may say, should they be taken over: each speaks for its
 * own alone. */
#include "fixture.h"

#define GATEWAY "gateway.example.net"

/* The other end of the link speaks from this address. */
static void say_from(struct fixture *t, const char *remote, const char *origin,
                     const char *body)
{
    const struct frame frame = {.origin = str_of(origin), .body = str_of(body)};
    char address[32];

    channels_bind(t->c2s, str_of(remote), 1);
    settle(t);
    channel_send(channels_get(t->c2s, str_of(remote),
                              sm_address(address, STR("juliet@example.com"))),
                 &frame, NULL);
    settle(t);
}

static void a_peer_speaks_for_its_own_alone(void **state)
{
    static const struct {
        const char *remote, *from;
    } forged[] = {
        {GATEWAY, "romeo@example.com/orchard"},
        {GATEWAY, "x@other.example.net"},
        {"example.com", "romeo@example.com/orchard"},
        {"example.com", "example.com"},
        {"s2s/0", "romeo@example.com"},
        {"muc/0", "romeo@example.com"},
        {"proxy/0", "romeo@example.com"},
        {"auth/0", "romeo@example.com"},
        {C2S, "romeo@example.com"},
    };
    struct fixture *t = *state;
    char body[256];

    login(t, "juliet", 2, "balcony");
    for (size_t i = 0; i < COUNT_OF(forged); i++) {
        snprintf(body, sizeof(body),
                 "<message from='%s' to='juliet@example.com'><body>forged"
                 "</body></message>",
                 forged[i].from);
        say_from(t, forged[i].remote, "", body);
    }

    assert_int_equal(t->sm.refused_frames, COUNT_OF(forged));
    assert_string_equal(received(t, 2), "");
}

static void a_gateway_speaks_for_its_users(void **state)
{
    struct fixture *t = *state;

    login(t, "juliet", 2, "balcony");
    say_from(t, GATEWAY, "",
             "<message from='x@" GATEWAY "' to='juliet@example.com'>"
             "<body>hello</body></message>");

    assert_contains(received(t, 2), "hello");
}

/* It would make sm take the stanza that has this origin for a repetition. */
static void where_stanzas_enter_no_origin_is_believed(void **state)
{
    static const char *const liars[] = {GATEWAY, "s2s/0"};
    struct fixture *t = *state;
    char body[256];

    login(t, "juliet", 2, "balcony");
    for (size_t i = 0; i < COUNT_OF(liars); i++) {
        snprintf(body, sizeof(body),
                 "<message from='x@" GATEWAY "' to='juliet@example.com'>"
                 "<body>same</body></message>");
        say_from(t, liars[i], "c2s/0:1:sm/0:7", body);
        assert_contains(received(t, 2), "same");
        say_from(t, liars[i], "c2s/0:1:sm/0:7", body);
        assert_contains(received(t, 2), "same");
    }
}

static void a_stanza_forwarded_twice_arrives_once(void **state)
{
    static const char body[] =
        "<message from='r@conference.example.com/n' "
        "to='juliet@example.com/balcony'><body>same</body></message>";
    struct fixture *t = *state;

    login(t, "juliet", 2, "balcony");
    say_from(t, "muc/0", "c2s/0:1:sm/0:7", body);
    say_from(t, "muc/0", "c2s/0:1:sm/0:7", body);

    assert_contains(received(t, 2), "same");
    assert_string_equal(received(t, 2), "");
}

static void ask_from_many(struct fixture *t, unsigned count, const char *status)
{
    char body[512];

    for (unsigned i = 0; i < count; i++) {
        snprintf(body, sizeof(body),
                 "<presence type='subscribe' from='x%u@" GATEWAY
                 "' to='juliet@example.com'><status>%s</status></presence>",
                 i, status);
        say_from(t, GATEWAY, "", body);
    }
}

static void strangers_requests_have_an_end(void **state)
{
    struct fixture *t = *state;

    ask_from_many(t, 12, "hello");
    assert_int_equal(t->store.request_puts, 10);
    ask_from_many(t, 1, "hello again"); /* in place of the first */
    assert_int_equal(t->store.request_puts, 10);
}

static void a_long_request_is_not_kept(void **state)
{
    struct fixture *t = *state;
    struct buf body = {0};

    buf_add_text(&body, "<presence type='subscribe' from='x@" GATEWAY
                        "' to='juliet@example.com'><status>");
    for (int i = 0; i < 1000; i++)
        buf_add_text(&body, "0123456789");
    buf_add_text(&body, "</status></presence>");
    buf_add_char(&body, '\0');
    say_from(t, GATEWAY, "", body.data);
    buf_clear(&body);

    assert_int_equal(t->store.request_puts, 0);
}

static int setup_few_requests(void **state)
{
    return setup_with(state, "sm { roster-max-requests = 10 }");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_peer_speaks_for_its_own_alone),
        TEST(a_gateway_speaks_for_its_users),
        TEST(where_stanzas_enter_no_origin_is_believed),
        TEST(a_stanza_forwarded_twice_arrives_once),
        cmocka_unit_test_setup_teardown(strangers_requests_have_an_end,
                                        setup_few_requests, teardown),
        TEST(a_long_request_is_not_kept),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
