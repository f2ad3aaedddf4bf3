#include "c2sd.h"

#include "client.h"
#include "common/link/control.h"
#include "common/log/log.h"
#include "common/link/parcel.h"
#include "parcel.h"
#include "ended.h"
#include "recent.h"

/* How long origins outlive the sm that sent them. */
#define ORIGIN_MS 60000

static const struct xml_limits limits = {.max_stanza = 4u << 20,
                                         .max_depth = 8192,
                                         .max_attrs = 8192,
                                         .max_token = 4u << 20};

uint64_t c2sd_first_sid(int64_t now_ms)
{
    return (uint64_t)now_ms & 0x7fffffff;
}

void c2sd_init(struct c2sd *c2sd)
{
    c2sd->parser = xml_parser_new(&limits);
}

void c2sd_clear(struct c2sd *c2sd)
{
    struct client *client, *next;

    HASH_ITER(hh, c2sd->clients, client, next)
    client_free(client);
    for (unsigned shard = 0; shard < JID_SHARDS; shard++) {
        recent_clear(&c2sd->recents[shard]);
        ended_clear(&c2sd->ended[shard]);
    }
    xml_parser_free(c2sd->parser);
    arena_clear(&c2sd->arena);
    buf_clear(&c2sd->scratch);
    spare_clear(&c2sd->spare);
}

bool c2sd_serves(const struct c2sd *c2sd, struct str domain)
{
    return config_list_has(c2sd->config, "domains", domain);
}

struct client *c2sd_client(const struct c2sd *c2sd, uint64_t sid)
{
    struct client *client;

    HASH_FIND(hh, c2sd->clients, &sid, sizeof(sid), client);
    return client;
}

static void auth_frame(struct c2sd *c2sd, struct client *client,
                       struct channel *channel, const struct frame *frame)
{
    struct xml *element;

    arena_reset(&c2sd->arena);
    element = xml_parse(c2sd->parser, &c2sd->arena, frame->body);
    if (client && element && client->auth == channel)
        client_auth_frame(client, element);
    channel_discharge(channel, frame->seq);
}

/* Of a stream that ended. Should sm have opened or resumed its session since, for
 * the client had gone meanwhile, then it has to know that nobody is there. */
static void stray_frame(struct c2sd *c2sd, struct channel *channel,
                        const struct frame *frame)
{
    static const char close[] = "<" CTL_SESSION_CLOSE " xmlns='" NS_LINK "'/>";
    static const char detach[] =
        "<" CTL_SESSION_DETACH " xmlns='" NS_LINK "'/>";
    struct frame answer = {.sid = frame->sid};
    const struct xml *element;

    arena_reset(&c2sd->arena);
    element =
        frame->n ? NULL : xml_parse(c2sd->parser, &c2sd->arena, frame->body);
    if (element && xml_is(element, NS_LINK_CONTROL, CTL_SESSION_OPENED))
        answer.body = str_of(close);
    else if (element && xml_is(element, NS_LINK_CONTROL, CTL_SESSION_RESUMED))
        answer.body = str_of(detach);
    if (answer.body.len)
        channel_send(channel, &answer, NULL);
    channel_discharge(channel, frame->seq);
}

void c2sd_on_frame(struct c2sd *c2sd, struct channel *channel,
                   const struct frame *frame)
{
    struct client *client = c2sd_client(c2sd, frame->sid);

    switch (address_parse(channel_remote(channel), NULL)) {
    case ADDRESS_AUTH:
        auth_frame(c2sd, client, channel, frame);
        break;
    case ADDRESS_SM:
        if (parcel_is(frame->body))
            parcel_receive(c2sd, channel, frame);
        else if (client && client->sm == channel)
            client_sm_frame(client, channel, frame);
        else
            stray_frame(c2sd, channel, frame);
        break;
    default:
        log_event(LOG_LEVEL_WARN, "bad-frame",
                  LOG_STR("from", channel_remote(channel)));
        channel_discharge(channel, frame->seq);
        break;
    }
}

/* A stanza's cookie is its stream and the end of its ordinal; a control element
 * has none. */
void c2sd_on_discharged(struct c2sd *c2sd, struct channel *channel,
                        void *cookie)
{
    uint64_t value = (uintptr_t)cookie;
    struct client *client = value ? c2sd_client(c2sd, value >> 32) : NULL;

    if (!client || client->sm != channel)
        return;
    if (value & COOKIE_STANZA)
        client_discharged(client, value & COOKIE_ORDINAL);
    else if (client->is_held_told)
        client_held_discharged(client);
    else
        client_close_discharged(client);
}

void c2sd_on_writable(struct c2sd *c2sd, struct channel *channel)
{
    struct client *client, *next;

    HASH_ITER(hh, c2sd->clients, client, next)
    if (client->sm == channel)
        client_go_on(client);
}

void c2sd_on_datagram(struct c2sd *c2sd, const struct frame *frame)
{
    struct xml *element;

    if (address_parse(frame->from, NULL) != ADDRESS_SM)
        return;
    arena_reset(&c2sd->arena);
    element = xml_parse(c2sd->parser, &c2sd->arena, frame->body);
    if (element && xml_is(element, NS_LINK_CONTROL, CTL_RESTORE))
        c2sd_restore(c2sd, frame->from, element);
}

/* The one who knew about these streams has forgotten them. An sm asks for what
 * it must know again; authd does not. */
void c2sd_on_peer_restarted(struct c2sd *c2sd, struct channel *channel)
{
    struct client *client, *next;
    unsigned shard = 0;

    HASH_ITER(hh, c2sd->clients, client, next)
    {
        if (client->sm == channel)
            client_forget_seqs(client);
        else if (client->auth == channel)
            client_auth_lost(client);
    }
    if (address_parse(channel_remote(channel), &shard) == ADDRESS_SM &&
        shard < JID_SHARDS)
        recent_keep(&c2sd->recents[shard], c2sd->now_ms + ORIGIN_MS);
}

void c2sd_tick(struct c2sd *c2sd)
{
    for (unsigned shard = 0; shard < JID_SHARDS; shard++) {
        recent_expire(&c2sd->recents[shard], c2sd->now_ms);
        ended_expire(&c2sd->ended[shard], c2sd->recents[shard]);
    }
}

void c2sd_on_down(struct c2sd *c2sd, struct str address)
{
    struct client *client, *next;

    HASH_ITER(hh, c2sd->clients, client, next)
    if (client->auth && str_eq(channel_remote(client->auth), address))
        client_auth_lost(client);
}
