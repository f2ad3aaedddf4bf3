/* Delivery by type and address (RFC 6121 §8.5) and offline storage. */
#include "fixture.h"
#include "sm/account.h"
#include "sm/session/seen.h"

#define CHAT(to) "<message to='" to "' type='chat'><body>hark</body></message>"

static void available(struct fixture *t, const char *user, uint64_t sid,
                      const char *resource, int priority)
{
    char presence[128];

    open_session(t, user, sid, resource);
    snprintf(presence, sizeof(presence),
             "<presence><priority>%d</priority></presence>", priority);
    send_frame(t, user, sid, 1, presence);
    forget(t);
}

static void a_bare_jid_reaches_the_highest_priority(void **state)
{
    struct fixture *t = *state;

    available(t, "romeo", 1, "orchard", 0);
    available(t, "juliet", 2, "balcony", 1);
    available(t, "juliet", 3, "chamber", 5);
    forget(t);
    send_frame(t, "romeo", 1, 2, CHAT("juliet@example.com"));
    assert_contains(received(t, 3), "hark");
    assert_int_equal(waiting(t, 2), 0);
}

static void a_full_jid_reaches_its_resource(void **state)
{
    struct fixture *t = *state;

    available(t, "romeo", 1, "orchard", 0);
    available(t, "juliet", 2, "balcony", 1);
    available(t, "juliet", 3, "chamber", 5);
    forget(t);
    send_frame(t, "romeo", 1, 2, CHAT("juliet@example.com/balcony"));
    assert_contains(received(t, 2), "hark");
    assert_int_equal(waiting(t, 3), 0);
}

static void a_resource_that_is_gone_falls_back_to_the_account(void **state)
{
    struct fixture *t = *state;

    available(t, "romeo", 1, "orchard", 0);
    available(t, "juliet", 2, "balcony", 1);
    send_frame(t, "romeo", 1, 2, CHAT("juliet@example.com/gone"));
    assert_contains(received(t, 2), "hark");
}

static void only_chat_falls_back_to_the_account(void **state)
{
    struct fixture *t = *state;

    available(t, "romeo", 1, "orchard", 0);
    available(t, "juliet", 2, "balcony", 1);
    send_frame(
        t, "romeo", 1, 2,
        "<message to='juliet@example.com/gone'><body>x</body></message>");
    assert_contains(received(t, 1), "<service-unavailable");
    send_frame(t, "romeo", 1, 3,
               "<message type='headline' to='juliet@example.com/gone'/>");
    assert_int_equal(waiting(t, 1), 0);
    assert_int_equal(waiting(t, 2), 0);
}

static void negative_priority_gets_nothing_for_the_bare_jid(void **state)
{
    struct fixture *t = *state;

    available(t, "romeo", 1, "orchard", 0);
    available(t, "juliet", 2, "balcony", -1);
    send_frame(t, "romeo", 1, 2, CHAT("juliet@example.com"));
    assert_int_equal(waiting(t, 2), 0);
    assert_int_equal(t->store.offline_count, 1);
}

static void a_headline_reaches_everyone_and_is_not_kept(void **state)
{
    struct fixture *t = *state;

    available(t, "romeo", 1, "orchard", 0);
    available(t, "juliet", 2, "balcony", 1);
    available(t, "juliet", 3, "chamber", 5);
    forget(t);
    send_frame(t, "romeo", 1, 2,
               "<message to='juliet@example.com' type='headline'>"
               "<body>news</body></message>");
    send_frame(t, "romeo", 1, 3,
               "<message to='nurse@example.com' type='headline'>"
               "<body>news</body></message>");
    assert_contains(received(t, 2), "news");
    assert_contains(received(t, 3), "news");
    assert_int_equal(t->store.offline_count, 0);
}

static void groupchat_to_an_account_is_an_error(void **state)
{
    struct fixture *t = *state;

    available(t, "romeo", 1, "orchard", 0);
    send_frame(t, "romeo", 1, 2,
               "<message to='juliet@example.com' type='groupchat' id='g'>"
               "<body>all</body></message>");
    assert_contains(received(t, 1), "service-unavailable");
}

static void nobody_of_this_name_is_an_error(void **state)
{
    struct fixture *t = *state;

    available(t, "romeo", 1, "orchard", 0);
    send_frame(t, "romeo", 1, 2, CHAT("tybalt@example.com"));
    assert_contains(received(t, 1), "service-unavailable");
}

static void an_error_is_never_answered(void **state)
{
    struct fixture *t = *state;

    available(t, "romeo", 1, "orchard", 0);
    send_frame(t, "romeo", 1, 2,
               "<message to='tybalt@example.com' type='error'><body>x</body>"
               "</message>");
    assert_int_equal(waiting(t, 1), 0);
}

static void an_unknown_domain_is_an_error(void **state)
{
    struct fixture *t = *state;

    available(t, "romeo", 1, "orchard", 0);
    send_frame(t, "romeo", 1, 2, CHAT("juliet@capulet.example"));
    assert_contains(received(t, 1), "remote-server-not-found");
}

static void a_malformed_address_is_an_error(void **state)
{
    struct fixture *t = *state;

    available(t, "romeo", 1, "orchard", 0);
    send_frame(t, "romeo", 1, 2, CHAT("@example.com"));
    assert_contains(received(t, 1), "jid-malformed");
}

/* --- offline -------------------------------------------------------------- */

static void an_offline_message_is_discharged_by_its_commit(void **state)
{
    struct fixture *t = *state;
    unsigned before;

    available(t, "romeo", 1, "orchard", 0);
    send_frame(t, "romeo", 1, 2, CHAT("juliet@example.com"));
    before = t->discharged;
    t->store.is_stalled = true;
    send_frame(t, "romeo", 1, 3, CHAT("juliet@example.com"));
    assert_int_equal(t->discharged, before);

    store_answers(t);
    assert_int_equal(t->discharged, before + 1);
}

static void what_was_kept_comes_with_its_time(void **state)
{
    struct fixture *t = *state;

    available(t, "romeo", 1, "orchard", 0);
    send_frame(t, "romeo", 1, 2, CHAT("juliet@example.com"));
    open_session(t, "juliet", 2, "balcony");
    forget(t);
    send_frame(t, "juliet", 2, 1, "<presence/>");
    assert_contains(received(t, 2), "<presence");
    assert_contains(received(t, 2), "2023-11-14T22:13:19Z");
    assert_int_equal(t->store.fetched, 1);
}

/* Who sent what waited may send it once more, if not much later. */
static void a_clock_that_is_set_makes_nothing_old(void **state)
{
    struct fixture *t = *state;

    available(t, "romeo", 1, "orchard", 0);
    send_frame(t, "romeo", 1, 2, CHAT("juliet@example.com"));
    t->sm.now_ms += 3600000;
    available(t, "juliet", 2, "balcony", 0);
    assert_true(
        seen_take(account_find(&t->sm, STR("juliet@example.com"))->sessions,
                  STR("stored:0")));

    send_frame(t, "juliet", 2, 3, "<presence type='unavailable'/>");
    send_frame(t, "romeo", 1, 3, CHAT("juliet@example.com"));
    time_passes(t, 3600000);
    send_frame(t, "juliet", 2, 4, "<presence/>");
    assert_false(
        seen_take(account_find(&t->sm, STR("juliet@example.com"))->sessions,
                  STR("stored:1")));
}

static void the_store_is_asked_only_when_something_waits(void **state)
{
    struct fixture *t = *state;

    available(t, "romeo", 1, "orchard", 0);
    available(t, "juliet", 2, "balcony", 0);
    assert_int_equal(t->store.offline_loads, 0);

    send_frame(t, "juliet", 2, 2, "<presence type='unavailable'/>");
    send_frame(t, "romeo", 1, 2, CHAT("juliet@example.com"));
    forget(t);
    send_frame(t, "juliet", 2, 3, "<presence/>");
    assert_int_equal(t->store.offline_loads, 1);
    assert_int_equal(t->store.fetched, 1);
}

static void new_messages_wait_behind_the_old_ones(void **state)
{
    struct fixture *t = *state;

    available(t, "romeo", 1, "orchard", 0);
    send_frame(t, "romeo", 1, 2,
               "<message to='juliet@example.com'><body>old</body></message>");
    open_session(t, "juliet", 2, "balcony");
    forget(t);
    t->store.is_stalled = true;
    send_frame(t, "juliet", 2, 1, "<presence/>");
    send_frame(t, "romeo", 1, 3,
               "<message to='juliet@example.com'><body>new</body></message>");
    store_answers(t);
    assert_contains(received(t, 2), "<presence");
    assert_contains(received(t, 2), "old");
    assert_contains(received(t, 2), "new");
}

static int setup_small_queue(void **state)
{
    return setup_with(state, "sm { session-queue = 65536 }");
}

static void keep_many(struct fixture *t, unsigned count)
{
    char body[2048], text[1600];

    memset(text, 'x', sizeof(text));
    for (unsigned i = 0; i < count; i++) {
        snprintf(body, sizeof(body),
                 "<message to='juliet@example.com'><body>%02u%.1500s"
                 "</body></message>",
                 i, text);
        send_frame(t, "romeo", 1, i + 2, body);
    }
}

/* The client has all that it was sent. */
static void reads_all(struct fixture *t)
{
    for (size_t i = 0; i < t->sent_count; i++)
        channel_discharge(t->sent[i].channel, t->sent[i].seq);
    settle(t);
}

/* A stranger could fill a user's queue in his absence: at each login it would
 * be too much at once, and his stream would end. */
static void what_waits_comes_in_parts(void **state)
{
    struct fixture *t = *state;
    char expected[8];
    unsigned first;

    available(t, "romeo", 1, "orchard", 0);
    keep_many(t, 20); /* 30 kB; a part is 16 */
    open_session(t, "juliet", 2, "balcony");
    t->keeps = true;
    forget(t);
    send_frame(t, "juliet", 2, 1, "<presence/>");
    first = waiting(t, 2);
    assert_true(first > 5 && first < 15);

    send_frame(t, "romeo", 1, 22,
               "<message to='juliet@example.com/balcony'><body>99</body>"
               "</message>");
    assert_int_equal(waiting(t, 2), first); /* it waits behind them */
    assert_int_equal(t->store.offline_count, 21);

    for (unsigned part = 0; part < 3; part++)
        reads_all(t);
    assert_contains(received(t, 2), "<presence");
    for (unsigned i = 0; i < 20; i++) {
        snprintf(expected, sizeof(expected), ">%02ux", i);
        assert_contains(received(t, 2), expected);
    }
    assert_contains(received(t, 2), ">99<");
    assert_string_equal(received(t, 2), "");
    assert_int_equal(t->store.fetched, 21);

    send_frame(t, "romeo", 1, 23, CHAT("juliet@example.com"));
    assert_int_equal(t->store.offline_count, 21);
    assert_int_equal(waiting(t, 2), 1);
}

static void a_second_resource_gets_nothing_twice(void **state)
{
    struct fixture *t = *state;

    available(t, "romeo", 1, "orchard", 0);
    send_frame(t, "romeo", 1, 2, CHAT("juliet@example.com"));
    open_session(t, "juliet", 2, "balcony");
    open_session(t, "juliet", 3, "garden");
    t->keeps = true;
    forget(t);
    send_frame(t, "juliet", 2, 1, "<presence/>");
    send_frame(t, "juliet", 3, 1, "<presence/>");
    reads_all(t);

    for (size_t i = 0, copies = 0; i < t->sent_count; i++)
        assert_true((copies += strstr(t->sent[i].body, "<body>") != NULL) <= 1);
}

static void a_negative_priority_fetches_nothing(void **state)
{
    struct fixture *t = *state;

    available(t, "romeo", 1, "orchard", 0);
    send_frame(t, "romeo", 1, 2, CHAT("juliet@example.com"));
    available(t, "juliet", 2, "balcony", -1);
    assert_int_equal(t->store.fetched, 0);
}

static void no_store_is_not_kept(void **state)
{
    struct fixture *t = *state;

    available(t, "romeo", 1, "orchard", 0);
    send_frame(t, "romeo", 1, 2,
               "<message to='juliet@example.com' type='chat'><body>psst</body>"
               "<no-store xmlns='urn:xmpp:hints'/></message>");
    assert_int_equal(t->store.offline_count, 0);
}

static void a_chat_state_alone_is_not_kept(void **state)
{
    struct fixture *t = *state;

    available(t, "romeo", 1, "orchard", 0);
    send_frame(t, "romeo", 1, 2,
               "<message to='juliet@example.com' type='chat'><composing "
               "xmlns='http://jabber.org/protocol/chatstates'/></message>");
    assert_int_equal(t->store.offline_count, 0);
    assert_int_equal(waiting(t, 1), 0);
}

static void a_refused_row_is_told_to_the_sender(void **state)
{
    struct fixture *t = *state;

    available(t, "romeo", 1, "orchard", 0);
    t->store.refuses = true;
    send_frame(t, "romeo", 1, 2, CHAT("juliet@example.com"));
    assert_contains(received(t, 1), "service-unavailable");
}

static int setup_small_quota(void **state)
{
    return setup_with(state, "sm { offline-quota = 2 }\n");
}

static void the_quota_refuses_with_an_error(void **state)
{
    struct fixture *t = *state;

    available(t, "romeo", 1, "orchard", 0);
    send_frame(t, "romeo", 1, 2, CHAT("juliet@example.com"));
    send_frame(t, "romeo", 1, 3, CHAT("juliet@example.com"));
    forget(t);
    send_frame(t, "romeo", 1, 4, CHAT("juliet@example.com"));
    assert_int_equal(t->store.offline_count, 2);
    assert_contains(received(t, 1), "service-unavailable");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_bare_jid_reaches_the_highest_priority),
        TEST(a_full_jid_reaches_its_resource),
        TEST(a_resource_that_is_gone_falls_back_to_the_account),
        TEST(only_chat_falls_back_to_the_account),
        TEST(negative_priority_gets_nothing_for_the_bare_jid),
        TEST(a_headline_reaches_everyone_and_is_not_kept),
        TEST(groupchat_to_an_account_is_an_error),
        TEST(nobody_of_this_name_is_an_error),
        TEST(an_error_is_never_answered),
        TEST(an_unknown_domain_is_an_error),
        TEST(a_malformed_address_is_an_error),
        TEST(an_offline_message_is_discharged_by_its_commit),
        TEST(the_store_is_asked_only_when_something_waits),
        TEST(what_was_kept_comes_with_its_time),
        TEST(a_clock_that_is_set_makes_nothing_old),
        TEST(new_messages_wait_behind_the_old_ones),
        cmocka_unit_test_setup_teardown(what_waits_comes_in_parts,
                                        setup_small_queue, teardown),
        TEST(a_second_resource_gets_nothing_twice),
        TEST(a_negative_priority_fetches_nothing),
        TEST(no_store_is_not_kept),
        TEST(a_chat_state_alone_is_not_kept),
        TEST(a_refused_row_is_told_to_the_sender),
        cmocka_unit_test_setup_teardown(the_quota_refuses_with_an_error,
                                        setup_small_quota, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
