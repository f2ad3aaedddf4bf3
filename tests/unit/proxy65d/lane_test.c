/* One direction of a stream over real sockets, by splice and without
 * (proxy65d/lane.h). */
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include "proxy65d/lane.h"
#include "tests/unit/test.h"

/* sender[0] → sender[1] =lane=> receiver[0] → receiver[1] */
struct road {
    int sender[2], receiver[2];
    struct lane lane;
};

static struct road open_road_of(size_t pipe_bytes, bool use_splice)
{
    struct road road;

    assert_int_equal(
        socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, road.sender), 0);
    assert_int_equal(
        socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, road.receiver), 0);
    lane_init(&road.lane, road.sender[1], road.receiver[0], pipe_bytes,
              use_splice);
    return road;
}

static struct road open_road(bool use_splice)
{
    return open_road_of(1 << 20, use_splice);
}

static void close_road(struct road *road)
{
    lane_clear(&road->lane);
    for (int i = 0; i < 2; i++) {
        close(road->sender[i]);
        close(road->receiver[i]);
    }
}

static enum lane_state move_all(struct road *road, size_t *total)
{
    enum lane_state state;

    do {
        size_t taken;

        state = lane_move(&road->lane, SIZE_MAX, &taken);
        *total += taken;
    } while (state == LANE_BUSY);
    return state;
}

/* What the kernel gives to a user who has too many. */
static void a_small_pipe_is_none(void **state)
{
    struct road road = open_road_of(8192, true);
    char bytes[16] = "";
    size_t total = 0;

    (void)state;
    assert_int_equal(write(road.sender[0], "hello", 5), 5);
    assert_int_equal(move_all(&road, &total), LANE_EMPTY);
    assert_int_equal(road.lane.pipe[0], -1);
    assert_int_equal(road.lane.capacity, 65536);
    assert_int_equal(read(road.receiver[1], bytes, sizeof(bytes)), 5);
    close_road(&road);
}

static void bytes_and_their_end_pass(void **state)
{
    (void)state;
    for (int use_splice = 0; use_splice < 2; use_splice++) {
        struct road road = open_road(use_splice);
        char bytes[16] = "";
        size_t total = 0;

        assert_int_equal(move_all(&road, &total), LANE_EMPTY);
        assert_int_equal(write(road.sender[0], "hello", 5), 5);
        assert_int_equal(move_all(&road, &total), LANE_EMPTY);
        assert_int_equal(total, 5);
        assert_int_equal(read(road.receiver[1], bytes, 16), 5);
        assert_string_equal(bytes, "hello");
        shutdown(road.sender[0], SHUT_WR);
        assert_int_equal(move_all(&road, &total), LANE_OVER);
        assert_int_equal(read(road.receiver[1], bytes, 16), 0);
        close_road(&road);
    }
}

static void a_receiver_that_does_not_read_holds_its_sender_back(void **state)
{
    static char block[65536];

    (void)state;
    for (int use_splice = 0; use_splice < 2; use_splice++) {
        struct road road = open_road(use_splice);
        enum lane_state last = LANE_EMPTY;
        size_t total = 0, sent = 0;
        ssize_t count;

        while ((count = write(road.sender[0], block, sizeof(block))) > 0) {
            sent += (size_t)count;
            last = move_all(&road, &total);
        }
        assert_int_equal(last, LANE_BLOCKED);
        assert_true(road.lane.held <= 1 << 20);
        assert_true(sent < 4 << 20);
        while (total < sent || road.lane.held > 0) {
            (void)!read(road.receiver[1], block, sizeof(block));
            (void)move_all(&road, &total);
        }
        assert_int_equal(total, sent);
        close_road(&road);
    }
}

static void a_fast_pair_leaves_the_loop_to_others(void **state)
{
    static char block[4096];
    struct road road = open_road(false);
    enum lane_state last;
    size_t taken;

    (void)state;
    road.lane.buffer = mem_alloc(sizeof(block));
    road.lane.capacity = sizeof(block);
    for (int i = 0; i < 6; i++)
        assert_int_equal(write(road.sender[0], block, sizeof(block)),
                         sizeof(block));
    last = lane_move(&road.lane, SIZE_MAX, &taken);
    assert_int_equal(last, LANE_BUSY);
    assert_true(taken < 6 * sizeof(block));
    last = lane_move(&road.lane, SIZE_MAX, &taken);
    assert_int_equal(last, LANE_EMPTY);
    close_road(&road);
}

static void no_more_is_taken_than_is_allowed(void **state)
{
    struct road road = open_road(true);
    size_t taken;

    (void)state;
    assert_int_equal(write(road.sender[0], "0123456789", 10), 10);
    assert_int_equal(lane_move(&road.lane, 0, &taken), LANE_EMPTY);
    assert_int_equal(taken, 0);
    assert_int_equal(lane_move(&road.lane, 4, &taken), LANE_EMPTY);
    assert_int_equal(taken, 4);
    close_road(&road);
}

static void a_receiver_that_is_gone_breaks_the_lane(void **state)
{
    (void)state;
    for (int use_splice = 0; use_splice < 2; use_splice++) {
        struct road road = open_road(use_splice);
        size_t total = 0;

        signal(SIGPIPE, SIG_IGN);
        close(road.receiver[1]);
        assert_int_equal(write(road.sender[0], "hello", 5), 5);
        assert_int_equal(move_all(&road, &total), LANE_BROKEN);
        road.receiver[1] = dup(0);
        close_road(&road);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_small_pipe_is_none),
        cmocka_unit_test(bytes_and_their_end_pass),
        cmocka_unit_test(a_receiver_that_does_not_read_holds_its_sender_back),
        cmocka_unit_test(a_fast_pair_leaves_the_loop_to_others),
        cmocka_unit_test(no_more_is_taken_than_is_allowed),
        cmocka_unit_test(a_receiver_that_is_gone_breaks_the_lane),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
