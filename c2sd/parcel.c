#include "parcel.h"

#include <stdlib.h>
#include <string.h>

#include "client.h"
#include "common/log/log.h"
#include "recent.h"

struct parcel {
    struct channel *channel;
    uint64_t seq;
    unsigned holders; /* places that point here */
    unsigned waits;   /* those for which the frame is not discharged */
    size_t len;
    char bytes[]; /* the stanzas */
};

static struct parcel *parcel_new(struct channel *channel, uint64_t seq,
                                 struct str stanzas)
{
    struct parcel *parcel = mem_alloc(sizeof(*parcel) + stanzas.len);

    *parcel = (struct parcel){.channel = channel,
                              .seq = seq,
                              .holders = 1,
                              .waits = 1,
                              .len = stanzas.len};
    memcpy(parcel->bytes, stanzas.p, stanzas.len);
    return parcel;
}

uint32_t parcel_hold(struct parcel *parcel, struct str stanza, bool waits)
{
    parcel->holders++;
    parcel->waits += waits;
    return (uint32_t)(stanza.p - parcel->bytes);
}

void parcel_stop_waiting(struct parcel *parcel)
{
    if (--parcel->waits == 0 && parcel->seq)
        channel_discharge(parcel->channel, parcel->seq);
}

void parcel_drop(struct parcel *parcel, bool waited)
{
    if (waited)
        parcel_stop_waiting(parcel);
    if (--parcel->holders == 0)
        free(parcel);
}

uint64_t parcel_seq(const struct parcel *parcel)
{
    return parcel->seq;
}

void parcel_forget_seq(struct parcel *parcel)
{
    parcel->seq = 0;
}

struct str parcel_part(const struct parcel *parcel, uint32_t at, uint32_t len)
{
    return (struct str){parcel->bytes + at, len};
}

/* --- handing out ---------------------------------------------------------- */

static void hand_to(struct client *client, struct parcel *parcel,
                    struct parcel_text text, uint64_t n)
{
    bool is_pressing = false;
    struct str stanza;

    while (parcel_next_stanza(&text, &stanza)) {
        is_pressing |= client_is_pressing(client, stanza);
        client_deliver_part(client, parcel, n++, stanza, parcel_head(stanza),
                            is_pressing);
    }
    client_end_slow(client);
    client_wake_for(client, is_pressing);
}

static void hand_out(struct c2sd *c2sd, struct parcel *parcel,
                     const struct frame *frame, const struct parcel_text *text)
{
    /* An entry is "1:1 " at least. */
    uint64_t *sids =
        arena_alloc(&c2sd->arena, (text->to.len / 4 + 1) * sizeof(*sids));
    size_t count = 0;
    unsigned shard = 0;
    struct str to = text->to;
    uint64_t sid, n;

    while (parcel_next_receiver(&to, &sid, &n)) {
        struct client *client = c2sd_client(c2sd, sid);

        if (!client || client->sm != parcel->channel || !client_has_session(client))
            continue; /* of a stream that ended */
        shard = client->shard;
        sids[count++] = sid;
        client_noted(client, frame);
        hand_to(client, parcel, *text, n);
    }
    if (to.len > 0)
        log_event(LOG_LEVEL_WARN, "bad-parcel",
                  LOG_STR("from", channel_remote(parcel->channel)));
    recent_note_many(&c2sd->recents[shard], frame, sids, count, c2sd->now_ms);
}

void parcel_receive(struct c2sd *c2sd, struct channel *channel,
                    const struct frame *frame)
{
    struct parcel_text text;
    struct parcel *parcel;

    if (!parcel_read(frame->body, &text)) {
        log_event(LOG_LEVEL_WARN, "bad-frame",
                  LOG_STR("from", channel_remote(channel)));
        channel_discharge(channel, frame->seq);
        return;
    }
    arena_reset(&c2sd->arena);
    parcel = parcel_new(channel, frame->seq, text.stanzas);
    text.stanzas.p = parcel->bytes;
    hand_out(c2sd, parcel, frame, &text);
    parcel_drop(parcel, true);
}
