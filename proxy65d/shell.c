#include "shell.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/service/service.h"
#include "connection.h"
#include "handover.h"
#include "relay.h"
#include "udp_socket.h"

#define TICK_MS 1000

uint64_t shell_now(struct proxy *proxy)
{
    proxy->now_ms = clock_monotonic_ms();
    proxy->service.now_ms = proxy->now_ms;
    return proxy->now_ms;
}

/* --- the link ------------------------------------------------------------- */

static struct str own_address(const struct proxy *proxy, char into[32])
{
    return address_write(into, ADDRESS_PROXY, proxy->daemon.options.instance);
}

/* An absent domain: from this process itself. */
static void send_frame(void *ctx, struct str domain, struct str address,
                       struct str body)
{
    struct proxy *proxy = ctx;
    char own[32];
    struct str local = domain.p ? domain : own_address(proxy, own);
    const struct frame frame = {.body = body};

    channel_send(channels_get(node_channels(proxy->node), local, address),
                 &frame, NULL);
}

static bool address_is_up(void *ctx, struct str address)
{
    struct proxy *proxy = ctx;

    return channels_is_up(node_channels(proxy->node), address);
}

static const struct service_effects effects = {.send = send_frame,
                                               .is_up = address_is_up};

/* Whatever a query causes is done, or under way on another channel, when this
 * returns. */
static void on_frame(void *ctx, struct channel *channel,
                     const struct frame *frame)
{
    struct proxy *proxy = ctx;

    (void)shell_now(proxy);
    service_receive(&proxy->service, channel_local(channel),
                    channel_remote(channel), frame->body);
    channel_discharge(channel, frame->seq);
}

static const struct channel_events events = {.on_frame = on_frame};

static void bind_domains(struct proxy *proxy)
{
    const struct config *config = proxy->daemon.config;
    struct arena arena = {0};

    for (size_t i = 0; i < service_count(config, SERVICE_PROXY); i++)
        channels_bind(node_channels(proxy->node),
                      service_domain(config, SERVICE_PROXY, &arena, i),
                      clock_epoch());
    arena_clear(&arena);
}

static void start_node(struct proxy *proxy)
{
    const struct counter counters[] = {
        {"streams", &proxy->quota.active},
        {"transfers", &proxy->streams.transfers},
        {"bytes", &proxy->streams.bytes},
        {"waiting", &proxy->waiting},
        {"refused", &proxy->streams.refused},
        {"connections-refused", &proxy->refused_accepts},
        {"udp-datagrams", &proxy->associations.datagrams},
        {"udp-dropped", &proxy->associations.dropped},
    };
    const struct node_options options =
        node_options_of(&proxy->daemon, proxy->counters, COUNT_OF(counters));
    char own[32];

    memcpy(proxy->counters, counters, sizeof(counters));
    proxy->node = node_new(proxy->daemon.loop, &options, &events, proxy);
    channels_bind(node_channels(proxy->node), own_address(proxy, own),
                  clock_epoch());
    /* One process answers for all; its siblings hold their share of the
     * streams. */
    if (proxy->daemon.options.instance == 0)
        bind_domains(proxy);
}

/* --- accepting ------------------------------------------------------------ */

bool shell_listen(struct proxy *proxy, struct error *error)
{
    const struct config *config = proxy->daemon.config;
    uint16_t port = (uint16_t)config_int(config, "proxy65d.port");

    if (!acceptor_listen_all(&proxy->acceptor, config, "proxy65d.listen", port,
                             true, 0, error))
        return false;
    proxy->allows_udp = config_bool(config, "proxy65d.udp");
    return proxy->daemon.options.instance > 0 || !proxy->allows_udp ||
           udp_sockets_open(proxy, error);
}

static void on_connection(void *ctx, int fd, const char *peer, int kind)
{
    (void)kind;
    (void)shell_now(ctx);
    connection_open(ctx, fd, peer);
}

static void on_adopted(void *ctx, int fd, const char *peer,
                       const struct socks *socks)
{
    (void)shell_now(ctx);
    connection_adopt(ctx, fd, peer, socks);
}

/* --- life ----------------------------------------------------------------- */

static uint64_t share(const struct proxy *proxy, const char *key)
{
    uint64_t all = (uint64_t)config_int(proxy->daemon.config, key);
    uint64_t of = proxy->daemon.options.of;

    return all == 0 || all / of > 0 ? all / of : 1;
}

static void read_limits(struct proxy *proxy)
{
    const struct config *config = proxy->daemon.config;
    const struct quota_limits limits = {
        .max_streams = share(proxy, "proxy65d.max-streams"),
        .max_streams_per_user =
            (size_t)config_int(config, "proxy65d.max-streams-per-user"),
        .user_rate = (uint64_t)config_int(config, "proxy65d.user-bandwidth"),
        .total_rate = share(proxy, "proxy65d.bandwidth"),
    };

    quota_set_limits(&proxy->quota, &limits, shell_now(proxy));
}

/* The canonical form alone: the initiator's activation is compared with it. */
static bool may_use(void *ctx, struct str text)
{
    struct proxy *proxy = ctx;
    struct service *service = &proxy->service;
    struct jid jid;

    arena_reset(&service->arena);
    return jid_parse(&jid, &service->arena, text) && str_eq(jid.full, text) &&
           service_may_use(service, jid.domain);
}

static void on_tick(uv_timer_t *timer)
{
    struct proxy *proxy = timer->data;

    (void)shell_now(proxy);
    connections_expire(proxy);
    relays_expire(proxy);
    udp_expire(proxy);
}

static void start_core(struct proxy *proxy)
{
    struct service *service = &proxy->service;

    read_limits(proxy);
    proxy->streams.quota = proxy->associations.quota = &proxy->quota;
    proxy->streams.start = relay_start;
    proxy->streams.ctx = proxy;
    proxy->associations.may_use = may_use;
    proxy->associations.ctx = proxy;
    service->config = proxy->daemon.config;
    service->streams = &proxy->streams;
    service->associations = proxy->udp_count ? &proxy->associations : NULL;
    service->effects = &effects;
    service->ctx = proxy;
    service->instance = proxy->daemon.options.instance;
    service->of = proxy->daemon.options.of;
    service_init(service);
}

static void start_timers(struct proxy *proxy)
{
    uv_timer_init(proxy->daemon.loop, &proxy->tick);
    proxy->tick.data = proxy;
    uv_timer_start(&proxy->tick, on_tick, TICK_MS, TICK_MS);
}

/* The path of the router's socket would not fit into another socket's name. */
static void name_suite(const struct proxy *proxy, char name[SOCKS_KEY + 1])
{
    socks_make_key(name, str_of(proxy->daemon.router_path), STR(""), STR(""));
}

bool shell_start(struct proxy *proxy, struct error *error)
{
    char suite[SOCKS_KEY + 1];

    name_suite(proxy, suite);
    proxy->handover =
        handover_open(proxy->daemon.loop, suite, proxy->daemon.options.instance,
                      proxy->daemon.options.of, on_adopted, proxy, error);
    if (!proxy->handover)
        return false;
    start_core(proxy);
    start_timers(proxy);
    start_node(proxy);
    proxy->acceptor.on_connection = on_connection;
    proxy->acceptor.ctx = proxy;
    acceptor_start(&proxy->acceptor, proxy->daemon.loop);
    udp_sockets_start(proxy);
    return true;
}

void shell_reload(struct proxy *proxy)
{
    proxy->service.config = proxy->daemon.config;
    read_limits(proxy);
}

void shell_stop(struct proxy *proxy)
{
    (void)shell_now(proxy);
    acceptor_close(&proxy->acceptor);
    udp_sockets_stop(proxy);
    relays_stop(proxy);
    while (proxy->connections)
        connection_close(proxy->connections);
    handover_close(proxy->handover);
    uv_close((uv_handle_t *)&proxy->tick, NULL);
    node_free(proxy->node);
    proxy->node = NULL;
}

void shell_clear(struct proxy *proxy)
{
    if (proxy->service.parser)
        service_clear(&proxy->service);
    streams_clear(&proxy->streams);
    acceptor_clear(&proxy->acceptor);
    free(proxy->udp_sockets);
}
