#include "shell.h"

#include <stdlib.h>

#include "certificate_set.h"
#include "common/service/service.h"

#define TICK_MS  1000
#define SWEEP_S  10
#define DRAIN_MS 5000

/* --- the link ------------------------------------------------------------- */

static struct str own_address(const struct webd *webd, char into[32])
{
    return address_write(into, ADDRESS_WEB, webd->daemon.options.instance);
}

static void send_frame(void *ctx, struct str domain, struct str address,
                       struct str body)
{
    struct webd *webd = ctx;
    const struct frame frame = {.body = body};

    channel_send(channels_get(node_channels(webd->node), domain, address),
                 &frame, NULL);
}

static const struct service_effects effects = {.send = send_frame};

/* Whatever a stanza causes is under way on another channel when this returns.
 */
static void on_frame(void *ctx, struct channel *channel,
                     const struct frame *frame)
{
    struct webd *webd = ctx;
    char own[32];

    webd->service.now_s = unix_s();
    if (str_eq(channel_local(channel), own_address(webd, own)) &&
        address_parse(channel_remote(channel), NULL) == ADDRESS_SM)
        api_receive(webd, frame);
    else
        service_receive(&webd->service, channel_remote(channel), frame->body);
    channel_discharge(channel, frame->seq);
}

static void on_datagram(void *ctx, const struct frame *frame)
{
    metrics_receive(ctx, frame);
}

static const struct channel_events events = {.on_frame = on_frame,
                                             .on_datagram = on_datagram};

static void bind_addresses(struct webd *webd)
{
    const struct config *config = webd->daemon.config;
    struct channels *channels = node_channels(webd->node);
    struct arena arena = {0};
    char own[32];

    channels_bind(channels, own_address(webd, own), clock_epoch());
    for (size_t i = 0; i < service_count(config, SERVICE_UPLOAD); i++)
        channels_bind(channels,
                      service_domain(config, SERVICE_UPLOAD, &arena, i),
                      clock_epoch());
    arena_clear(&arena);
}

static void start_node(struct webd *webd)
{
    const struct http_server *server = &webd->server;
    const struct files *files = &webd->files;
    const struct counter counters[] = {
        {"connections", &server->count},
        {"requests", &server->requests},
        {"connections-refused", &server->refused},
        {"too-slow", &server->timeouts},
        {"slots", &webd->service.slots},
        {"slots-refused", &webd->service.refused},
        {"uploads", &files->uploads},
        {"uploads-refused", &files->refused},
        {"infected", &files->infected},
        {"downloads", &files->downloads},
        {"files", &files->ledger.count},
        {"file-bytes", &files->ledger.bytes},
        {"files-expired", &files->expired},
        {"api-requests", &webd->api.requests},
        {"api-refused", &webd->api.refused},
    };
    const struct node_options options =
        node_options_of(&webd->daemon, webd->counters, COUNT_OF(counters));

    memcpy(webd->counters, counters, sizeof(counters));
    webd->node = node_new(webd->daemon.loop, &options, &events, webd);
    bind_addresses(webd);
}

/* --- life ----------------------------------------------------------------- */

static void stop_when_drained(struct webd *webd)
{
    if (webd->drain_until_ms > 0 &&
        (!webd->server.exchanges ||
         clock_monotonic_ms() >= webd->drain_until_ms))
        daemon_stop(&webd->daemon);
}

void shell_drain(struct webd *webd)
{
    acceptor_close(&webd->server.acceptor);
    webd->drain_until_ms = clock_monotonic_ms() + DRAIN_MS;
    stop_when_drained(webd);
}

static void on_tick(uv_timer_t *timer)
{
    struct webd *webd = timer->data;

    stop_when_drained(webd);
    if (webd->daemon.is_stopped)
        return;
    server_tick(&webd->server);
    metrics_tick(webd);
    api_tick(webd);
    if (++webd->seconds % SWEEP_S == 0)
        files_sweep(&webd->files);
    certificate_set_tick(clock_monotonic_ms());
}

static void start_tick(struct webd *webd)
{
    uv_timer_init(webd->daemon.loop, &webd->tick);
    webd->tick.data = webd;
    uv_timer_start(&webd->tick, on_tick, TICK_MS, TICK_MS);
}

/* Without TLS at any port there need be none. */
static bool load_certificates(struct webd *webd, struct error *error)
{
    const struct config *config = webd->daemon.config;
    bool has_tls = config_int(config, "webd.port") != 0 ||
                   (config_int(config, "webd.api-port") != 0 &&
                    config_bool(config, "webd.api-tls"));

    return !has_tls || certificate_set_load(&webd->daemon, error);
}

bool shell_listen(struct webd *webd, struct error *error)
{
    webd->server.webd = webd;
    webd->server.daemon = &webd->daemon;
    return load_certificates(webd, error) &&
           server_listen(&webd->server, error);
}

/* What the configuration says, else what systemd has made, else the suite's. */
static struct str folder_path(const struct webd *webd, struct arena *arena)
{
    struct str path = config_str(webd->daemon.config, "webd.folder");
    const char *state = getenv("STATE_DIRECTORY");

    if (path.len > 0)
        return arena_dup(arena, path);
    return state ? str_of(state)
                 : arena_printf(arena, "%s/../uploads",
                                webd->daemon.options.run_dir);
}

static bool open_files(struct webd *webd, struct error *error)
{
    struct arena arena = {0};
    const char *path = folder_path(webd, &arena).p;
    bool is_open = daemon_confine_writes(&webd->daemon, path, error) &&
                   files_open(&webd->files, webd->daemon.config, path, error);

    arena_clear(&arena);
    return is_open;
}

bool shell_start(struct webd *webd, struct error *error)
{
    /* Those that wait for a scanner or the disk do not wait for each other. */
    (void)setenv("UV_THREADPOOL_SIZE", "16", 0);
    api_init(&webd->api);
    if (!open_files(webd, error) || !server_start(&webd->server, error))
        return false;
    webd->service.config = webd->daemon.config;
    webd->service.ledger = &webd->files.ledger;
    webd->service.key = (struct str){webd->files.folder.key, SLOT_KEY_LENGTH};
    webd->service.effects = &effects;
    webd->service.ctx = webd;
    service_init(&webd->service);
    start_tick(webd);
    start_node(webd);
    return true;
}

void shell_reload(struct webd *webd)
{
    struct error error;

    webd->service.config = webd->daemon.config;
    files_set_limits(&webd->files, webd->daemon.config);
    if (!load_certificates(webd, &error))
        log_event(LOG_LEVEL_ERROR, "certificates-refused",
                  LOG_TEXT("reason", error.text));
}

void shell_stop(struct webd *webd)
{
    server_stop(&webd->server);
    uv_close((uv_handle_t *)&webd->tick, NULL);
    node_free(webd->node);
    webd->node = NULL;
}

void shell_clear(struct webd *webd)
{
    server_clear(&webd->server);
    api_clear(&webd->api);
    files_close(&webd->files);
    if (webd->service.parser)
        service_clear(&webd->service);
    certificate_set_free();
}
