/* What is written on a new connection, and a hello for the earlier incarnation
 * of an address. */
#include "tests/unit/test.h"

#include "common/channel/channel.h"

struct fixture {
    struct buf out;
    struct channels *channels;
    struct channel *channel;
    unsigned discharged, restarts, synced;
};

static void on_discharged(void *ctx, struct channel *channel, uint64_t seq,
                          void *cookie)
{
    struct fixture *t = ctx;

    (void)channel;
    (void)seq;
    (void)cookie;
    t->discharged++;
}

static void receive(struct fixture *t, const char *text)
{
    struct link_item item;
    size_t used;

    assert_int_equal(link_scan(str_of(text), &item, &used), LINK_ITEM);
    channels_receive(t->channels, &item);
}

static void
an_acknowledgement_for_the_predecessor_discharges_nothing(void **state)
{
    const struct channel_events events = {.on_discharged = on_discharged};
    const struct frame frame = {.body = STR("<m/>")};
    struct fixture t = {0};

    (void)state;
    t.channels = channels_new(&events, &t, &t.out, 65536);
    channels_bind(t.channels, STR("c2s/0"), 20);
    channels_link_up(t.channels, STR("c2sd.0"));
    receive(&t, "<up address='sm/0' node='sm.0'/>");
    t.channel = channels_get(t.channels, STR("c2s/0"), STR("sm/0"));
    channel_send(t.channel, &frame, NULL);

    receive(&t, "<route to='c2s/0' from='sm/0' epoch='7' hello='10:900' "
                "len='0'></route>");
    receive(&t, "<route to='c2s/0' from='sm/0' ack='1' len='0'></route>");
    assert_int_equal(t.discharged, 0);

    receive(&t, "<route to='c2s/0' from='sm/0' epoch='7' hello='20:0' "
                "len='0'></route>");
    receive(&t, "<route to='c2s/0' from='sm/0' ack='1' len='0'></route>");
    assert_int_equal(t.discharged, 1);
    channels_free(t.channels);
    buf_clear(&t.out);
}

static void on_synced(void *ctx, struct channel *channel)
{
    struct fixture *t = ctx;

    assert_true(channels_are_synced(t->channels, channel_remote(channel)));
    buf_add_char(&t->out, '\0');
    t->synced += strstr(t->out.data, "<m/>") != NULL;
}

static void it_is_told_when_what_was_outstanding_is_sent_again(void **state)
{
    const struct channel_events events = {.on_synced = on_synced};
    const struct frame frame = {.body = STR("<m/>")};
    struct fixture t = {0};

    (void)state;
    t.channels = channels_new(&events, &t, &t.out, 65536);
    channels_bind(t.channels, STR("sm/0"), 20);
    channels_link_up(t.channels, STR("sm.0"));
    assert_true(channels_are_synced(t.channels, STR("c2s/0")));
    t.channel = channels_get(t.channels, STR("sm/0"), STR("c2s/0"));
    channel_send(t.channel, &frame, NULL);
    receive(&t, "<up address='c2s/0' node='c2sd.0'/>");
    assert_false(channels_are_synced(t.channels, STR("c2s/0")));
    receive(&t, "<route to='sm/0' from='c2s/0' epoch='7' hello='20:0' "
                "len='0'></route>");
    assert_int_equal(t.synced, 1);
    channels_link_down(t.channels);
    assert_false(channels_are_synced(t.channels, STR("c2s/0")));
    channels_free(t.channels);
    buf_clear(&t.out);
}

static void on_restarted(void *ctx, struct channel *channel)
{
    struct fixture *t = ctx;

    (void)channel;
    t->restarts++;
}

/* One that was taken over calls itself as young as can be. */
static void
a_peer_that_was_down_is_heard_whatever_the_last_one_said(void **state)
{
    const struct channel_events events = {.on_discharged = on_discharged,
                                          .on_peer_restarted = on_restarted};
    const struct frame frame = {.body = STR("<m/>")};
    struct fixture t = {0};

    (void)state;
    t.channels = channels_new(&events, &t, &t.out, 65536);
    channels_bind(t.channels, STR("sm/0"), 20);
    channels_link_up(t.channels, STR("sm.0"));
    receive(&t, "<up address='c2s/0' node='c2sd.0'/>");
    t.channel = channels_get(t.channels, STR("sm/0"), STR("c2s/0"));
    channel_send(t.channel, &frame, NULL);
    receive(&t, "<route to='sm/0' from='c2s/0' epoch='18446744073709551615' "
                "hello='20:0' len='0'></route>");
    receive(&t, "<route to='sm/0' from='c2s/0' epoch='7' hello='20:0' "
                "len='0'></route>");
    assert_int_equal(t.restarts, 0);

    receive(&t, "<down address='c2s/0'/>");
    receive(&t, "<up address='c2s/0' node='c2sd.0'/>");
    receive(&t, "<route to='sm/0' from='c2s/0' epoch='7' hello='20:0' "
                "len='0'></route>");
    assert_int_equal(t.restarts, 1);
    receive(&t, "<route to='sm/0' from='c2s/0' ack='1' len='0'></route>");
    assert_int_equal(t.discharged, 1);
    receive(&t, "<route to='sm/0' from='c2s/0' epoch='6' hello='20:0' "
                "len='0'></route>");
    assert_int_equal(t.restarts, 1);
    channels_free(t.channels);
    buf_clear(&t.out);
}

/* What was sent before a word of discharge comes before it on a new link too.
 */
static void what_is_sent_again_comes_before_later_acknowledgements(void **state)
{
    const struct channel_events events = {.on_discharged = on_discharged};
    const struct frame frame = {.body = STR("<end/>")};
    struct fixture t = {0};
    const char *again, *told;

    (void)state;
    t.channels = channels_new(&events, &t, &t.out, 65536);
    channels_bind(t.channels, STR("sm/0"), 20);
    for (int i = 0; i < 2; i++) {
        buf_reset(&t.out);
        channels_link_up(t.channels, STR("sm.0"));
        receive(&t, "<up address='c2s/0' node='c2sd.0'/>");
        receive(&t, "<route to='sm/0' from='c2s/0' epoch='7' hello='20:0' "
                    "len='0'></route>");
        t.channel = channels_get(t.channels, STR("sm/0"), STR("c2s/0"));
        if (i > 0)
            break;
        channel_send(t.channel, &frame, NULL);
        receive(&t, "<route to='sm/0' from='c2s/0' seq='1' low='1' len='4'>"
                    "<m/></route>");
        channels_link_down(t.channels);
    }
    channels_flush_acks(t.channels);
    buf_add_char(&t.out, '\0');
    again = strstr(t.out.data, "<end/>");
    told = strstr(t.out.data, " ack='1'");
    assert_non_null(again);
    assert_non_null(told);
    assert_true(again < told);
    channels_free(t.channels);
    buf_clear(&t.out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_told_when_what_was_outstanding_is_sent_again),
        cmocka_unit_test(
            an_acknowledgement_for_the_predecessor_discharges_nothing),
        cmocka_unit_test(
            a_peer_that_was_down_is_heard_whatever_the_last_one_said),
        cmocka_unit_test(
            what_is_sent_again_comes_before_later_acknowledgements),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
