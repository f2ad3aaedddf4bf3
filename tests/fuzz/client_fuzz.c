/* A script of bytes from a client and of frames from authd and sm, all of which
 * may be hostile, in any order: c2sd's core keeps its feet. Each line of the
 * input is one event, its first character the kind. */
#include <stdlib.h>
#include <string.h>

#include "c2sd/client.h"
#include "common/log/log.h"

#define MAX_EVENTS 64u

struct scene {
    struct c2sd c2sd;
    struct client *client;
    struct channels *others; /* auth/0 and all of sm */
    struct buf c2s_out, others_out;
    uint64_t n;
};

/* --- the link ------------------------------------------------------------- */

static void on_other_frame(void *ctx, struct channel *channel,
                           const struct frame *frame)
{
    (void)ctx;
    channel_discharge(channel, frame->seq);
}
static void on_frame(void *ctx, struct channel *channel,
                     const struct frame *frame)
{
    c2sd_on_frame(&((struct scene *)ctx)->c2sd, channel, frame);
}
static void on_discharged(void *ctx, struct channel *channel, uint64_t seq,
                          void *cookie)
{
    (void)seq;
    c2sd_on_discharged(&((struct scene *)ctx)->c2sd, channel, cookie);
}
static void on_datagram(void *ctx, const struct frame *frame)
{
    c2sd_on_datagram(&((struct scene *)ctx)->c2sd, frame);
}

static void tell(struct channels *channels, enum link_verb verb,
                 struct str address)
{
    const struct link_item item = {
        .verb = verb, .address = address, .node = STR("other.0")};

    channels_receive(channels, &item);
}

static void pass(struct scene *scene, struct channels *from,
                 const struct link_item *item)
{
    if (item->verb == LINK_BIND) {
        tell(from, LINK_BOUND, item->address);
        tell(scene->c2sd.channels, LINK_UP, item->address);
        tell(scene->others, LINK_UP, item->address);
    } else if (item->verb == LINK_ROUTE) {
        channels_receive(str_starts(item->frame.to, STR("c2s/"))
                             ? scene->c2sd.channels
                             : scene->others,
                         item);
    }
}

/* False when nothing had been written. */
static bool carry(struct scene *scene, struct channels *from, struct buf *out)
{
    struct buf copy = {0};
    struct link_item item;
    size_t used;
    bool carried = buf_len(out) > 0;

    buf_add(&copy, buf_view(out));
    buf_reset(out);
    while (buf_len(&copy) > 0) {
        if (link_scan(buf_view(&copy), &item, &used) != LINK_ITEM)
            abort(); /* our own words */
        pass(scene, from, &item);
        buf_consume(&copy, used);
    }
    buf_clear(&copy);
    return carried;
}

static void settle(struct scene *scene)
{
    bool busy = true;

    while (busy) {
        channels_flush_acks(scene->c2sd.channels);
        channels_flush_acks(scene->others);
        busy = carry(scene, scene->c2sd.channels, &scene->c2s_out);
        busy |= carry(scene, scene->others, &scene->others_out);
    }
}

/* --- life ----------------------------------------------------------------- */

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
                              "c2sd { max-stanza-size = 10000 }\n",
                              &error);
    }
    return config;
}

static void open_scene(struct scene *scene)
{
    static const struct c2sd_effects effects = {no_binding, no_certificate,
                                                no_wake, has_no_binding};
    static const struct channel_events events = {.on_frame = on_frame,
                                                 .on_discharged = on_discharged,
                                                 .on_datagram = on_datagram};
    static const struct channel_events other_events = {.on_frame =
                                                           on_other_frame};
    char address[32];

    scene->c2sd.config = configuration();
    scene->c2sd.effects = &effects;
    scene->c2sd.address = STR("c2s/0");
    scene->c2sd.now_ms = 1000000;
    scene->c2sd.channels =
        channels_new(&events, scene, &scene->c2s_out, 1 << 20);
    scene->others =
        channels_new(&other_events, scene, &scene->others_out, 1 << 20);
    c2sd_init(&scene->c2sd);
    channels_bind(scene->c2sd.channels, STR("c2s/0"), 1);
    channels_bind(scene->others, STR("auth/0"), 1);
    for (unsigned i = 0; i < JID_SHARDS; i++)
        channels_bind(scene->others, address_write(address, ADDRESS_SM, i), 1);
    channels_link_up(scene->c2sd.channels, STR("c2sd.0"));
    channels_link_up(scene->others, STR("sm.0"));
    settle(scene);
    scene->client = client_new(&scene->c2sd, scene, "192.0.2.1", true);
}

static void close_scene(struct scene *scene)
{
    client_lost(scene->client);
    client_release(scene->client);
    settle(scene);
    c2sd_clear(&scene->c2sd);
    channels_free(scene->c2sd.channels);
    channels_free(scene->others);
    buf_clear(&scene->c2s_out);
    buf_clear(&scene->others_out);
}

/* --- events --------------------------------------------------------------- */

/* The process on the other side of this channel of the client says something
 * to its stream. */
static void answer(struct scene *scene, struct channel *towards, uint64_t n,
                   struct str body)
{
    const struct frame frame = {
        .sid = scene->client->sid, .n = n, .body = body};

    if (!towards || body.len == 0)
        return;
    channel_send(
        channels_get(scene->others, channel_remote(towards), STR("c2s/0")),
        &frame, NULL);
}

static void take_output(struct scene *scene)
{
    struct client *client = scene->client;
    size_t len;

    client_before_write(client);
    len = buf_len(&client->out);
    buf_consume(&client->out, len);
    client_written(client, len);
}

static void play(struct scene *scene, char kind, struct str line)
{
    struct client *client = scene->client;

    switch (kind) {
    case 'a':
        answer(scene, client->auth, 0, line);
        break;
    case 's':
        answer(scene, client->sm, 0, line);
        break;
    case 'n':
        answer(scene, client->sm, ++scene->n, line);
        break;
    case 'w':
        take_output(scene);
        break;
    case 't':
        scene->c2sd.now_ms += 1000;
        break;
    default:
        if (!client_is_paused(client))
            client_receive(client, line);
    }
    settle(scene);
    client_continue(client);
    settle(scene);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct scene *scene = NEW(struct scene);
    struct str rest = {(const char *)data, size};

    open_scene(scene);
    for (unsigned i = 0; i < MAX_EVENTS && size > 0 && rest.p; i++) {
        struct str line = str_cut(&rest, '\n');

        if (line.len > 0)
            play(scene, line.p[0], (struct str){line.p + 1, line.len - 1});
    }
    close_scene(scene);
    free(scene);
    return 0;
}
