#include "shell.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "connection.h"

#define TICK_MS 1000

/* --- effects of the components ------------------------------------------ */

static void bind_domain(void *ctx, struct str domain)
{
    struct compd *compd = ctx;

    channels_bind(node_channels(compd->node), domain, clock_epoch());
}

static void unbind_domain(void *ctx, struct str domain)
{
    struct compd *compd = ctx;

    channels_flush_acks(node_channels(compd->node));
    channels_unbind(node_channels(compd->node), domain);
}

/* Or will be soon. */
static bool address_is_up(void *ctx, struct str address)
{
    struct compd *compd = ctx;

    return channels_is_up(node_channels(compd->node), address) ||
           rooms_are_awaited(&compd->rooms, compd->daemon.config, address);
}

static bool send_frame(void *ctx, struct str domain, struct str address,
                       struct str body)
{
    struct compd *compd = ctx;
    struct channel *channel =
        channels_get(node_channels(compd->node), domain, address);
    const struct frame frame = {.body = body};

    channel_send(channel, &frame, NULL);
    compd->stanzas_in++;
    return !channel_is_full(channel);
}

static void discharge(void *ctx, struct channel *channel, uint64_t seq)
{
    (void)ctx;
    channel_discharge(channel, seq);
}

static const struct component_effects effects = {
    .bind = bind_domain,
    .unbind = unbind_domain,
    .is_up = address_is_up,
    .send = send_frame,
    .discharge = discharge,
};

/* --- events of the link --------------------------------------------------- */

static struct connection *find_connection(const struct compd *compd,
                                          struct str domain)
{
    struct connection *c = compd->connections;

    while (c && !component_answers(c->component, domain))
        c = c->next;
    return c;
}

static void on_frame(void *ctx, struct channel *channel,
                     const struct frame *frame)
{
    struct compd *compd = ctx;
    struct connection *c = find_connection(compd, channel_local(channel));

    if (!c) {
        channel_discharge(channel, frame->seq);
        return;
    }
    compd->stanzas_out++;
    component_deliver(c->component, channel, frame);
}

static void on_writable(void *ctx, struct channel *channel)
{
    struct connection *c = find_connection(ctx, channel_local(channel));

    if (!c)
        return;
    c->component->paused = false;
    connection_update(c);
}

static const struct channel_events events = {
    .on_frame = on_frame,
    .on_writable = on_writable,
};

/* Frames of a whole turn leave in one write per component. */
static void on_turn(void *ctx)
{
    struct compd *compd = ctx;
    struct connection *next;

    for (struct connection *c = compd->connections; c; c = next) {
        next = c->next;
        connection_update(c);
    }
}

/* --- rooms that are away --------------------------------------------------- */

static void on_given_back(void *ctx, struct str domain, struct str error)
{
    struct connection *c = find_connection(ctx, domain);

    if (c)
        tray_add(&c->component->tray, error, NULL, 0);
}

static void on_tick(uv_timer_t *timer)
{
    struct compd *compd = timer->data;

    rooms_tick(&compd->rooms, compd->daemon.config,
               (int64_t)clock_monotonic_ms());
    on_turn(compd);
}

static void start_rooms(struct compd *compd)
{
    compd->rooms.channels = node_channels(compd->node);
    compd->rooms.give_back = on_given_back;
    compd->rooms.ctx = compd;
    rooms_init(&compd->rooms);
    uv_timer_init(compd->daemon.loop, &compd->timer);
    compd->timer.data = compd;
    uv_timer_start(&compd->timer, on_tick, TICK_MS, TICK_MS);
}

/* --- listening ------------------------------------------------------------ */

bool shell_listen(struct compd *compd, struct error *error)
{
    const struct config *config = compd->daemon.config;

    return acceptor_listen_all(&compd->acceptor, config, "compd.listen",
                               (uint16_t)config_int(config, "compd.port"),
                               false, 0, error);
}

static void on_connection(void *ctx, int fd, const char *peer, int kind)
{
    struct compd *compd = ctx;
    int64_t most = config_int(compd->daemon.config, "compd.max-connections");

    (void)kind;
    if (compd->connected < (uint64_t)most) {
        connection_open(compd, fd, peer, &effects);
        return;
    }
    compd->refused_accepts++;
    close(fd);
}

static void start_node(struct compd *compd)
{
    char address[32];
    const struct node_options options = node_options_of(
        &compd->daemon, compd->counters, COUNT_OF(compd->counters));

    compd->counters[0] = (struct counter){"connections", &compd->connected};
    compd->counters[1] =
        (struct counter){"connections-refused", &compd->refused_accepts};
    compd->counters[2] =
        (struct counter){"stanzas-to-components", &compd->stanzas_out};
    compd->counters[3] =
        (struct counter){"stanzas-from-components", &compd->stanzas_in};
    compd->node = node_new(compd->daemon.loop, &options, &events, compd);
    node_on_turn(compd->node, on_turn, compd);
    channels_bind(
        node_channels(compd->node),
        address_write(address, ADDRESS_COMP, compd->daemon.options.instance),
        clock_epoch());
}

void shell_start(struct compd *compd)
{
    start_node(compd);
    start_rooms(compd);
    compd->acceptor.on_connection = on_connection;
    compd->acceptor.ctx = compd;
    acceptor_start(&compd->acceptor, compd->daemon.loop);
}

void shell_reload(struct compd *compd)
{
    registry_load(&compd->registry, compd->daemon.config);
    for (struct connection *c = compd->connections; c; c = c->next)
        if (c->component->state == COMPONENT_OPEN &&
            !registry_find(&compd->registry, c->component->domain))
            component_end(c->component, "host-gone", NULL);
    on_turn(compd);
}

void shell_stop(struct compd *compd)
{
    struct connection *next;

    acceptor_close(&compd->acceptor);
    for (struct connection *c = compd->connections; c; c = next) {
        next = c->next;
        component_end(c->component, "system-shutdown", NULL);
        connection_update(c);
        if (!c->closing)
            connection_close(c);
    }
    if (!compd->node)
        return;
    uv_close((uv_handle_t *)&compd->timer, NULL);
    rooms_clear(&compd->rooms);
    node_free(compd->node);
    compd->node = NULL;
}
