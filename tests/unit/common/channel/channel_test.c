/* Two ends and a router between them that cuts links and restarts ends. */
#include "tests/unit/test.h"

#include <stdio.h>

#include "common/channel/channel.h"

#define MAX_FRAMES 4000u

struct end {
    const char *address;
    const char *other;
    struct channels *channels;
    struct buf out;
    uint64_t epoch;
    uint64_t next_value;              /* to be sent */
    unsigned discharged[MAX_FRAMES];  /* of what this end sent, by value */
    unsigned got[MAX_FRAMES];         /* in this epoch, by value */
    uint64_t last_value;              /* received in this epoch */
    uint64_t held[MAX_FRAMES];        /* received, not discharged: seq */
    size_t held_count;
    unsigned restarts_seen;
    bool gives_up; /* what it sent, when the other restarts */
    unsigned downs_seen;
    struct channel *from_peer;
};

struct world {
    struct end a, b;
    unsigned seed;
};

static unsigned dice(struct world *world, unsigned sides)
{
    return (unsigned)rand_r(&world->seed) % sides;
}

static void on_frame(void *ctx, struct channel *channel,
                     const struct frame *frame)
{
    struct end *end = ctx;
    uint64_t value;

    assert_true(str_to_u64(frame->body, &value));
    assert_true(value < MAX_FRAMES);
    assert_int_equal(end->got[value]++, 0);   /* never twice */
    assert_true(value + 1 > end->last_value); /* in order */
    end->last_value = value + 1;
    end->from_peer = channel;
    assert_true(end->held_count < MAX_FRAMES);
    end->held[end->held_count++] = frame->seq;
}

static void on_discharged(void *ctx, struct channel *channel, uint64_t seq,
                          void *cookie)
{
    struct end *end = ctx;

    (void)channel;
    (void)seq;
    assert_int_equal(end->discharged[(uintptr_t)cookie]++, 0);
}

static void on_peer_restarted(void *ctx, struct channel *channel)
{
    struct end *end = ctx;

    end->restarts_seen++;
    if (end->gives_up)
        channel_give_up(channel);
}

static void on_down(void *ctx, struct str address)
{
    (void)address;
    ((struct end *)ctx)->downs_seen++;
}

static void end_start(struct end *end, uint64_t epoch)
{
    static const struct channel_events events = {
        .on_frame = on_frame,
        .on_discharged = on_discharged,
        .on_peer_restarted = on_peer_restarted,
        .on_down = on_down,
    };

    end->epoch = epoch;
    end->channels = channels_new(&events, end, &end->out, 1000);
    channels_bind(end->channels, str_of(end->address), epoch);
}

static void tell(struct end *end, enum link_verb verb, const char *address)
{
    struct link_item item = {.verb = verb, .address = str_of(address),
                             .node = STR("node")};

    channels_receive(end->channels, &item);
}

static void link_up(struct end *end)
{
    channels_link_up(end->channels, STR("node"));
}

/* Passes up to `count` elements on, or throws away what does not arrive. */
static void pass(struct end *from, struct end *to, unsigned count)
{
    struct link_item item;
    size_t used;

    channels_flush_acks(from->channels);
    while (count-- > 0 && buf_len(&from->out) > 0) {
        assert_int_equal(link_scan(buf_view(&from->out), &item, &used),
                         LINK_ITEM);
        if (item.verb == LINK_ROUTE && to)
            channels_receive(to->channels, &item);
        buf_consume(&from->out, used);
    }
}

static void pass_all(struct world *world)
{
    do {
        pass(&world->a, &world->b, 1000000);
        pass(&world->b, &world->a, 1000000);
        channels_flush_acks(world->a.channels);
    } while (buf_len(&world->a.out) || buf_len(&world->b.out));
}

static void world_start(struct world *world, unsigned seed)
{
    *world = (struct world){.a = {.address = "c2s/1", .other = "sm/7"},
                            .b = {.address = "sm/7", .other = "c2s/1"},
                            .seed = seed};
    end_start(&world->a, 1);
    end_start(&world->b, 1);
    link_up(&world->a);
    link_up(&world->b);
    tell(&world->a, LINK_UP, "sm/7");
    tell(&world->b, LINK_UP, "c2s/1");
    pass_all(world);
}

static void world_end(struct world *world)
{
    channels_free(world->a.channels);
    channels_free(world->b.channels);
    buf_clear(&world->a.out);
    buf_clear(&world->b.out);
}

static uint64_t send_one(struct end *end)
{
    char text[24];
    uintptr_t value = (uintptr_t)end->next_value++;
    struct frame frame = {.n = value + 1};
    struct channel *channel = channels_get(
        end->channels, str_of(end->address), str_of(end->other));

    snprintf(text, sizeof(text), "%ju", (uintmax_t)value);
    frame.body = str_of(text);
    return channel_send(channel, &frame, (void *)value);
}

static void discharge_at(struct end *end, size_t at)
{
    channel_discharge(end->from_peer, end->held[at]);
    end->held[at] = end->held[--end->held_count];
}

/* The router is lost: what was on its way is gone, nobody hears of a death. */
static void lose_router(struct world *world)
{
    pass(&world->a, NULL, 1000000);
    pass(&world->b, NULL, 1000000);
    channels_link_down(world->a.channels);
    channels_link_down(world->b.channels);
    buf_reset(&world->a.out);
    buf_reset(&world->b.out);
    link_up(&world->a);
    link_up(&world->b);
    tell(&world->a, LINK_UP, "sm/7");
    tell(&world->b, LINK_UP, "c2s/1");
}

/* The receiver dies and forgets what it has received. */
static void restart(struct world *world, struct end *end, struct end *other)
{
    (void)world;
    channels_free(end->channels);
    buf_reset(&end->out);
    memset(end->got, 0, sizeof(end->got));
    end->last_value = 0;
    end->held_count = 0;
    tell(other, LINK_DOWN, end->address);
    end_start(end, end->epoch + 1);
    link_up(end);
    tell(end, LINK_UP, other->address);
    tell(other, LINK_UP, end->address);
}

static void a_frame_is_kept_until_it_is_discharged(void **state)
{
    struct world world;
    struct channel *channel;

    (void)state;
    world_start(&world, 1);
    send_one(&world.a);
    pass_all(&world);
    channel = channels_get(world.a.channels, STR("c2s/1"), STR("sm/7"));
    assert_int_equal(world.b.got[0], 1);
    assert_int_equal(world.a.discharged[0], 0);
    assert_int_equal(channel_outstanding_frames(channel), 1);

    discharge_at(&world.b, 0);
    pass_all(&world);
    assert_int_equal(world.a.discharged[0], 1);
    assert_int_equal(channel_outstanding_frames(channel), 0);
    world_end(&world);
}

static void a_slow_frame_holds_back_only_itself(void **state)
{
    struct world world;

    (void)state;
    world_start(&world, 1);
    for (int i = 0; i < 6; i++)
        send_one(&world.a);
    pass_all(&world);
    channel_discharge(world.b.from_peer, 6);
    channel_discharge(world.b.from_peer, 3);
    channel_discharge(world.b.from_peer, 4);
    pass_all(&world);
    assert_int_equal(world.a.discharged[0], 0);
    assert_int_equal(world.a.discharged[2], 1);
    assert_int_equal(world.a.discharged[3], 1);
    assert_int_equal(world.a.discharged[4], 0);
    assert_int_equal(world.a.discharged[5], 1);
    channel_discharge(world.b.from_peer, 1);
    channel_discharge(world.b.from_peer, 2);
    channel_discharge(world.b.from_peer, 5);
    pass_all(&world);
    for (int i = 0; i < 6; i++)
        assert_int_equal(world.a.discharged[i], 1);
    world_end(&world);
}

static void a_lost_router_loses_nothing_and_looks_like_no_death(void **state)
{
    struct world world;

    (void)state;
    world_start(&world, 1);
    send_one(&world.a);
    send_one(&world.a);
    lose_router(&world);
    send_one(&world.a);
    pass_all(&world);
    for (int i = 0; i < 3; i++)
        assert_int_equal(world.b.got[i], 1);
    channels_settle(world.b.channels);
    assert_int_equal(world.b.downs_seen, 0);
    assert_int_equal(world.b.restarts_seen, 0);
    world_end(&world);
}

/* The router throws away what is for somebody who is not back yet. */
static void who_is_back_first_speaks_again_when_the_other_comes(void **state)
{
    struct world world;

    (void)state;
    world_start(&world, 1);
    channels_link_down(world.a.channels);
    channels_link_down(world.b.channels);
    link_up(&world.a);
    send_one(&world.a);
    pass(&world.a, NULL, 1000000);
    link_up(&world.b);
    tell(&world.b, LINK_UP, "c2s/1");
    tell(&world.a, LINK_UP, "sm/7");
    pass_all(&world);
    assert_int_equal(world.b.got[0], 1);
    discharge_at(&world.b, 0);
    send_one(&world.b);
    pass_all(&world);
    assert_int_equal(world.a.discharged[0], 1);
    assert_int_equal(world.a.got[0], 1);
    world_end(&world);
}

static void a_peer_that_stays_away_is_told_after_the_settling(void **state)
{
    struct world world;

    (void)state;
    world_start(&world, 1);
    channels_link_down(world.a.channels);
    link_up(&world.a);
    assert_int_equal(world.a.downs_seen, 0);
    channels_settle(world.a.channels);
    assert_int_equal(world.a.downs_seen, 1);
    assert_false(channels_is_up(world.a.channels, STR("sm/7")));
    world_end(&world);
}

static void a_restarted_peer_gets_what_it_had_not_discharged(void **state)
{
    struct world world;

    (void)state;
    world_start(&world, 1);
    for (int i = 0; i < 5; i++)
        send_one(&world.a);
    pass_all(&world);
    channel_discharge(world.b.from_peer, 1);
    channel_discharge(world.b.from_peer, 4); /* early: must not come again */
    pass_all(&world);
    restart(&world, &world.b, &world.a);
    pass_all(&world);
    assert_int_equal(world.a.restarts_seen, 1);
    assert_int_equal(world.b.got[0], 0);
    assert_int_equal(world.b.got[1], 1);
    assert_int_equal(world.b.got[2], 1);
    assert_int_equal(world.b.got[3], 0);
    assert_int_equal(world.b.got[4], 1);
    world_end(&world);
}

static void a_restarted_peer_gets_nothing_that_was_given_up(void **state)
{
    struct world world;

    (void)state;
    world_start(&world, 1);
    world.a.gives_up = true;
    for (int i = 0; i < 5; i++)
        send_one(&world.a);
    pass_all(&world);
    channel_discharge(world.b.from_peer, 1);
    channel_discharge(world.b.from_peer, 4);
    pass_all(&world);
    restart(&world, &world.b, &world.a);
    pass_all(&world);
    send_one(&world.a);
    pass_all(&world);
    for (int i = 0; i < 5; i++) {
        assert_int_equal(world.b.got[i], 0);
        assert_int_equal(world.a.discharged[i], 1);
    }
    assert_int_equal(world.b.got[5], 1);
    world_end(&world);
}

static void a_full_window_says_so_and_when_it_has_room(void **state)
{
    struct world world;
    struct channel *channel;

    (void)state;
    world_start(&world, 1);
    channel = channels_get(world.a.channels, STR("c2s/1"), STR("sm/7"));
    while (!channel_is_full(channel))
        send_one(&world.a);
    assert_true(channel_outstanding_frames(channel) > 1);
    pass_all(&world);
    while (world.b.held_count > 0)
        discharge_at(&world.b, 0);
    pass_all(&world);
    assert_false(channel_is_full(channel));
    world_end(&world);
}

static void one_step(struct world *world, bool may_restart)
{
    struct end *end = dice(world, 2) ? &world->a : &world->b;
    struct end *other = end == &world->a ? &world->b : &world->a;

    switch (dice(world, 12)) {
    case 0:
        if (dice(world, 4) == 0)
            lose_router(world);
        break;
    case 1:
        /* One dies in a run: the other side's word is what must survive. */
        if (may_restart && dice(world, 4) == 0)
            restart(world, &world->b, &world->a);
        break;
    case 2:
    case 3:
    case 4:
        if (end->next_value < MAX_FRAMES && (end == &world->a || !may_restart))
            send_one(end);
        break;
    case 5:
    case 6:
    case 7:
        if (end->held_count > 0)
            discharge_at(end, dice(world, (unsigned)end->held_count));
        break;
    default:
        pass(end, other, dice(world, 5));
        break;
    }
}

static void no_schedule_of_faults_loses_doubles_or_reorders(void **state)
{
    (void)state;
    for (unsigned seed = 1; seed <= 400; seed++) {
        struct world world;
        bool may_restart = seed % 2;

        world_start(&world, seed);
        for (int i = 0; i < 3000; i++)
            one_step(&world, may_restart);
        pass_all(&world);
        while (world.a.held_count + world.b.held_count > 0) {
            while (world.a.held_count > 0)
                discharge_at(&world.a, 0);
            while (world.b.held_count > 0)
                discharge_at(&world.b, 0);
            pass_all(&world);
        }
        for (uint64_t i = 0; i < world.a.next_value; i++)
            if (world.a.discharged[i] != 1)
                fail_msg("seed %u: frame %ju of a was lost", seed,
                         (uintmax_t)i);
        for (uint64_t i = 0; i < world.b.next_value; i++)
            if (world.b.discharged[i] != 1)
                fail_msg("seed %u: frame %ju of b was lost", seed,
                         (uintmax_t)i);
        world_end(&world);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_frame_is_kept_until_it_is_discharged),
        cmocka_unit_test(a_slow_frame_holds_back_only_itself),
        cmocka_unit_test(
            a_lost_router_loses_nothing_and_looks_like_no_death),
        cmocka_unit_test(
            who_is_back_first_speaks_again_when_the_other_comes),
        cmocka_unit_test(a_peer_that_stays_away_is_told_after_the_settling),
        cmocka_unit_test(a_restarted_peer_gets_what_it_had_not_discharged),
        cmocka_unit_test(a_restarted_peer_gets_nothing_that_was_given_up),
        cmocka_unit_test(a_full_window_says_so_and_when_it_has_room),
        cmocka_unit_test(no_schedule_of_faults_loses_doubles_or_reorders),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
