/* What is for rooms while their mucd is gone. */
#include "fixture.h"

#define ROOM "hall@conference.example.com"

static void after(struct fixture *t, int64_t ms)
{
    time_passes(t, ms);
    sm_tick(&t->sm);
    settle(t);
}

/* Romeo is there, and sm has noticed that no mucd is. */
static void begin(struct fixture *t)
{
    login(t, "romeo", 1, "orchard");
    after(t, 1000);
}

static void what_is_for_rooms_waits_a_while(void **state)
{
    struct fixture *t = *state;

    begin(t);
    send_frame(t, "romeo", 1, 2,
               "<message to='" ROOM "' type='groupchat'><body>x</body>"
               "</message>");
    after(t, 29000);
    assert_int_equal(waiting(t, 1), 0);
}

static void what_has_waited_too_long_comes_back(void **state)
{
    struct fixture *t = *state;
    unsigned before;

    begin(t);
    send_frame(t, "romeo", 1, 2,
               "<message to='" ROOM "' type='groupchat'><body>x</body>"
               "</message>");
    before = t->discharged;
    after(t, 31000);

    assert_contains(received(t, 1), "remote-server-timeout");
    assert_int_equal(t->discharged, before + 1);
}

static void later_stanzas_come_back_at_once(void **state)
{
    struct fixture *t = *state;

    begin(t);
    after(t, 31000);
    send_frame(t, "romeo", 1, 2,
               "<iq type='get' id='1' to='" ROOM "'><x xmlns='y'/></iq>");

    assert_contains(received(t, 1), "remote-server-timeout");
}

static void who_leaves_is_remembered(void **state)
{
    struct fixture *t = *state;
    char address[32];

    begin(t);
    send_frame(t, "romeo", 1, 2,
               "<presence type='unavailable' to='" ROOM "/romeo'/>");
    after(t, 31000);

    assert_int_equal(waiting(t, 1), 0);
    assert_int_equal(
        channel_outstanding_frames(channels_get(
            t->sm.channels, sm_address(address, STR("romeo@example.com")),
            address_write((char[32]){0}, ADDRESS_MUC, jid_shard(STR(ROOM))))),
        1);
}

static void rooms_that_are_back_are_reached(void **state)
{
    struct fixture *t = *state;
    char address[32];

    begin(t);
    after(t, 31000);
    channels_bind(t->c2s,
                  address_write(address, ADDRESS_MUC, jid_shard(STR(ROOM))), 1);
    settle(t);
    after(t, 1000);
    send_frame(t, "romeo", 1, 2,
               "<message to='" ROOM "' type='groupchat'><body>x</body>"
               "</message>");

    assert_int_equal(waiting(t, 1), 0);
}

static void what_waits_has_a_bound(void **state)
{
    struct fixture *t = *state;
    struct buf body = {0};

    begin(t);
    buf_add_text(&body, "<message to='" ROOM "' type='groupchat'><body>");
    for (int i = 0; i < 3000; i++)
        buf_add_text(&body, "0123456789");
    buf_printf(&body, "</body></message>%c", '\0');
    for (unsigned i = 0; i < 50; i++)
        send_frame(t, "romeo", 1, 2 + i, buf_view(&body).p);

    assert_contains(received(t, 1), "resource-constraint");
    buf_clear(&body);
}

static bool takes_all(void *ctx, struct str body, void *cookie)
{
    (void)ctx, (void)body, (void)cookie;
    return true;
}

/* What still waits for rooms is owed to nobody any more. */
static int gives_up(void **state)
{
    struct fixture *t = *state;
    char address[32];

    channels_withdraw(t->sm.channels,
                      address_write(address, ADDRESS_MUC, jid_shard(STR(ROOM))),
                      takes_all, NULL);
    return teardown(state);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, gives_up)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_is_for_rooms_waits_a_while),
        TEST(what_has_waited_too_long_comes_back),
        TEST(later_stanzas_come_back_at_once),
        TEST(who_leaves_is_remembered),
        TEST(rooms_that_are_back_are_reached),
        TEST(what_waits_has_a_bound),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
