/* A session manager has come back without memory: it asks, and gets from us the
 * sessions of our streams, the stanzas that are on their way to them, and the
 * origins of what they got lately. All of it in datagrams: should one be lost
 * with a router, the count at the end tells, and sm asks again. */
#include <stdio.h>

#include "client.h"
#include "common/link/control.h"
#include "ended.h"
#include "recent.h"

struct answer {
    struct c2sd *c2sd;
    unsigned shard; /* the origins' */
    uint64_t instance, of;
    uint64_t count;
};

static void send_frame(struct answer *answer, struct str to,
                       const struct frame *frame)
{
    channels_send_datagram(answer->c2sd->channels, answer->c2sd->address, to,
                           frame);
    answer->count++;
}

static void send(struct answer *answer, struct str to, uint64_t sid,
                 struct str body)
{
    send_frame(answer, to, &(struct frame){.sid = sid, .body = body});
}

static bool is_asked_for(const struct answer *answer, uint64_t shard)
{
    return shard % answer->of == answer->instance;
}

/* The last stanza of the client that sm has not discharged: there is one. */
static uint64_t last_due(const struct client *client)
{
    uint64_t ahead = client->in - client->in_done - 1;

    while (client->in_early[ahead / 64] >> (ahead % 64) & 1)
        ahead--; /* the first is due, or in_done would be more */
    return client->in_done + 1 + ahead;
}

static void describe(struct answer *answer, const struct client *client)
{
    struct c2sd *c2sd = answer->c2sd;
    struct xml *element =
        xml_new(&c2sd->arena, NS_LINK_CONTROL, STR(CTL_SESSION_RESTORE));

    xml_set(element, STR(CTL_A_JID), client->jid);
    xml_set(element, STR(CTL_A_GRANT), client->grant);
    xml_set(element, STR(CTL_A_PEER), str_of(client->peer));
    xml_set_u64(element, CTL_A_IN, client->in_done);
    if (client->in > client->in_done) {
        xml_set_u64(element, CTL_A_IN_DUE, last_due(client));
        xml_set_u64(element, CTL_A_IN_LAST, client->in);
    }
    xml_set_u64(element, CTL_A_OUT, client->out_last);
    if (client->is_managed) {
        xml_set_u64(element, CTL_A_IN_BASE, client->in_base);
        xml_set_u64(element, CTL_A_OUT_BASE, client->out_base);
        xml_set_u64(element, CTL_A_N, client->out_acked);
    }
    if (client->is_resumable) {
        xml_set(element, STR(CTL_A_ID), str_of(client->resume_id));
        xml_set_u64(element, CTL_A_MAX, client->resume_max);
        xml_set_u64(element, CTL_A_MOVES, client->moves);
    }
    if (client->is_kept)
        xml_set_u64(element, CTL_A_DETACHED, (uint64_t)client->closed_ms);
    buf_reset(&c2sd->scratch);
    xml_write(&c2sd->scratch, element, NS_CLIENT);
    send(answer, channel_remote(client->sm), client->sid,
         buf_view(&c2sd->scratch));
    if (client->keepsake.len)
        send(answer, channel_remote(client->sm), client->sid, client->keepsake);
}

static void send_held(struct client *client, void *ctx, uint64_t n,
                      struct str origin, struct str body)
{
    const struct frame frame = {
        .sid = client->sid, .n = n, .origin = origin, .body = body};

    send_frame(ctx, channel_remote(client->sm), &frame);
}

static void send_origin(void *ctx, uint64_t sid, struct str origin)
{
    struct answer *answer = ctx;
    struct c2sd *c2sd = answer->c2sd;
    struct xml *element = xml_new(&c2sd->arena, NS_LINK_CONTROL, STR(CTL_SEEN));
    const struct ended *ended = ended_find(c2sd->ended[answer->shard], sid);
    char address[32];

    xml_set(element, STR(CTL_A_ORIGIN), origin);
    if (ended) {
        xml_set(element, STR(CTL_A_JID), ended_jid(ended));
        xml_set(element, STR(CTL_A_GRANT), ended_grant(ended));
    }
    buf_reset(&c2sd->scratch);
    xml_write(&c2sd->scratch, element, NS_CLIENT);
    send(answer, address_write(address, ADDRESS_SM, answer->shard), sid,
         buf_view(&c2sd->scratch));
}

static void restore_clients(struct answer *answer)
{
    struct client *client, *next;

    HASH_ITER(hh, answer->c2sd->clients, client, next)
    {
        if (!client_has_session(client) || !is_asked_for(answer, client->shard))
            continue;
        arena_reset(&answer->c2sd->arena);
        describe(answer, client);
        client_each_held(client, send_held, answer);
        client_told_held(client);
    }
}

static void restore_origins(struct answer *answer)
{
    for (unsigned shard = 0; shard < JID_SHARDS; shard++) {
        if (!is_asked_for(answer, shard))
            continue;
        arena_reset(&answer->c2sd->arena);
        answer->shard = shard;
        recent_each(&answer->c2sd->recents[shard], send_origin, answer);
    }
}

void c2sd_restore(struct c2sd *c2sd, struct str to, const struct xml *ask)
{
    struct answer answer = {.c2sd = c2sd};
    struct xml *end;

    if (!str_to_u64(xml_get(ask, CTL_A_INSTANCE), &answer.instance) ||
        !str_to_u64(xml_get(ask, CTL_A_OF), &answer.of) || answer.of == 0)
        return;
    snprintf(c2sd->caps, sizeof(c2sd->caps), "%.*s",
             STR_ARG(xml_get(ask, CTL_A_CAPS)));
    restore_clients(&answer);
    restore_origins(&answer);
    arena_reset(&c2sd->arena);
    end = xml_new(&c2sd->arena, NS_LINK_CONTROL, STR(CTL_RESTORED));
    xml_set_u64(end, CTL_A_N, answer.count);
    buf_reset(&c2sd->scratch);
    xml_write(&c2sd->scratch, end, NS_CLIENT);
    send(&answer, to, 0, buf_view(&c2sd->scratch));
}
