/* Who may be linked with whom, and how much they may move
 * (proxy65d/streams.h, pending.h, rate.h). */
#include "common/log/log.h"
#include "proxy65d/pending.h"
#include "proxy65d/streams.h"
#include "tests/unit/test.h"

#define ROMEO  STR("romeo@a.example")
#define ROMEO1 STR("romeo@a.example/1")
#define JULIET STR("juliet@a.example/2")

struct world {
    struct quota quota;
    struct streams streams;
    struct stream *started;
    char sides[8]; /* addresses for connections */
};

static void on_start(void *ctx, struct stream *stream)
{
    struct world *w = ctx;

    w->started = stream;
}

static struct world *new_world(struct quota_limits limits)
{
    struct world *w = NEW(struct world);

    quota_set_limits(&w->quota, &limits, 0);
    w->streams.quota = &w->quota;
    w->streams.start = on_start;
    w->streams.ctx = w;
    return w;
}

static void end_world(struct world *w)
{
    streams_clear(&w->streams);
    free(w);
}

static struct stream *join(struct world *w, const char *sid, int side)
{
    char key[SOCKS_KEY + 1];

    socks_make_key(key, str_of(sid), ROMEO1, JULIET);
    return streams_join(&w->streams, key, &w->sides[side]);
}

static enum streams_result activate(struct world *w, const char *sid)
{
    return streams_activate(&w->streams, str_of(sid), ROMEO1, ROMEO, JULIET, 0);
}

static struct stream *active(struct world *w, const char *sid)
{
    struct stream *stream = join(w, sid, 0);

    assert_ptr_equal(join(w, sid, 1), stream);
    assert_int_equal(activate(w, sid), STREAMS_OK);
    return stream;
}

static void two_sides_are_linked_when_the_initiator_says_so(void **state)
{
    struct world *w = new_world((struct quota_limits){0});
    struct stream *stream = join(w, "s", 0);

    (void)state;
    assert_int_equal(activate(w, "s"), STREAMS_ONE_SIDE);
    assert_ptr_equal(join(w, "s", 1), stream);
    assert_null(w->started);
    assert_int_equal(activate(w, "s"), STREAMS_OK);
    assert_ptr_equal(w->started, stream);
    assert_int_equal(activate(w, "s"), STREAMS_ACTIVE);
    streams_end(&w->streams, stream, "complete", 10);
    assert_int_equal(activate(w, "s"), STREAMS_UNKNOWN);
    end_world(w);
}

static void only_the_hashed_initiator_can_activate(void **state)
{
    struct world *w = new_world((struct quota_limits){0});

    (void)state;
    assert_non_null(join(w, "s", 0));
    assert_non_null(join(w, "s", 1));
    assert_int_equal(streams_activate(&w->streams, STR("s"), JULIET,
                                      STR("juliet@a.example"), ROMEO1, 0),
                     STREAMS_UNKNOWN);
    assert_int_equal(
        streams_activate(&w->streams, STR("other"), ROMEO1, ROMEO, JULIET, 0),
        STREAMS_UNKNOWN);
    assert_null(w->started);
    end_world(w);
}

static void a_third_connection_gets_nothing(void **state)
{
    struct world *w = new_world((struct quota_limits){0});
    struct stream *stream = join(w, "s", 0);

    (void)state;
    assert_non_null(join(w, "s", 1));
    assert_null(join(w, "s", 2));
    assert_int_equal(activate(w, "s"), STREAMS_OK);
    assert_null(join(w, "s", 3));
    streams_end(&w->streams, stream, "complete", 0);
    end_world(w);
}

static void a_place_that_was_left_is_free_again(void **state)
{
    struct world *w = new_world((struct quota_limits){0});
    struct stream *stream = join(w, "s", 0);

    (void)state;
    assert_non_null(join(w, "s", 1));
    streams_leave(&w->streams, stream, &w->sides[0]);
    assert_int_equal(activate(w, "s"), STREAMS_ONE_SIDE);
    assert_ptr_equal(join(w, "s", 2), stream);
    streams_leave(&w->streams, stream, &w->sides[1]);
    streams_leave(&w->streams, stream, &w->sides[2]);
    assert_int_equal(activate(w, "s"), STREAMS_UNKNOWN);
    end_world(w);
}

static void a_user_starts_no_more_than_his_limit(void **state)
{
    struct world *w =
        new_world((struct quota_limits){.max_streams_per_user = 2});
    struct stream *first = active(w, "a");

    (void)state;
    (void)active(w, "b");
    assert_non_null(join(w, "c", 4));
    assert_non_null(join(w, "c", 5));
    assert_int_equal(activate(w, "c"), STREAMS_FULL);
    streams_end(&w->streams, first, "complete", 0);
    assert_int_equal(activate(w, "c"), STREAMS_OK);
    end_world(w);
}

static void all_together_have_a_limit_too(void **state)
{
    struct world *w = new_world((struct quota_limits){.max_streams = 1});

    (void)state;
    (void)active(w, "a");
    assert_non_null(join(w, "b", 4));
    assert_non_null(join(w, "b", 5));
    assert_int_equal(activate(w, "b"), STREAMS_FULL);
    end_world(w);
}

static void bandwidth_is_shared_by_a_users_streams(void **state)
{
    struct world *w = new_world(
        (struct quota_limits){.user_rate = 1000, .total_rate = 100000});
    struct stream *a = active(w, "a"), *b = active(w, "b");
    size_t all = streams_allowance(&w->streams, a, 0);

    (void)state;
    assert_in_range(all, 400, 600);
    streams_moved(&w->streams, a, 0, all, 0);
    assert_int_equal(streams_allowance(&w->streams, b, 0), 0);
    assert_in_range(streams_allowance(&w->streams, b, 100), 90, 110);
    end_world(w);
}

static void no_limit_is_no_limit(void **state)
{
    struct world *w = new_world((struct quota_limits){0});
    struct stream *a = active(w, "a");

    (void)state;
    streams_moved(&w->streams, a, 0, 1 << 30, 0);
    assert_true(streams_allowance(&w->streams, a, 0) == RATE_UNBOUNDED);
    end_world(w);
}

static void a_rate_holds_over_many_small_moments(void **state)
{
    struct rate rate;
    size_t moved = 0;

    (void)state;
    rate_init(&rate, 5000, 0);
    for (uint64_t now = 0; now < 10000; now++) {
        size_t some = rate_allows(&rate, now);

        rate_take(&rate, some);
        moved += some;
    }
    assert_in_range(moved, 50000, 53000);
}

static void an_address_waits_with_so_many_and_no_more(void **state)
{
    struct pending pending = {0};

    (void)state;
    assert_true(pending_add(&pending, "192.0.2.1", 2));
    assert_true(pending_add(&pending, "192.0.2.1", 2));
    assert_false(pending_add(&pending, "192.0.2.1", 2));
    assert_true(pending_add(&pending, "192.0.2.2", 2));
    pending_drop(&pending, "192.0.2.1");
    assert_true(pending_add(&pending, "192.0.2.1", 2));
    assert_int_equal(pending.count, 3);
    pending_drop(&pending, "192.0.2.1");
    pending_drop(&pending, "192.0.2.1");
    pending_drop(&pending, "192.0.2.2");
    assert_null(pending.addresses);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_sides_are_linked_when_the_initiator_says_so),
        cmocka_unit_test(only_the_hashed_initiator_can_activate),
        cmocka_unit_test(a_third_connection_gets_nothing),
        cmocka_unit_test(a_place_that_was_left_is_free_again),
        cmocka_unit_test(a_user_starts_no_more_than_his_limit),
        cmocka_unit_test(all_together_have_a_limit_too),
        cmocka_unit_test(bandwidth_is_shared_by_a_users_streams),
        cmocka_unit_test(no_limit_is_no_limit),
        cmocka_unit_test(a_rate_holds_over_many_small_moments),
        cmocka_unit_test(an_address_waits_with_so_many_and_no_more),
    };
    struct error error;

    if (!log_open("proxy65d", "/dev/null", LOG_LEVEL_ERROR, &error))
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
