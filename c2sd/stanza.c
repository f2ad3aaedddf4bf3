/* Stanzas of a bound client, in both directions. */
#include <stdlib.h>
#include <string.h>

#include "client.h"
#include "common/log/log.h"
#include "parcel.h"
#include "recent.h"

/* A client that takes nothing for so long is not slow, but deaf. */
#define TAKE_MS 2000

/* What c2sd.max-send-buffer is at least: below it nobody is slow, and nothing
 * is looked up. */
#define LEAST_SEND_BUFFER 65536u
/* The least that c2sd.max-unacknowledged-bytes may be. */
#define LEAST_UNACKNOWLEDGED 65536u

/* RFC 6120 §8.1.2.1: a client speaks for itself alone. */
static bool is_own_address(struct client *client, struct str from)
{
    struct jid jid, own;
    struct arena *arena = &client->c2sd->arena;

    if (str_eq(from, client->jid))
        return true;
    return jid_parse(&jid, arena, from) &&
           jid_parse(&own, arena, client->jid) &&
           (jid_eq(&jid, &own) || str_eq(jid.full, own.bare));
}

/* The limit is looked up only where it can be near. */
static bool has_sent_too_much(const struct client *client)
{
    return client->in_bytes >= LEAST_UNACKNOWLEDGED &&
           client->in_bytes >=
               (size_t)config_int(client->c2sd->config,
                                  "c2sd.max-unacknowledged-bytes");
}

static bool has_room(const struct client *client)
{
    return !channel_is_full(client->sm) &&
           client->in - client->in_done < CLIENT_MAX_OUTSTANDING &&
           !has_sent_too_much(client);
}

void client_go_on(struct client *client)
{
    if (!client->is_waiting || !has_room(client))
        return;
    client->is_waiting = false;
    client_wake(client);
}

static void send_to_sm(struct client *client, const struct xml *stanza)
{
    struct c2sd *c2sd = client->c2sd;
    struct frame frame = {.sid = client->sid, .n = ++client->in};
    uint64_t cookie =
        (client->sid << 32) | COOKIE_STANZA | (client->in & COOKIE_ORDINAL);

    buf_reset(&c2sd->scratch);
    xml_write(&c2sd->scratch, stanza, NS_CLIENT);
    frame.body = buf_view(&c2sd->scratch);
    client->in_bytes += frame.body.len;
    channel_send(client->sm, &frame, (void *)(uintptr_t)cookie);
    c2sd->stanzas_in++;
    if (!has_room(client))
        client->is_waiting = true;
}

void client_stamp_lang(const struct client *client, struct xml *stanza)
{
    if (client->lang.p && !xml_lang(stanza).p)
        xml_set_lang(stanza, client->lang);
}

void client_on_stanza(struct client *client, struct xml *stanza)
{
    struct arena *arena = &client->c2sd->arena;
    struct str from = xml_get(stanza, "from");
    struct str to = xml_get(stanza, "to");
    struct jid jid;

    if (client_acks(client, stanza) || client_state(client, stanza))
        return;
    if (stanza_kind(stanza) == STANZA_NONE) {
        client_end(client, "unsupported-stanza-type", NULL);
        return;
    }
    if (from.p && !is_own_address(client, from)) {
        client_end(client, "invalid-from", NULL);
        return;
    }
    xml_set(stanza, STR("from"), client->jid);
    client_stamp_lang(client, stanza);
    /* What is no address stays as it is: sm answers it. */
    if (to.p && jid_parse(&jid, arena, to))
        xml_set(stanza, STR("to"), jid.full);
    send_to_sm(client, stanza);
}

/* --- to the client -------------------------------------------------------- */

/* Who resumes gets all at once what waited for him (sm.session-queue), and may
 * take it in his time. */
static bool is_too_slow(struct client *client)
{
    const struct config *config = client->c2sd->config;
    size_t waiting = buf_len(&client->out);
    size_t most, queue;

    if (waiting <= LEAST_SEND_BUFFER) {
        client->took_ms = client->c2sd->now_ms;
        return false;
    }
    most = (size_t)config_int(config, "c2sd.max-send-buffer");
    queue = (size_t)config_int(config, "sm.session-queue");
    if (waiting <= most)
        client->took_ms = client->c2sd->now_ms;
    return waiting > most + queue ||
           client->c2sd->now_ms - client->took_ms >= TAKE_MS;
}

void client_end_slow(struct client *client)
{
    if (!is_too_slow(client))
        return;
    log_event(LOG_LEVEL_WARN, "slow-client", LOG_STR("jid", client->jid),
              LOG_TEXT("peer", client->peer));
    client_lost(client);
}

void client_deliver(struct client *client, struct channel *channel,
                    const struct frame *frame)
{
    struct frame held = *frame;
    bool is_pressing;

    if (client_has_session(client)) {
        recent_note(&client->c2sd->recents[client->shard], frame,
                    client->c2sd->now_ms);
        client_noted(client, frame);
    }
    if (!client_has_session(client) || frame->n <= client->out_last) {
        channel_discharge(channel, frame->seq);
        return;
    }
    is_pressing = client_is_pressing(client, frame->body);
    client->out_last = frame->n;
    client->c2sd->stanzas_out++;
    if (client->is_managed && !client->is_owed) {
        channel_discharge(channel, frame->seq); /* sm keeps it until acked */
        held.seq = 0;
    }
    if (client->state == CLIENT_BOUND) {
        struct buf *way = client_way(client, is_pressing);

        spare_take(&client->c2sd->spare, way);
        buf_add(way, frame->body);
        client->out_end += way == &client->out ? frame->body.len : 0;
    }
    client_hold(client, &held);
    client_end_slow(client);
    client_wake_for(client, is_pressing);
}

/* The client's own address never changes while it is bound. */
static void write_own_address(struct client *client)
{
    struct buf *scratch = &client->c2sd->scratch;

    if (client->to.p)
        return;
    buf_reset(scratch);
    buf_add_text(scratch, " to='");
    xml_escape(scratch, client->jid);
    buf_add_char(scratch, '\'');
    client->to = str_dup(buf_view(scratch));
}

void client_deliver_part(struct client *client, struct parcel *parcel,
                         uint64_t n, struct str stanza, size_t head,
                         bool is_pressing)
{
    struct buf *way;

    if (!client_has_session(client) || n <= client->out_last)
        return;
    write_own_address(client);
    client->out_last = n;
    client->c2sd->stanzas_out++;
    if (client->state == CLIENT_BOUND) {
        way = client_way(client, is_pressing);
        spare_take(&client->c2sd->spare, way);
        (void)buf_reserve(way, stanza.len + client->to.len);
        buf_add(way, (struct str){stanza.p, head});
        buf_add(way, client->to);
        buf_add(way, (struct str){stanza.p + head, stanza.len - head});
        client->out_end +=
            way == &client->out ? stanza.len + client->to.len : 0;
    }
    client_hold_part(client, parcel, n, stanza);
}

/* --- what sm has discharged ----------------------------------------------- */

void client_discharged(struct client *client, uint32_t n)
{
    uint32_t ahead = (n - (uint32_t)client->in_done - 1) & COOKIE_ORDINAL;
    uint64_t *early = client->in_early;

    if (ahead >= CLIENT_MAX_OUTSTANDING)
        return;
    early[ahead / 64] |= UINT64_C(1) << (ahead % 64);
    while (early[0] & 1) {
        client->in_done++;
        for (size_t i = 0; i < COUNT_OF(client->in_early); i++) {
            early[i] >>= 1;
            if (i + 1 < COUNT_OF(client->in_early))
                early[i] |= early[i + 1] << 63;
        }
    }
    if (client->in_done == client->in)
        client->in_bytes = 0;
    client_acks_discharged(client);
    client_go_on(client);
}
