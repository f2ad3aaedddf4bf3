#include "shell.h"

#include "sm/query/external.h"
#include "sm/store/shell_store.h"

#define TICK_MS        1000
#define TICKS_PER_HOUR 3600
#define DB_ROLE        "posthouse_sm"

/* --- the link ------------------------------------------------------------- */

static struct sm *sm_now(void *ctx)
{
    struct shell *shell = ctx;

    shell->sm.now_ms = clock_unix_ms();
    shell->sm.steady_ms = (int64_t)clock_monotonic_ms();
    return &shell->sm;
}

static void on_frame(void *ctx, struct channel *channel,
                     const struct frame *frame)
{
    sm_on_frame(sm_now(ctx), channel, frame);
}

static void on_discharged(void *ctx, struct channel *channel, uint64_t seq,
                          void *cookie)
{
    struct shell *shell = ctx;

    (void)seq;
    sm_on_discharged(&shell->sm, channel, cookie);
}

static void on_synced(void *ctx, struct channel *channel)
{
    sm_on_synced(sm_now(ctx), channel);
}
static void on_peer_restarted(void *ctx, struct channel *channel)
{
    sm_on_peer_restarted(sm_now(ctx), channel);
}

static void on_down(void *ctx, struct str address)
{
    sm_on_down(sm_now(ctx), address);
}

static void on_up(void *ctx, struct str address, struct str node)
{
    (void)node;
    sm_on_up(sm_now(ctx), address);
}

static void on_datagram(void *ctx, const struct frame *frame)
{
    sm_on_datagram(sm_now(ctx), frame);
}

static void on_bound(void *ctx, struct str address)
{
    sm_on_bound(sm_now(ctx), address);
}

static const struct channel_events events = {
    .on_up = on_up,
    .on_datagram = on_datagram,
    .on_bound = on_bound,
    .on_frame = on_frame,
    .on_discharged = on_discharged,
    .on_peer_restarted = on_peer_restarted,
    .on_synced = on_synced,
    .on_down = on_down,
};

/* Whoever starts or restarts a suite goes on when the sessions are here. */
static void on_turn(void *ctx)
{
    struct shell *shell = ctx;

    if (!shell->sm.is_serving || shell->is_ready)
        return;
    shell->is_ready = true;
    daemon_ready(&shell->daemon);
}

static void on_tick(uv_timer_t *timer)
{
    struct shell *shell = timer->data;

    sm_tick(sm_now(shell));
    if (++shell->ticks % TICKS_PER_HOUR == 0)
        store_make_partitions(shell->sm.store);
}

/* --- start and end -------------------------------------------------------- */

static void start_node(struct shell *shell)
{
    const struct sm *sm = &shell->sm;
    const struct node_options options = node_options_of(
        &shell->daemon, shell->counters, COUNT_OF(shell->counters));

    shell->counters[0] = (struct counter){"sessions", &sm->sessions_open};
    shell->counters[1] = (struct counter){"messages", &sm->messages};
    shell->counters[2] = (struct counter){"presences", &sm->presences};
    shell->counters[3] = (struct counter){"queries", &sm->iqs};
    shell->counters[4] = (struct counter){"offline", &sm->offline_stored};
    shell->counters[5] = (struct counter){"accounts", &sm->accounts_loaded};
    shell->counters[6] = (struct counter){"refused", &sm->refused_frames};
    shell->counters[7] = (struct counter){"archived", &sm->archived};
    shell->counters[8] = (struct counter){"journalled", &sm->journalled};
    shell->node = node_new(shell->daemon.loop, &options, &events, shell);
    node_on_turn(shell->node, on_turn, shell);
    shell->sm.channels = node_channels(shell->node);
}

/* The database answers: this process serves its shards from now on. */
static void on_store_ready(void *ctx, uint64_t epoch)
{
    struct shell *shell = ctx;
    char address[32];

    for (unsigned shard = 0; shard < JID_SHARDS; shard++)
        if (shard % shell->sm.of == shell->sm.instance)
            channels_bind(shell->sm.channels,
                          address_write(address, ADDRESS_SM, shard), epoch);
}

static struct store *start_store(struct shell *shell)
{
    struct arena arena = {0};
    struct store *store = store_open(
        shell->daemon.loop, daemon_conninfo(&shell->daemon, &arena, DB_ROLE),
        &shell->sm, on_store_ready, shell);

    arena_clear(&arena);
    return store;
}

void shell_start(struct shell *shell)
{
    struct sm *sm = &shell->sm;

    sm->config = shell->daemon.config;
    sm->instance = shell->daemon.options.instance;
    sm->of = shell->daemon.options.of ? shell->daemon.options.of : 1;
    sm->now_ms = clock_unix_ms();
    sm->steady_ms = (int64_t)clock_monotonic_ms();
    sm_init(sm);
    relay_secret_load(sm);
    start_node(shell);
    sm->store = start_store(shell);
    uv_timer_init(shell->daemon.loop, &shell->timer);
    shell->timer.data = shell;
    uv_timer_start(&shell->timer, on_tick, TICK_MS, TICK_MS);
}

void shell_reload(struct shell *shell)
{
    shell->sm.config = shell->daemon.config;
    relay_secret_load(&shell->sm);
}

/* What is not committed is not discharged either: the senders keep it. */
void shell_stop(struct shell *shell)
{
    uv_close((uv_handle_t *)&shell->timer, NULL);
    store_close(shell->sm.store);
    node_free(shell->node);
}
