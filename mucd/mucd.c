#include "mucd.h"

#include <stdlib.h>

#include "common/log/log.h"
#include "common/service/service.h"
#include "department.h"
#include "ghost.h"
#include "held.h"
#include "iq.h"
#include "join.h"
#include "message.h"
#include "send.h"

static const struct xml_limits limits = {.max_stanza = 4u << 20,
                                         .max_depth = 8192,
                                         .max_attrs = 8192,
                                         .max_token = 4u << 20};

void mucd_init(struct mucd *mucd)
{
    mucd->parser = xml_parser_new(&limits);
    /* Until the router tells otherwise every shard is a process of its own. */
    for (unsigned shard = 0; shard < JID_SHARDS; shard++)
        mucd->lead[shard] = (uint8_t)shard;
}

void mucd_clear(struct mucd *mucd)
{
    struct room *room, *next;

    HASH_ITER(hh, mucd->rooms, room, next)
    room_free(room);
    departments_forget(mucd);
    for (unsigned shard = 0; shard < JID_SHARDS; shard++) {
        buf_clear(&mucd->receivers[shard]);
        free(mucd->shard_nodes[shard]);
    }
    xml_parser_free(mucd->parser);
    arena_clear(&mucd->arena);
    buf_clear(&mucd->out);
    buf_clear(&mucd->frame);
}

bool mucd_serves(const struct mucd *mucd, struct str domain)
{
    return service_has(mucd->config, SERVICE_ROOMS, domain);
}

bool mucd_serves_users(const struct mucd *mucd, struct str domain)
{
    return config_list_has(mucd->config, "domains", domain);
}

bool mucd_owns(const struct mucd *mucd, struct str bare_jid)
{
    return jid_shard(bare_jid) % mucd->of == mucd->instance;
}

bool mucd_is_admin(const struct mucd *mucd, struct str bare_jid)
{
    return config_list_has(mucd->config, "admins", bare_jid);
}

/* --- frames --------------------------------------------------------------- */

/* Whether a peer may speak for the sender of a stanza. */
static bool may_speak_for(const struct mucd *mucd, struct str remote,
                          const struct jid *from)
{
    switch (address_parse(remote, NULL)) {
    case ADDRESS_SM:
        return mucd_serves_users(mucd, from->domain);
    case ADDRESS_S2S:
        return !mucd_serves_users(mucd, from->domain) &&
               !mucd_serves(mucd, from->domain);
    case ADDRESS_DOMAIN:
        return mucd_serves(mucd, remote) /* a sibling passes it on */ ||
               (str_eq(remote, from->domain) &&
                !mucd_serves_users(mucd, from->domain));
    default:
        return false;
    }
}

/* The domain's own address gets what comes from components and servers, for all
 * rooms: on to who owns the room. */
static void pass_on(struct mucd *mucd, struct duty *duty,
                    struct channel *channel, const struct frame *frame,
                    const struct jid *to)
{
    char address[32];
    const struct frame onward = {.origin = duty_origin(duty),
                                 .body = frame->body};

    duty_hold(duty);
    channel_send(
        channels_get(mucd->channels, channel_local(channel),
                     address_write(address, ADDRESS_MUC, jid_shard(to->bare))),
        &onward, duty);
}

/* What would make rooms say more, while they wait for the database. Whoever
 * leaves may leave. */
static bool says_more(const struct xml *stanza)
{
    switch (stanza_kind(stanza)) {
    case STANZA_MESSAGE:
        return message_type(stanza) != MESSAGE_ERROR;
    case STANZA_PRESENCE:
        return presence_type(stanza) == PRESENCE_AVAILABLE;
    default:
        return iq_type(stanza) == IQ_SET;
    }
}

static void receive(struct mucd *mucd, struct duty *duty, struct xml *stanza,
                    const struct jid *from, const struct jid *to)
{
    if (held_is_full(mucd) && says_more(stanza)) {
        send_error(mucd, duty, stanza, ERR_RESOURCE_CONSTRAINT,
                   "The rooms wait for their database");
        return;
    }
    switch (stanza_kind(stanza)) {
    case STANZA_MESSAGE:
        if (to->local.len)
            message_receive(mucd, duty, stanza, from, to);
        else
            send_error(mucd, duty, stanza, ERR_SERVICE_UNAVAILABLE, NULL);
        break;
    case STANZA_PRESENCE:
        if (to->local.len)
            presence_receive(mucd, duty, stanza, from, to);
        break;
    default:
        iq_receive(mucd, duty, stanza, from, to);
        break;
    }
}

static bool handle_frame(struct mucd *mucd, struct duty *duty,
                         struct channel *channel, const struct frame *frame)
{
    struct xml *stanza = xml_parse(mucd->parser, &mucd->arena, frame->body);
    struct jid from, to;

    if (!stanza || stanza_kind(stanza) == STANZA_NONE ||
        !jid_parse(&from, &mucd->arena, xml_get(stanza, "from")) ||
        !jid_parse(&to, &mucd->arena, xml_get(stanza, "to")) ||
        !mucd_serves(mucd, to.domain) ||
        !may_speak_for(mucd, channel_remote(channel), &from))
        return false;
    if (mucd_owns(mucd, to.bare) || !to.local.len)
        receive(mucd, duty, stanza, &from, &to);
    else if (address_parse(channel_local(channel), NULL) == ADDRESS_DOMAIN)
        pass_on(mucd, duty, channel, frame, &to);
    else
        return false;
    return true;
}

void mucd_on_frame(struct mucd *mucd, struct channel *channel,
                   const struct frame *frame)
{
    struct duty *duty = duty_new(mucd, channel, frame);

    arena_reset(&mucd->arena);
    mucd->duty = duty;
    if (!handle_frame(mucd, duty, channel, frame)) {
        mucd->refused_frames++;
        log_event(LOG_LEVEL_WARN, "bad-frame",
                  LOG_STR("from", channel_remote(channel)));
    }
    mucd->duty = NULL;
    duty_drop(duty);
}

void mucd_on_discharged(struct mucd *mucd, void *cookie)
{
    (void)mucd;
    duty_drop(cookie);
}

/* --- shards of sm --------------------------------------------------------- */

void mucd_on_up(struct mucd *mucd, struct str address, struct str node)
{
    unsigned shard, other;

    if (address_parse(address, &shard) != ADDRESS_SM || shard >= JID_SHARDS)
        return;
    free(mucd->shard_nodes[shard]);
    mucd->shard_nodes[shard] = str_dup_heap(node);
    for (shard = 0; shard < JID_SHARDS; shard++) {
        for (other = 0; other < shard; other++)
            if (mucd->shard_nodes[shard] && mucd->shard_nodes[other] &&
                str_is(str_of(mucd->shard_nodes[shard]),
                       mucd->shard_nodes[other]))
                break;
        mucd->lead[shard] = (uint8_t)other;
    }
}

/* --- time ----------------------------------------------------------------- */

void mucd_tick(struct mucd *mucd)
{
    arena_reset(&mucd->arena);
    ghosts_look_for(mucd);
}
