#include "shell.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <utlist.h>

#include "caller.h"
#include "common/service/service.h"
#include "connection.h"
#include "dial.h"
#include "keys.h"

#define TICK_MS  1000
#define DRAIN_MS 50

/* --- the link ------------------------------------------------------------- */

static void on_frame(void *ctx, struct channel *channel,
                     const struct frame *frame)
{
    struct shell *shell = ctx;

    shell->s2sd.now_ms = (int64_t)clock_monotonic_ms();
    s2sd_on_frame(&shell->s2sd, channel, frame);
}

static void on_discharged(void *ctx, struct channel *channel, uint64_t seq,
                          void *cookie)
{
    struct shell *shell = ctx;

    (void)channel, (void)seq;
    s2sd_on_discharged(&shell->s2sd, cookie);
}

static void on_writable(void *ctx, struct channel *channel)
{
    struct shell *shell = ctx;

    s2sd_on_writable(&shell->s2sd, channel);
}

static const struct channel_events events = {
    .on_frame = on_frame,
    .on_discharged = on_discharged,
    .on_writable = on_writable,
};

/* All that a turn has for a server leaves in one write. */
static void on_turn(void *ctx)
{
    struct shell *shell = ctx;
    struct connection *connection;

    while ((connection = shell->dirty)) {
        DL_DELETE2(shell->dirty, connection, dirty_prev, dirty_next);
        connection->is_dirty = false;
        connection_update(connection);
    }
}

static void on_tick(uv_timer_t *timer)
{
    struct shell *shell = timer->data;
    struct connection *connection, *next;

    shell->s2sd.now_ms = (int64_t)clock_monotonic_ms();
    s2sd_tick(&shell->s2sd);
    DL_FOREACH_SAFE(shell->connections, connection, next)
    connection_tick(connection);
}

/* --- listening ------------------------------------------------------------ */

static bool listen_on(struct shell *shell, const char *port_option, bool is_tls,
                      struct error *error)
{
    const struct config *config = shell->daemon.config;
    uint16_t port = (uint16_t)config_int(config, port_option);

    return acceptor_listen_all(&shell->acceptor, config, "s2sd.listen", port,
                               true, is_tls, error);
}

bool shell_listen(struct shell *shell, struct error *error)
{
    return keys_load(shell, error) &&
           listen_on(shell, "s2sd.port", false, error) &&
           listen_on(shell, "s2sd.tls-port", true, error);
}

/* Whether another connection of this address may come in. */
static bool is_welcome(struct shell *shell, const char *peer)
{
    int64_t most =
        config_int(shell->daemon.config, "s2sd.max-connections-per-address");

    if (!most || caller_streams(&shell->s2sd, peer) < most)
        return true;
    shell->s2sd.refused++;
    if (log_limit_allows(&shell->s2sd.log_limit, "connection-refused"))
        log_event(LOG_LEVEL_WARN, "connection-refused", LOG_TEXT("peer", peer),
                  LOG_TEXT("reason", "too many connections"));
    return false;
}

static void on_connection(void *ctx, int fd, const char *peer, int is_tls)
{
    struct shell *shell = ctx;

    shell->s2sd.now_ms = (int64_t)clock_monotonic_ms();
    if (is_welcome(shell, peer))
        connection_open(shell, fd, peer, is_tls);
    else
        close(fd);
}

/* --- life ----------------------------------------------------------------- */

static void start_node(struct shell *shell)
{
    struct s2sd *s2sd = &shell->s2sd;
    const struct node_options options = node_options_of(
        &shell->daemon, shell->counters, COUNT_OF(shell->counters));
    char address[32];

    shell->counters[0] = (struct counter){"streams-in", &s2sd->streams_in};
    shell->counters[1] = (struct counter){"streams-out", &s2sd->streams_out};
    shell->counters[2] = (struct counter){"stanzas-in", &s2sd->stanzas_in};
    shell->counters[3] = (struct counter){"stanzas-out", &s2sd->stanzas_out};
    shell->counters[4] = (struct counter){"bounced", &s2sd->bounced};
    shell->counters[5] = (struct counter){"refused", &s2sd->refused};
    shell->node = node_new(shell->daemon.loop, &options, &events, shell);
    node_on_turn(shell->node, on_turn, shell);
    s2sd->channels = node_channels(shell->node);
    for (unsigned i = s2sd->instance; i < FEDERATION_ADDRESSES; i += s2sd->of)
        channels_bind(s2sd->channels, address_write(address, ADDRESS_S2S, i),
                      clock_epoch());
}

static bool start_resolver(struct shell *shell, struct error *error)
{
    const struct config *config = shell->daemon.config;
    struct buf servers = {0};

    for (size_t i = 0; i < config_list_count(config, "s2sd.name-servers"); i++)
        buf_printf(&servers, "%s%.*s", i ? "," : "",
                   STR_ARG(config_list_item(config, "s2sd.name-servers", i)));
    buf_add_char(&servers, '\0');
    shell->resolver =
        resolver_new(shell->daemon.loop, buf_view(&servers).p, error);
    buf_clear(&servers);
    return shell->resolver != NULL;
}

bool shell_start(struct shell *shell, struct error *error)
{
    static const struct s2sd_effects effects = {
        .dial = dial_start,
        .give_up = dial_give_up,
        .wake = connection_wake,
        .peer_is = connection_peer_is,
    };
    struct s2sd *s2sd = &shell->s2sd;

    if (!start_resolver(shell, error))
        return false;
    s2sd->config = shell->daemon.config;
    s2sd->effects = &effects;
    s2sd->ctx = shell;
    s2sd->secret = (struct str){(const char *)shell->key, sizeof(shell->key)};
    s2sd->instance = shell->daemon.options.instance;
    s2sd->of = shell->daemon.options.of;
    s2sd->address = address_write(shell->address, ADDRESS_S2S, s2sd->instance);
    s2sd->now_ms = (int64_t)clock_monotonic_ms();
    s2sd_init(s2sd);
    start_node(shell);
    shell->acceptor.on_connection = on_connection;
    shell->acceptor.ctx = shell;
    acceptor_start(&shell->acceptor, shell->daemon.loop);
    uv_timer_init(shell->daemon.loop, &shell->timer);
    shell->timer.data = shell;
    uv_timer_start(&shell->timer, on_tick, TICK_MS, TICK_MS);
    return true;
}

void shell_reload(struct shell *shell)
{
    shell->s2sd.config = shell->daemon.config;
    keys_reload(shell);
}

static void on_drain_tick(uv_timer_t *timer)
{
    struct shell *shell = timer->data;

    shell->s2sd.now_ms = (int64_t)clock_monotonic_ms();
    if (s2sd_drain(&shell->s2sd))
        daemon_stop(&shell->daemon);
}

void shell_drain(struct shell *shell)
{
    /* Connections wait at the socket that the supervisor holds. */
    acceptor_close(&shell->acceptor);
    shell->s2sd.now_ms = (int64_t)clock_monotonic_ms();
    s2sd_drain_begin(&shell->s2sd);
    uv_timer_start(&shell->timer, on_drain_tick, 0, DRAIN_MS);
}

/* What is not known to have arrived is kept by those who sent it, for the next
 * s2sd: nothing is returned here. */
void shell_stop(struct shell *shell)
{
    struct connection *connection, *next;

    uv_close((uv_handle_t *)&shell->timer, NULL);
    acceptor_close(&shell->acceptor);
    s2sd_stop(&shell->s2sd);
    dials_give_up(shell);
    DL_FOREACH_SAFE(shell->connections, connection, next)
    {
        connection_update(connection);
        connection_close(connection, "s2sd stops");
    }
    resolver_free(shell->resolver);
    node_free(shell->node);
}
