/* Bytes of a stranger at the door of the web: an HTTP request, frames of a
 * WebSocket, what they say; in pieces, with the output taken now and then. The
 * first byte of the input is the size of a piece; 0: the request is made for
 * it.
 */
#include <stdlib.h>

#include "c2sd/websocket.h"
#include "common/log/log.h"

#define UPGRADE                                                                \
    "GET /xmpp-websocket HTTP/1.1\r\nUpgrade: websocket\r\n"                   \
    "Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"   \
    "Sec-WebSocket-Protocol: xmpp\r\nSec-WebSocket-Version: 13\r\n\r\n"

struct scene {
    struct c2sd c2sd;
    struct client *client;
    struct websocket *websocket;
    struct buf link;
};

static struct str no_binding(void *connection, struct arena *arena,
                             struct str type)
{
    (void)connection, (void)arena, (void)type;
    return STR_NONE;
}
static bool has_no_binding(void *connection, struct str type)
{
    (void)connection, (void)type;
    return false;
}
static struct str no_certificate(void *connection, struct arena *arena)
{
    (void)connection, (void)arena;
    return STR_NONE;
}
static void no_wake(void *connection)
{
    (void)connection;
}

static const struct config *configuration(void)
{
    static const struct config *config;
    struct error error;

    if (!config) {
        (void)!log_open("fuzz", "/dev/null", LOG_LEVEL_ERROR, &error);
        config = config_parse("domains = {\"example.com\"}\n"
                              "authd { registration = \"open\" }\n"
                              "c2sd { pre-auth-bytes = 0 }\n",
                              &error);
    }
    return config;
}

static void open_scene(struct scene *scene)
{
    static const struct c2sd_effects effects = {no_binding, no_certificate,
                                                no_wake, has_no_binding};
    static const struct channel_events events = {0};

    scene->c2sd.config = configuration();
    scene->c2sd.effects = &effects;
    scene->c2sd.address = STR("c2s/0");
    scene->c2sd.now_ms = 1000000;
    scene->c2sd.channels = channels_new(&events, scene, &scene->link, 1 << 20);
    c2sd_init(&scene->c2sd);
    scene->client = client_new(&scene->c2sd, scene, "192.0.2.1", true);
    scene->websocket = websocket_new(scene->client);
}

static void close_scene(struct scene *scene)
{
    client_lost(scene->client);
    websocket_free(scene->websocket);
    client_release(scene->client);
    c2sd_clear(&scene->c2sd);
    channels_free(scene->c2sd.channels);
    buf_clear(&scene->link);
}

static void take_output(struct scene *scene)
{
    struct buf *out = websocket_output(scene->websocket);

    buf_consume(out, buf_len(out));
    client_written(scene->client, websocket_written(scene->websocket));
}

static void hears(struct scene *scene, struct str bytes)
{
    if (!client_is_paused(scene->client))
        websocket_receive(scene->websocket, bytes);
    client_continue(scene->client);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct scene *scene = NEW(struct scene);
    size_t piece = size ? data[0] : 0;

    open_scene(scene);
    if (piece == 0)
        hears(scene, STR(UPGRADE));
    for (size_t at = 1; at < size; at += piece ? piece : size) {
        size_t left = size - at;

        hears(scene, (struct str){(const char *)data + at,
                                  piece && piece < left ? piece : left});
        if (at % 3)
            take_output(scene);
    }
    take_output(scene);
    close_scene(scene);
    free(scene);
    return 0;
}
