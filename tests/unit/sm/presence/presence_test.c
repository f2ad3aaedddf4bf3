/* Presence and subscriptions as two users see them (RFC 6121 §3, §4). */
#include "tests/unit/sm/fixture.h"

/* Romeo (stream 1) asks, Juliet (stream 2) agrees. */
static void befriend(struct fixture *t)
{
    send_frame(t, "romeo", 1, 2,
               "<presence type='subscribe' to='juliet@example.com'/>");
    send_frame(t, "juliet", 2, 2,
               "<presence type='subscribed' to='romeo@example.com'/>");
}

static enum subscription_state state_at(struct fixture *t, const char *user,
                                        const char *contact)
{
    char bare[64];
    struct account *account;
    struct roster_item *item;

    snprintf(bare, sizeof(bare), "%s@example.com", user);
    account = account_find(&t->sm, str_of(bare));
    assert_non_null(account);
    snprintf(bare, sizeof(bare), "%s@example.com", contact);
    item = roster_find(&account->roster, str_of(bare));
    return item ? item->state : SUB_NONE;
}

static void a_request_reaches_the_contact_and_waits(void **state)
{
    struct fixture *t = *state;

    login(t, "romeo", 1, "orchard");
    login(t, "juliet", 2, "balcony");
    send_frame(t, "romeo", 1, 2,
               "<presence type='subscribe' to='juliet@example.com/x'/>");
    assert_contains(received(t, 2), "type='subscribe'");
    assert_int_equal(state_at(t, "romeo", "juliet"), SUB_NONE_OUT);
    assert_int_equal(state_at(t, "juliet", "romeo"), SUB_NONE_IN);
    assert_int_equal(t->store.request_puts, 1);
}

static void a_request_waits_for_the_next_session(void **state)
{
    struct fixture *t = *state;

    login(t, "romeo", 1, "orchard");
    send_frame(t, "romeo", 1, 2,
               "<presence type='subscribe' to='juliet@example.com'/>");
    open_session(t, "juliet", 2, "balcony");
    forget(t);
    send_frame(t, "juliet", 2, 1, "<presence/>");
    assert_contains(received(t, 2), "<presence"); /* her own */
    assert_contains(received(t, 2), "type='subscribe'");
}

static void consent_shows_the_presence(void **state)
{
    struct fixture *t = *state;

    login(t, "romeo", 1, "orchard");
    login(t, "juliet", 2, "balcony");
    befriend(t);
    assert_int_equal(state_at(t, "romeo", "juliet"), SUB_TO);
    assert_int_equal(state_at(t, "juliet", "romeo"), SUB_FROM);
    assert_contains(received(t, 1), "type='subscribed'");
    assert_contains(received(t, 1), "from='juliet@example.com/balcony'");
}

static void a_session_that_the_server_ends_is_seen_leaving(void **state)
{
    static const char *disabled[][3] = {{"f", "", ""}};
    struct fixture *t = *state;

    login(t, "romeo", 1, "orchard");
    login(t, "juliet", 2, "balcony");
    befriend(t);
    forget(t);
    t->store.rows = disabled;
    t->store.row_count = 1;
    sm_on_account_changed(&t->sm, STR("disabled example.com juliet"));
    settle(t);
    assert_contains(received(t, 1), "type='unavailable'");
}

/* RFC 6121 §3.1.6 */
static void consent_is_told_before_the_roster_shows_it(void **state)
{
    struct fixture *t = *state;

    open_session(t, "romeo", 1, "orchard"); /* without presence */
    send_frame(t, "romeo", 1, 1,
               "<iq type='get' id='r'><query xmlns='jabber:iq:roster'/></iq>");
    login(t, "juliet", 2, "balcony");
    befriend(t);
    assert_contains(received(t, 1), "ask='subscribe'");
    assert_contains(received(t, 1), "type='subscribed'");
    assert_contains(received(t, 1), "subscription='to'");
}

static void presence_reaches_only_who_may_see_it(void **state)
{
    struct fixture *t = *state;

    login(t, "romeo", 1, "orchard");
    login(t, "juliet", 2, "balcony");
    login(t, "nurse", 3, "street");
    befriend(t);
    forget(t);
    send_frame(t, "juliet", 2, 3, "<presence><show>away</show></presence>");
    assert_contains(received(t, 1), "away");
    assert_int_equal(waiting(t, 3), 0);
}

static void a_probe_finds_who_is_there(void **state)
{
    struct fixture *t = *state;

    login(t, "romeo", 1, "orchard");
    login(t, "juliet", 2, "balcony");
    befriend(t);
    send_frame(t, "romeo", 1, 0,
               "<session-close xmlns='urn:posthouse:link:1'/>");
    open_session(t, "romeo", 4, "orchard");
    forget(t);
    send_frame(t, "romeo", 4, 1, "<presence/>");
    assert_contains(received(t, 4), "from='romeo");
    assert_contains(received(t, 4), "from='juliet@example.com/balcony'");
}

static void a_lost_session_is_seen_as_unavailable(void **state)
{
    struct fixture *t = *state;

    login(t, "romeo", 1, "orchard");
    login(t, "juliet", 2, "balcony");
    befriend(t);
    forget(t);
    send_frame(t, "juliet", 2, 0,
               "<session-close xmlns='urn:posthouse:link:1'/>");
    assert_contains(received(t, 1), "type='unavailable'");
}

/* All of a session's addresses are in each keepsake: a client that adds one
 * after the other must not have them written each time. */
static void many_directed_presences_make_few_keepsakes(void **state)
{
    struct fixture *t = *state;
    char body[128];
    size_t before;

    login(t, "romeo", 1, "orchard");
    t->keepsake[0] = '\0';
    t->keepsakes = 0;
    for (unsigned i = 0; i < 100; i++) {
        snprintf(body, sizeof(body), "<presence to='x%u@gateway.example'/>", i);
        send_frame(t, "romeo", 1, i + 2, body);
    }
    assert_in_range(t->keepsakes, 0, 2);

    before = t->keepsakes;
    time_passes(t, 1000);
    sm_tick(&t->sm);
    settle(t);
    assert_int_equal(t->keepsakes, before + 1);
    assert_contains(t->keepsake, "x99@gateway.example");
}

static void directed_presence_ends_with_the_session(void **state)
{
    struct fixture *t = *state;

    login(t, "romeo", 1, "orchard");
    login(t, "juliet", 2, "balcony");
    send_frame(t, "romeo", 1, 2, "<presence to='juliet@example.com/balcony'/>");
    assert_contains(received(t, 2), "from='romeo@example.com/orchard'");
    send_frame(t, "romeo", 1, 0,
               "<session-close xmlns='urn:posthouse:link:1'/>");
    assert_contains(received(t, 2), "type='unavailable'");
}

static void taking_consent_back_hides_the_presence(void **state)
{
    struct fixture *t = *state;

    login(t, "romeo", 1, "orchard");
    login(t, "juliet", 2, "balcony");
    befriend(t);
    forget(t);
    send_frame(t, "juliet", 2, 3,
               "<presence type='unsubscribed' to='romeo@example.com'/>");
    assert_contains(received(t, 1), "type='unavailable'");
    assert_contains(received(t, 1), "type='unsubscribed'");
    assert_int_equal(state_at(t, "romeo", "juliet"), SUB_NONE);
}

static void approval_in_advance_needs_no_question(void **state)
{
    struct fixture *t = *state;

    login(t, "romeo", 1, "orchard");
    login(t, "juliet", 2, "balcony");
    send_frame(t, "juliet", 2, 2,
               "<presence type='subscribed' to='romeo@example.com'/>");
    assert_int_equal(waiting(t, 1), 0);
    send_frame(t, "romeo", 1, 2,
               "<presence type='subscribe' to='juliet@example.com'/>");
    assert_int_equal(state_at(t, "juliet", "romeo"), SUB_FROM);
    assert_contains(received(t, 1), "type='subscribed'");
    assert_int_equal(t->store.request_puts, 0);
}

static void other_resources_of_the_user_see_each_other(void **state)
{
    struct fixture *t = *state;

    login(t, "romeo", 1, "orchard");
    open_session(t, "romeo", 2, "street");
    forget(t);
    send_frame(t, "romeo", 2, 1, "<presence/>");
    assert_contains(received(t, 1), "from='romeo@example.com/street'");
    assert_contains(received(t, 2), "from='romeo@example.com/street'");
    assert_contains(received(t, 2), "from='romeo@example.com/orchard'");
}

/* --- probes from elsewhere (RFC 6121 §4.3.2) ------------------------------ */

#define GATEWAY "gateway.example.net"

static void gateway_says(struct fixture *t, const char *body)
{
    const struct frame frame = {.body = str_of(body)};
    char address[32];

    channels_bind(t->c2s, STR(GATEWAY), 1);
    settle(t);
    channel_send(channels_get(t->c2s, STR(GATEWAY),
                              sm_address(address, STR("romeo@example.com"))),
                 &frame, NULL);
    settle(t);
}

/* x@gateway asks after `to`; what he is told. */
static const char *probed(struct fixture *t, const char *to)
{
    char body[256];

    snprintf(body, sizeof(body),
             "<presence type='probe' from='x@" GATEWAY "/here' to='%s'/>", to);
    forget(t);
    gateway_says(t, body);
    return received(t, 0);
}

static void let_gateway_see_romeo(struct fixture *t)
{
    gateway_says(t, "<presence type='subscribe' from='x@" GATEWAY
                    "' to='romeo@example.com'/>");
    send_frame(t, "romeo", 1, 2,
               "<presence type='subscribed' to='x@" GATEWAY "'/>");
}

static void a_probe_for_a_resource_is_answered_for_it_alone(void **state)
{
    struct fixture *t = *state;

    login(t, "romeo", 1, "orchard");
    login(t, "romeo", 2, "street");
    let_gateway_see_romeo(t);

    assert_contains(probed(t, "romeo@example.com/street"),
                    "from='romeo@example.com/street'");
    assert_int_equal(waiting(t, 0), 1);
    assert_contains(probed(t, "romeo@example.com/gone"),
                    "from='romeo@example.com/gone'");
    assert_contains(probed(t, "romeo@example.com/gone"), "type='unavailable'");
}

static void who_got_directed_presence_may_probe_it(void **state)
{
    struct fixture *t = *state;

    login(t, "romeo", 1, "orchard");
    login(t, "romeo", 2, "street");
    assert_contains(probed(t, "romeo@example.com"), "type='unsubscribed'");

    send_frame(t, "romeo", 2, 2, "<presence to='x@" GATEWAY "/here'/>");

    assert_contains(probed(t, "romeo@example.com"),
                    "from='romeo@example.com/street'");
    assert_int_equal(waiting(t, 0), 1);
    assert_contains(probed(t, "romeo@example.com/orchard"),
                    "type='unsubscribed'");
    send_frame(t, "romeo", 2, 3,
               "<presence type='unavailable' to='x@" GATEWAY "/here'/>");
    assert_contains(probed(t, "romeo@example.com"), "type='unsubscribed'");
}

/* --- invisible (XEP-0186) ------------------------------------------------- */

static void hide(struct fixture *t, uint64_t n, const char *attributes)
{
    char body[160];

    snprintf(body, sizeof(body),
             "<iq type='set' id='h'><invisible xmlns='urn:xmpp:invisible:1'"
             "%s/></iq>",
             attributes);
    send_frame(t, "romeo", 1, n, body);
}

static void who_is_invisible_looks_gone_and_hears_all(void **state)
{
    struct fixture *t = *state;

    login(t, "romeo", 1, "orchard");
    login(t, "juliet", 2, "balcony");
    let_gateway_see_romeo(t);
    send_frame(t, "juliet", 2, 2,
               "<presence type='subscribe' to='romeo@example.com'/>");
    send_frame(t, "romeo", 1, 3,
               "<presence type='subscribed' to='juliet@example.com'/>");
    forget(t);

    hide(t, 4, "");
    assert_contains(received(t, 2), "type='unavailable'");
    assert_contains(received(t, 1), "type='result'");
    assert_contains(probed(t, "romeo@example.com"), "type='unavailable'");

    forget(t);
    send_frame(t, "romeo", 1, 5, "<presence><show>dnd</show></presence>");
    assert_string_equal(received(t, 2), "");
    send_frame(t, "juliet", 2, 3,
               "<message to='romeo@example.com' type='chat'><body>psst</body>"
               "</message>");
    assert_contains(received(t, 1), "dnd"); /* his own echo */
    assert_contains(received(t, 1), "psst");
}

static void whom_the_invisible_writes_to_learns_of_his_end(void **state)
{
    struct fixture *t = *state;

    login(t, "romeo", 1, "orchard");
    login(t, "juliet", 2, "balcony");
    hide(t, 2, " probe='false'");
    forget(t);

    send_frame(t, "romeo", 1, 3, "<presence to='juliet@example.com/balcony'/>");
    assert_contains(received(t, 2), "from='romeo@example.com/orchard'");
    assert_contains(t->keepsake, "invisible='1'");
    send_frame(t, "romeo", 1, 4, "<presence type='unavailable'/>");
    assert_contains(received(t, 2), "type='unavailable'");
    assert_string_equal(received(t, 2), "");
}

static void visible_again_is_as_before_initial_presence(void **state)
{
    struct fixture *t = *state;

    login(t, "romeo", 1, "orchard");
    let_gateway_see_romeo(t);
    hide(t, 3, " probe='1'");
    send_frame(t, "romeo", 1, 4,
               "<iq type='set' id='v'><visible "
               "xmlns='urn:xmpp:invisible:1'/></iq>");
    assert_contains(probed(t, "romeo@example.com"), "type='unavailable'");
    forget(t);

    send_frame(t, "romeo", 1, 5, "<presence/>");

    assert_contains(received(t, 0), "from='romeo@example.com/orchard'");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_request_reaches_the_contact_and_waits),
        TEST(a_request_waits_for_the_next_session),
        TEST(consent_shows_the_presence),
        TEST(consent_is_told_before_the_roster_shows_it),
        TEST(presence_reaches_only_who_may_see_it),
        TEST(a_probe_finds_who_is_there),
        TEST(a_lost_session_is_seen_as_unavailable),
        TEST(a_session_that_the_server_ends_is_seen_leaving),
        TEST(many_directed_presences_make_few_keepsakes),
        TEST(directed_presence_ends_with_the_session),
        TEST(taking_consent_back_hides_the_presence),
        TEST(approval_in_advance_needs_no_question),
        TEST(other_resources_of_the_user_see_each_other),
        TEST(a_probe_for_a_resource_is_answered_for_it_alone),
        TEST(who_got_directed_presence_may_probe_it),
        TEST(who_is_invisible_looks_gone_and_hears_all),
        TEST(whom_the_invisible_writes_to_learns_of_his_end),
        TEST(visible_again_is_as_before_initial_presence),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
