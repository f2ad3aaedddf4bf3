#include "shell.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <utlist.h>

#include "addresses.h"
#include "common/certificates/certificates.h"
#include "common/log/log.h"
#include "connection.h"

#define TICK_MS  1000
#define DRAIN_MS 20

static const struct door_row {
    const char *port;
    const char *const alpn[2];
    bool requires_alpn;
    bool asks_for_certificates; /* browsers would bother people with that */
} doors[DOORS] = {
    [DOOR_XMPP] = {"c2sd.port", {NULL}, false, true},
    [DOOR_TLS] = {"c2sd.tls-port", {"xmpp-client"}, true, true},
    [DOOR_WEB] = {"c2sd.web-port", {"http/1.1"}, true, false},
};

/* --- the link ------------------------------------------------------------- */

static void on_frame(void *ctx, struct channel *channel,
                     const struct frame *frame)
{
    struct shell *shell = ctx;

    shell->c2sd.now_ms = (int64_t)clock_monotonic_ms();
    c2sd_on_frame(&shell->c2sd, channel, frame);
}

static void on_discharged(void *ctx, struct channel *channel, uint64_t seq,
                          void *cookie)
{
    struct shell *shell = ctx;

    (void)seq;
    c2sd_on_discharged(&shell->c2sd, channel, cookie);
}

static void on_writable(void *ctx, struct channel *channel)
{
    struct shell *shell = ctx;

    c2sd_on_writable(&shell->c2sd, channel);
}

static void on_peer_restarted(void *ctx, struct channel *channel)
{
    struct shell *shell = ctx;

    c2sd_on_peer_restarted(&shell->c2sd, channel);
}

static void on_down(void *ctx, struct str address)
{
    struct shell *shell = ctx;

    c2sd_on_down(&shell->c2sd, address);
}

static void on_datagram(void *ctx, const struct frame *frame)
{
    struct shell *shell = ctx;

    c2sd_on_datagram(&shell->c2sd, frame);
}

static const struct channel_events events = {
    .on_datagram = on_datagram,
    .on_frame = on_frame,
    .on_discharged = on_discharged,
    .on_writable = on_writable,
    .on_peer_restarted = on_peer_restarted,
    .on_down = on_down,
};

/* All that a turn has for a client leaves in one write. */
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

    shell->c2sd.now_ms = (int64_t)clock_monotonic_ms();
    DL_FOREACH_SAFE(shell->connections, connection, next)
    connection_tick(connection);
    c2sd_tick(&shell->c2sd);
}

/* --- listening ------------------------------------------------------------ */

static struct tls_server *load_certificates(struct shell *shell, enum door door,
                                            struct error *error)
{
    const struct door_row *row = &doors[door];
    const struct config *config = shell->daemon.config;
    struct arena arena = {0};
    struct str ca = config_str(config, "c2sd.client-ca");
    struct str ciphers = config_str(config, "c2sd.ciphers");
    struct tls_server_options options = {
        .ciphers = ciphers.len ? arena_dup(&arena, ciphers).p : NULL,
        .client_ca = ca.len && row->asks_for_certificates
                         ? arena_dup(&arena, ca).p
                         : NULL,
        .alpn = row->alpn[0] ? row->alpn : NULL,
        .require_alpn = row->requires_alpn,
    };
    struct tls_server *server;

    certificates_take(&options, &shell->daemon, &arena, "c2sd.certificate",
                      "c2sd.key");
    server = tls_server_new(&options, error);
    arena_clear(&arena);
    return server;
}

static bool listen_on(struct shell *shell, enum door door, struct error *error)
{
    const struct config *config = shell->daemon.config;
    uint16_t port = (uint16_t)config_int(config, doors[door].port);

    return acceptor_listen_all(&shell->acceptor, config, "c2sd.listen", port,
                               true, (int)door, error);
}

bool shell_listen(struct shell *shell, struct error *error)
{
    for (int door = 0; door < DOORS; door++) {
        shell->tls[door] = load_certificates(shell, (enum door)door, error);
        if (!shell->tls[door] || !listen_on(shell, (enum door)door, error))
            return false;
    }
    return true;
}

/* Whether another connection of this address may come in. */
static bool is_welcome(struct shell *shell, const char *peer)
{
    const struct config *config = shell->daemon.config;
    int64_t most = config_int(config, "c2sd.max-connections");
    int64_t each = config_int(config, "c2sd.max-connections-per-address");

    if ((most && shell->c2sd.connections >= (uint64_t)most) ||
        (each && addresses_count(shell->addresses, peer) >= (uint64_t)each)) {
        shell->c2sd.refused++;
        log_event(LOG_LEVEL_WARN, "connection-refused", LOG_TEXT("peer", peer),
                  LOG_TEXT("reason", "too many connections"));
        return false;
    }
    return true;
}

static void on_connection(void *ctx, int fd, const char *peer, int door)
{
    struct shell *shell = ctx;
    const struct config *config = shell->daemon.config;

    shell->c2sd.now_ms = (int64_t)clock_monotonic_ms();
    if (!is_welcome(shell, peer)) {
        close(fd);
        return;
    }
    socket_expect_life(fd, (int)config_int(config, "c2sd.keepalive"),
                       (int)config_int(config, "c2sd.network-timeout"));
    connection_open(shell, fd, peer, (enum door)door);
}

/* --- life ----------------------------------------------------------------- */

static void start_node(struct shell *shell)
{
    struct c2sd *c2sd = &shell->c2sd;
    const struct node_options options = node_options_of(
        &shell->daemon, shell->counters, COUNT_OF(shell->counters));

    shell->counters[0] = (struct counter){"connections", &c2sd->connections};
    shell->counters[1] = (struct counter){"sessions", &c2sd->sessions};
    shell->counters[2] = (struct counter){"stanzas-in", &c2sd->stanzas_in};
    shell->counters[3] = (struct counter){"stanzas-out", &c2sd->stanzas_out};
    shell->counters[4] = (struct counter){"logins", &c2sd->logins};
    shell->counters[5] = (struct counter){"refused", &c2sd->refused};
    shell->node = node_new(shell->daemon.loop, &options, &events, shell);
    node_on_turn(shell->node, on_turn, shell);
    c2sd->channels = node_channels(shell->node);
    c2sd->address = address_write(shell->address, ADDRESS_C2S,
                                  shell->daemon.options.instance);
    /* What sm still says to a stream of the process before us must not reach
     * another. */
    c2sd->last_sid = c2sd_first_sid((int64_t)clock_monotonic_ms());
    channels_bind(c2sd->channels, c2sd->address, clock_epoch());
}

void shell_start(struct shell *shell)
{
    static const struct c2sd_effects effects = {
        .binding = connection_binding,
        .certificate = connection_certificate,
        .wake = connection_wake,
        .has_binding = connection_has_binding,
    };

    shell->c2sd.config = shell->daemon.config;
    shell->c2sd.effects = &effects;
    shell->c2sd.now_ms = (int64_t)clock_monotonic_ms();
    c2sd_init(&shell->c2sd);
    start_node(shell);
    shell->acceptor.on_connection = on_connection;
    shell->acceptor.ctx = shell;
    acceptor_start(&shell->acceptor, shell->daemon.loop);
    uv_timer_init(shell->daemon.loop, &shell->timer);
    shell->timer.data = shell;
    uv_timer_start(&shell->timer, on_tick, TICK_MS, TICK_MS);
}

static void replace(struct shell *shell, enum door door)
{
    struct error error = {0};
    struct tls_server *fresh = load_certificates(shell, door, &error);

    if (!fresh) {
        log_event(LOG_LEVEL_ERROR, "certificate-kept",
                  LOG_TEXT("reason", error.text));
        return;
    }
    tls_server_unref(shell->tls[door]);
    shell->tls[door] = fresh;
}

void shell_reload(struct shell *shell)
{
    shell->c2sd.config = shell->daemon.config;
    for (int door = 0; door < DOORS; door++)
        replace(shell, (enum door)door);
}

static void on_drain_tick(uv_timer_t *timer)
{
    struct shell *shell = timer->data;

    shell->c2sd.now_ms = (int64_t)clock_monotonic_ms();
    if (c2sd_drain(&shell->c2sd))
        daemon_stop(&shell->daemon);
}

void shell_drain(struct shell *shell)
{
    /* Connections wait at the socket that the supervisor holds, or go to
     * another process that listens there. */
    acceptor_close(&shell->acceptor);
    shell->c2sd.now_ms = (int64_t)clock_monotonic_ms();
    c2sd_drain_begin(&shell->c2sd);
    uv_timer_start(&shell->timer, on_drain_tick, 0, DRAIN_MS);
}

void shell_stop(struct shell *shell)
{
    struct connection *connection, *next;

    uv_close((uv_handle_t *)&shell->timer, NULL);
    acceptor_close(&shell->acceptor);
    DL_FOREACH_SAFE(shell->connections, connection, next)
    {
        client_shutdown(connection->client);
        connection_update(connection);
        connection_close(connection);
    }
    node_free(shell->node);
}
