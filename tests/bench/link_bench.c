/* What a frame costs on its way through the router: two nodes in this process,
 * the router in a child, 300 bytes of content, and at most 1, 8 or 64 frames
 * under way at a time. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/log/log.h"
#include "common/node/node.h"
#include "routerd/shell.h"

#define CONTENT_BYTES 300u

struct bench {
    uv_loop_t loop;
    struct node *sender;
    struct node *receiver;
    unsigned per_wakeup;
    unsigned frames;
    unsigned sent;
    unsigned discharged;
};

static void on_frame(void *ctx, struct channel *channel,
                     const struct frame *frame)
{
    (void)ctx;
    channel_discharge(channel, frame->seq);
}

static void on_discharged(void *ctx, struct channel *channel, uint64_t seq,
                          void *cookie)
{
    struct bench *bench = ctx;

    (void)channel;
    (void)seq;
    (void)cookie;
    bench->discharged++;
}

static void on_turn(void *ctx)
{
    static const char content[CONTENT_BYTES] = "<message/>";
    struct bench *bench = ctx;
    struct channel *channel =
        channels_get(node_channels(bench->sender), STR("c2s/0"), STR("sm/0"));
    const struct frame frame = {.body = {content, sizeof(content)}};

    if (bench->sent != bench->discharged)
        return;
    for (unsigned i = 0; i < bench->per_wakeup; i++, bench->sent++)
        channel_send(channel, &frame, NULL);
}

static double cpu_us(int who)
{
    struct rusage usage;

    getrusage(who, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e6 +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
}

static void stop_loop(uv_signal_t *handle, int number)
{
    (void)number;
    uv_stop(handle->loop);
}

/* The child: a router until SIGTERM. */
static int serve(const char *path)
{
    struct router_options options = {.users.developer = geteuid(),
                                     .max_peer_buffer = 64u << 20,
                                     .max_peers = 8,
                                     .max_peers_per_user = 8};
    struct error error;
    uv_loop_t loop;
    uv_signal_t terminate;
    struct shell *shell;

    uv_loop_init(&loop);
    shell = shell_open(&loop, path, &error);
    if (!shell)
        return EXIT_FAILURE;
    shell_start(shell, &options);
    uv_signal_init(&loop, &terminate);
    uv_signal_start(&terminate, stop_loop, SIGTERM);
    uv_run(&loop, UV_RUN_DEFAULT);
    return EXIT_SUCCESS;
}

static void exchange(struct bench *bench, const char *path)
{
    const struct channel_events sending = {.on_discharged = on_discharged};
    const struct channel_events receiving = {.on_frame = on_frame};
    struct node_options options = {
        .socket_path = path, .name = "c2sd.0", .window_bytes = 1u << 20};

    uv_loop_init(&bench->loop);
    bench->sender = node_new(&bench->loop, &options, &sending, bench);
    bench->receiver = node_new(&bench->loop, &options, &receiving, bench);
    channels_bind(node_channels(bench->sender), STR("c2s/0"), 1);
    channels_bind(node_channels(bench->receiver), STR("sm/0"), 1);
    node_on_turn(bench->sender, on_turn, bench);
    while (bench->discharged < bench->frames)
        uv_run(&bench->loop, UV_RUN_ONCE);
    node_free(bench->sender);
    node_free(bench->receiver);
    uv_run(&bench->loop, UV_RUN_DEFAULT);
    uv_loop_close(&bench->loop);
}

static void measure(unsigned per_wakeup, unsigned frames, const char *path)
{
    struct bench bench = {.per_wakeup = per_wakeup, .frames = frames};
    double own = cpu_us(RUSAGE_SELF);
    double routers = cpu_us(RUSAGE_CHILDREN);
    uint64_t start;
    double seconds;
    pid_t child = fork();

    if (child == 0)
        _exit(serve(path));
    start = uv_hrtime();
    exchange(&bench, path);
    seconds = (double)(uv_hrtime() - start) / 1e9;
    kill(child, SIGTERM);
    waitpid(child, NULL, 0);
    printf("%2u per wake-up: %8.0f frames/s, CPU us per frame: router %.2f, "
           "both ends %.2f\n",
           per_wakeup, bench.discharged / seconds,
           (cpu_us(RUSAGE_CHILDREN) - routers) / bench.discharged,
           (cpu_us(RUSAGE_SELF) - own) / bench.discharged);
}

int main(void)
{
    char directory[] = "/tmp/link-bench-XXXXXX";
    char path[96];

    if (!mkdtemp(directory) ||
        !log_open("bench", "/dev/null", LOG_LEVEL_INFO, NULL))
        return EXIT_FAILURE;
    signal(SIGPIPE, SIG_IGN);
    snprintf(path, sizeof(path), "%s/router.sock", directory);
    measure(1, 50000, path);
    measure(8, 400000, path);
    measure(64, 1000000, path);
    (void)unlink(path);
    return rmdir(directory) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
