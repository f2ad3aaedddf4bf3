/* Connections pass between processes of one user (proxy65d/handover.h). */
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "proxy65d/handover.h"
#include "tests/unit/test.h"

#define BURST 100 /* connections that come in one turn of the loop */

struct world {
    uv_loop_t loop;
    char suite[40];
    struct handover *near, *far;
    unsigned taken;
    char peer[64], said;
};

static void on_taken(void *ctx, int fd, const char *peer,
                     const struct socks *socks)
{
    struct world *w = ctx;

    assert_string_equal(socks->key, "0123456789012345678901234567890123456789");
    (void)snprintf(w->peer, sizeof(w->peer), "%s", peer);
    assert_int_equal(read(fd, &w->said, 1), 1);
    w->taken++;
    close(fd);
}

static struct handover *open_one(struct world *w, unsigned instance)
{
    struct error error = {0};
    struct handover *made =
        handover_open(&w->loop, w->suite, instance, 2, on_taken, w, &error);

    assert_string_equal(error.text, "");
    return made;
}

static int set_up(void **state)
{
    struct world *w = NEW(struct world);

    uv_loop_init(&w->loop);
    (void)snprintf(w->suite, sizeof(w->suite), "test%d", (int)getpid());
    w->near = open_one(w, 0);
    w->far = open_one(w, 1);
    *state = w;
    return 0;
}

static void turn(struct world *w)
{
    for (int i = 0; i < 4; i++)
        uv_run(&w->loop, UV_RUN_NOWAIT);
}

static int tear_down(void **state)
{
    struct world *w = *state;

    handover_close(w->near);
    handover_close(w->far);
    uv_run(&w->loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&w->loop), 0);
    free(w);
    return 0;
}

/* Gives one end of a pair, in which a byte waits. */
static bool give(struct world *w, unsigned instance)
{
    const struct socks socks = {.state = SOCKS_ASKED,
                                .key =
                                    "0123456789012345678901234567890123456789"};
    int ends[2];
    bool is_given;

    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    assert_int_equal(write(ends[1], "x", 1), 1);
    is_given = handover_give(w->near, instance, ends[0], "192.0.2.1", &socks);
    close(ends[0]);
    close(ends[1]);
    return is_given;
}

static void a_connection_passes_with_what_waits_in_it(void **state)
{
    struct world *w = *state;

    assert_true(give(w, 1));
    turn(w);
    assert_int_equal(w->taken, 1);
    assert_int_equal(w->said, 'x');
    assert_string_equal(w->peer, "192.0.2.1");
}

static void many_at_once_wait_for_a_busy_sibling(void **state)
{
    struct world *w = *state;

    for (unsigned i = 0; i < BURST; i++)
        assert_true(give(w, 1));
    turn(w);
    assert_int_equal(w->taken, BURST);
}

static void a_sibling_that_does_not_keep_up_has_a_bound(void **state)
{
    struct world *w = *state;
    unsigned given = 0;

    while (given < 100000 && give(w, 1))
        given++;
    assert_in_range(given, BURST, 99999);
    turn(w);
    assert_int_equal(w->taken, given);
    assert_true(give(w, 1));
}

static void a_sibling_that_was_started_again_is_found(void **state)
{
    struct world *w = *state;

    assert_true(give(w, 1));
    turn(w);
    handover_close(w->far);
    turn(w);
    assert_false(give(w, 1));
    w->far = open_one(w, 1);
    assert_true(give(w, 1));
    turn(w);
    assert_int_equal(w->taken, 2);
}

static void nobody_is_no_sibling(void **state)
{
    struct world *w = *state;

    assert_false(give(w, 2));
}

/* Whoever may have taken the name: the kernel says that he is another user. */
static void another_user_gets_nothing(void **state)
{
    struct world *w = *state;

    if (geteuid() != 0)
        skip();
    handover_close(w->far);
    turn(w);
    assert_int_equal(seteuid(65534), 0);
    w->far = open_one(w, 1);
    assert_int_equal(seteuid(0), 0);
    assert_false(give(w, 1));
    turn(w);
    assert_int_equal(w->taken, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_connection_passes_with_what_waits_in_it),
        TEST(many_at_once_wait_for_a_busy_sibling),
        TEST(a_sibling_that_does_not_keep_up_has_a_bound),
        TEST(a_sibling_that_was_started_again_is_found),
        TEST(nobody_is_no_sibling),
        TEST(another_user_gets_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
