/* What a component has sent to a room whose process is away. */
#include "tests/unit/test.h"

#include <stdio.h>

#include "compd/rooms.h"

#define ROOMS "conference.localhost"

struct world {
    struct config *config;
    struct buf out;
    struct rooms rooms;
    struct channel *channel;
    char returned[1024];
};

static void on_back(void *ctx, struct str domain, struct str error)
{
    struct world *w = ctx;

    assert_true(str_is(domain, "echo.localhost"));
    assert_string_equal(w->returned, "");
    snprintf(w->returned, sizeof(w->returned), "%.*s", STR_ARG(error));
}

static int set_up(void **state)
{
    static const struct channel_events nothing;
    struct world *w = NEW(struct world);
    struct error error;

    w->config = config_parse("domains = {\"localhost\"}\n"
                             "compd { room-timeout = 10 }",
                             &error);
    assert_non_null(w->config);
    w->rooms.channels = channels_new(&nothing, NULL, &w->out, 65536);
    w->rooms.give_back = on_back;
    w->rooms.ctx = w;
    rooms_init(&w->rooms);
    channels_bind(w->rooms.channels, STR("echo.localhost"), 1);
    w->channel =
        channels_get(w->rooms.channels, STR("echo.localhost"), STR(ROOMS));
    rooms_tick(&w->rooms, w->config, 1000);
    *state = w;
    return 0;
}

static int tear_down(void **state)
{
    struct world *w = *state;

    rooms_clear(&w->rooms);
    channels_free(w->rooms.channels);
    buf_clear(&w->out);
    config_free(w->config);
    free(w);
    return 0;
}

static void sends(struct world *w, const char *stanza)
{
    channel_send(w->channel, &(struct frame){.body = str_of(stanza)}, NULL);
}

static void what_is_for_rooms_waits_for_a_time(void **state)
{
    struct world *w = *state;

    sends(w, "<message from='echo.localhost' to='r@" ROOMS "' id='7'/>");
    rooms_tick(&w->rooms, w->config, 10000);
    assert_string_equal(w->returned, "");
    assert_true(rooms_are_awaited(&w->rooms, w->config, STR(ROOMS)));
    rooms_tick(&w->rooms, w->config, 11000);
    assert_non_null(strstr(w->returned, "remote-server-timeout"));
    assert_non_null(strstr(w->returned, "id='7'"));
    assert_false(rooms_are_awaited(&w->rooms, w->config, STR(ROOMS)));
    assert_int_equal(channel_outstanding_frames(w->channel), 0);
}

static void who_leaves_a_room_is_remembered(void **state)
{
    struct world *w = *state;

    sends(w, "<presence type='unavailable' from='echo.localhost' to='r@" ROOMS
             "/me'/>");
    rooms_tick(&w->rooms, w->config, 60000);
    assert_string_equal(w->returned, "");
    assert_int_equal(channel_outstanding_frames(w->channel), 1);
}

static void rooms_that_are_back_are_sent_to_again(void **state)
{
    struct world *w = *state;
    struct link_item up = {
        .verb = LINK_UP, .address = STR(ROOMS), .node = STR("mucd.0")};

    rooms_tick(&w->rooms, w->config, 60000);
    channels_receive(w->rooms.channels, &up);
    rooms_tick(&w->rooms, w->config, 61000);
    assert_true(rooms_are_awaited(&w->rooms, w->config, STR(ROOMS)));
    assert_false(
        rooms_are_awaited(&w->rooms, w->config, STR("third.localhost")));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_is_for_rooms_waits_for_a_time),
        TEST(who_leaves_a_room_is_remembered),
        TEST(rooms_that_are_back_are_sent_to_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
