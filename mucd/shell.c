#include "shell.h"

#include "common/service/service.h"
#include "shell_store.h"

#define TICK_MS 1000
#define DB_ROLE "posthouse_muc"

static struct mucd *mucd_now(void *ctx)
{
    struct shell *shell = ctx;

    shell->mucd.now_ms = clock_unix_ms();
    shell->mucd.steady_ms = (int64_t)clock_monotonic_ms();
    return &shell->mucd;
}

static void on_frame(void *ctx, struct channel *channel,
                     const struct frame *frame)
{
    mucd_on_frame(mucd_now(ctx), channel, frame);
}

static void on_discharged(void *ctx, struct channel *channel, uint64_t seq,
                          void *cookie)
{
    struct shell *shell = ctx;

    (void)channel, (void)seq;
    mucd_on_discharged(&shell->mucd, cookie);
}

static void on_up(void *ctx, struct str address, struct str node)
{
    mucd_on_up(mucd_now(ctx), address, node);
}

/* Whoever starts or restarts a suite goes on when the rooms can be reached. */
static void on_bound(void *ctx, struct str address)
{
    struct shell *shell = ctx;

    (void)address;
    if (shell->is_ready)
        return;
    shell->is_ready = true;
    daemon_ready(&shell->daemon);
}

static const struct channel_events events = {
    .on_bound = on_bound,
    .on_frame = on_frame,
    .on_discharged = on_discharged,
    .on_up = on_up,
};

static void on_tick(uv_timer_t *timer)
{
    mucd_tick(mucd_now(timer->data));
}

static void start_node(struct shell *shell)
{
    const struct mucd *mucd = &shell->mucd;
    const struct node_options options = node_options_of(
        &shell->daemon, shell->counters, COUNT_OF(shell->counters));

    shell->counters[0] = (struct counter){"rooms", &mucd->room_count};
    shell->counters[1] = (struct counter){"occupants", &mucd->occupant_count};
    shell->counters[2] = (struct counter){"messages", &mucd->messages};
    shell->counters[3] = (struct counter){"frames-sent", &mucd->deliveries};
    shell->counters[4] = (struct counter){"refused", &mucd->refused_frames};
    shell->node = node_new(shell->daemon.loop, &options, &events, shell);
    shell->mucd.channels = node_channels(shell->node);
}

/* The rooms are in memory: this process serves its shards from now on, the
 * first one also the domains' own addresses. */
static void on_store_ready(void *ctx, uint64_t epoch)
{
    struct shell *shell = ctx;
    struct mucd *mucd = &shell->mucd;
    struct arena arena = {0};
    char address[32];

    for (unsigned shard = 0; shard < JID_SHARDS; shard++)
        if (shard % mucd->of == mucd->instance)
            channels_bind(mucd->channels,
                          address_write(address, ADDRESS_MUC, shard), epoch);
    for (size_t i = 0;
         mucd->instance == 0 && i < service_count(mucd->config, SERVICE_ROOMS);
         i++)
        channels_bind(mucd->channels,
                      service_domain(mucd->config, SERVICE_ROOMS, &arena, i),
                      epoch);
    arena_clear(&arena);
}

static struct store *start_store(struct shell *shell)
{
    struct arena arena = {0};
    struct store *store = store_open(
        shell->daemon.loop, daemon_conninfo(&shell->daemon, &arena, DB_ROLE),
        &shell->mucd, on_store_ready, shell);

    arena_clear(&arena);
    return store;
}

void shell_start(struct shell *shell)
{
    struct mucd *mucd = &shell->mucd;

    mucd->config = shell->daemon.config;
    mucd->instance = shell->daemon.options.instance;
    mucd->of = shell->daemon.options.of ? shell->daemon.options.of : 1;
    mucd->now_ms = clock_unix_ms();
    mucd->steady_ms = (int64_t)clock_monotonic_ms();
    mucd_init(mucd);
    start_node(shell);
    mucd->store = start_store(shell);
    uv_timer_init(shell->daemon.loop, &shell->timer);
    shell->timer.data = shell;
    uv_timer_start(&shell->timer, on_tick, TICK_MS, TICK_MS);
}

void shell_reload(struct shell *shell)
{
    shell->mucd.config = shell->daemon.config;
}

/* What is not committed is not discharged either: the senders keep it. */
void shell_stop(struct shell *shell)
{
    uv_close((uv_handle_t *)&shell->timer, NULL);
    store_close(shell->mucd.store);
    node_free(shell->node);
}
