/* Two nodes over a living router that is closed and opened again between them:
 * sockets, shells and channels together. */
#include "tests/unit/test.h"

#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "common/log/log.h"
#include "common/node/node.h"
#include "routerd/shell.h"

#define FRAMES       100000u
#define ROUTER_LIVES 5u
#define WINDOW       (1u << 20)

struct suite {
    uv_loop_t loop;
    char directory[64];
    char path[96];
    struct router_options options;
    struct shell *router;
    struct node *sender;
    struct node *receiver;
    uint64_t sent;
    uint64_t received;
    uint64_t discharged;
    unsigned lives;
    bool in_order;
};

static void open_router(struct suite *t)
{
    struct error error;

    t->router = shell_open(&t->loop, t->path, &error);
    assert_non_null(t->router);
    shell_start(t->router, &t->options);
    t->lives++;
}

/* A number as the content, so that loss and order show. */
static void send_some(struct suite *t)
{
    struct channel *channel =
        channels_get(node_channels(t->sender), STR("c2s/0"), STR("sm/0"));

    while (t->sent < FRAMES && !channel_is_full(channel)) {
        char text[64];
        int length = snprintf(text, sizeof(text), "<m n='%llu'/>",
                              (unsigned long long)++t->sent);
        struct frame frame = {.body = {text, (size_t)length}};

        channel_send(channel, &frame, NULL);
    }
}

static void on_frame(void *ctx, struct channel *channel,
                     const struct frame *frame)
{
    struct suite *t = ctx;
    char expected[64];

    snprintf(expected, sizeof(expected), "<m n='%llu'/>",
             (unsigned long long)++t->received);
    if (!str_is(frame->body, expected))
        t->in_order = false;
    channel_discharge(channel, frame->seq);
}

static void on_discharged(void *ctx, struct channel *channel, uint64_t seq,
                          void *cookie)
{
    struct suite *t = ctx;

    (void)channel;
    (void)seq;
    (void)cookie;
    t->discharged++;
}

static void on_sender_turn(void *ctx)
{
    send_some(ctx);
}

/* Each time another part has come, the router dies in the middle of it. */
static void run(struct suite *t)
{
    while (t->discharged < FRAMES && t->in_order) {
        uv_run(&t->loop, UV_RUN_ONCE);
        if (t->lives >= ROUTER_LIVES ||
            t->received < FRAMES / ROUTER_LIVES * t->lives)
            continue;
        shell_close(t->router);
        open_router(t);
    }
}

static void nothing_is_lost_when_the_router_dies(void **state)
{
    struct suite *t = *state;
    const struct channel_events sending = {.on_discharged = on_discharged};
    const struct channel_events receiving = {.on_frame = on_frame};
    struct node_options options = {
        .socket_path = t->path, .name = "c2sd.0", .window_bytes = WINDOW};

    open_router(t);
    t->sender = node_new(&t->loop, &options, &sending, t);
    options.name = "sm.0";
    t->receiver = node_new(&t->loop, &options, &receiving, t);
    channels_bind(node_channels(t->sender), STR("c2s/0"), 1);
    channels_bind(node_channels(t->receiver), STR("sm/0"), 1);
    node_on_turn(t->sender, on_sender_turn, t);

    run(t);

    assert_true(t->in_order);
    assert_int_equal(t->received, FRAMES);
    assert_int_equal(t->discharged, FRAMES);
    assert_int_equal(t->lives, ROUTER_LIVES);
    node_free(t->sender);
    node_free(t->receiver);
    shell_close(t->router);
}

static int set_up(void **state)
{
    struct suite *t = NEW(struct suite);

    signal(SIGPIPE, SIG_IGN);
    uv_loop_init(&t->loop);
    strcpy(t->directory, "/tmp/link-loss-XXXXXX");
    assert_non_null(mkdtemp(t->directory));
    snprintf(t->path, sizeof(t->path), "%s/router.sock", t->directory);
    t->options.users.developer = geteuid();
    t->options.max_peer_buffer = 16u << 20;
    t->options.max_peers = 8;
    t->options.max_peers_per_user = 8;
    t->in_order = true;
    *state = t;
    return log_open("test", "/dev/null", LOG_LEVEL_INFO, NULL) ? 0 : -1;
}

static int tear_down(void **state)
{
    struct suite *t = *state;

    uv_run(&t->loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&t->loop), 0);
    (void)unlink(t->path); /* libuv has removed it already */
    assert_int_equal(rmdir(t->directory), 0);
    free(t);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(nothing_is_lost_when_the_router_dies,
                                        set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
