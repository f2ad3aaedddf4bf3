/* Stanzas that came in: only from and for domains that are verified on their
 * stream. */
#include <utlist.h>

#include "stream.h"
#include "target.h"

/* Whether the stream may bring stanzas from one domain to another. */
static bool may_carry(const struct stream *stream, const struct jid *from,
                      const struct jid *to)
{
    const struct pair *pair = stream_pair(stream, from->domain, to->domain);
    const struct lane *lane;

    if (pair)
        return pair->is_verified;
    if (!stream->is_bidi || !stream->target ||
        !str_eq(stream->target->domain, from->domain))
        return false;
    lane = target_lane(stream->target, to->domain);
    return lane && lane->state == LANE_VERIFIED;
}

static void count_rate(struct stream *stream)
{
    int64_t second = stream->s2sd->now_ms / 1000;

    if (stream->rate_second != second) {
        stream->rate_second = second;
        stream->rate_count = 0;
    }
    stream->rate_count++;
}

static void refuse(struct stream *stream, const struct xml *stanza,
                   const struct jid *from, const struct jid *to,
                   enum stanza_error condition)
{
    struct s2sd *s2sd = stream->s2sd;
    struct xml *reply =
        stanza_error_reply(&stream->arena, stanza, condition, NULL);

    if (!reply)
        return;
    buf_reset(&s2sd->scratch);
    xml_write(&s2sd->scratch, reply, NS_CLIENT);
    target_send(s2sd, to->domain, from->domain,
                parcel_new_own(buf_view(&s2sd->scratch)));
}

static void deliver(struct stream *stream, struct xml *stanza,
                    const struct jid *from, const struct jid *to)
{
    struct arrival *arrival = arrival_new(stream);

    stream->active_ms = stream->s2sd->now_ms;
    stream->s2sd->stanzas_in++;
    count_rate(stream);
    arrival->channel =
        s2sd_deliver(stream->s2sd, stanza, to, STR_NONE, &arrival->errand);
    if (!arrival->channel) {
        /* Nobody answers at that domain of ours now, a component's say. */
        refuse(stream, stanza, from, to, ERR_SERVICE_UNAVAILABLE);
        acks_arrived(stream, arrival);
    } else if (channel_is_full(arrival->channel)) {
        stream->is_full = true;
    }
}

/* Servers that prepare addresses otherwise (RFC 6122, or another Unicode) hold
 * some for addresses that are none here. Only the stanza is refused then, not
 * the stream with all others on it. False when not even the domains are any. */
static bool refuse_malformed(struct stream *stream, const struct xml *stanza)
{
    struct arena *arena = &stream->arena;
    struct str sender = xml_get(stanza, "from");
    struct jid from = {.domain = jid_domain_of(arena, sender)};
    struct jid to = {.domain = jid_domain_of(arena, xml_get(stanza, "to"))};
    struct arrival *arrival;

    if (!from.domain.p || !to.domain.p || !may_carry(stream, &from, &to))
        return false;
    stream->s2sd->refused++;
    arrival = arrival_new(stream);
    if (jid_parse(&from, arena, sender))
        refuse(stream, stanza, &from, &to, ERR_JID_MALFORMED);
    else
        log_event(LOG_LEVEL_WARN, "malformed-sender",
                  LOG_STR("from", sender), LOG_TEXT("peer", stream->peer));
    acks_arrived(stream, arrival);
    return true;
}

void relay_stanza(struct stream *stream, struct xml *stanza)
{
    struct jid from, to;

    if (!stream->is_authed && !stream_has_verified(stream) &&
        !stream->is_outgoing) {
        stream_end(stream, "not-authorized", NULL);
        return;
    }
    if (!jid_parse(&from, &stream->arena, xml_get(stanza, "from")) ||
        !jid_parse(&to, &stream->arena, xml_get(stanza, "to"))) {
        if (!refuse_malformed(stream, stanza))
            stream_end(stream, "improper-addressing", NULL);
        return;
    }
    if (!may_carry(stream, &from, &to)) {
        stream->s2sd->refused++;
        stream_end(stream, "invalid-from",
                   "These domains are not verified on this stream");
        return;
    }
    xml_set(stanza, STR("from"), from.full);
    xml_set(stanza, STR("to"), to.full);
    deliver(stream, stanza, &from, &to);
}

bool stream_common_element(struct stream *stream, struct xml *element)
{
    if (stanza_kind(element) != STANZA_NONE) {
        relay_stanza(stream, element);
        return true;
    }
    if (xml_is(element, NS_STREAMS, "error")) {
        const struct xml *condition = xml_child(element, NS_STREAM_ERROR, NULL);

        log_event(LOG_LEVEL_WARN, "stream-error-received",
                  LOG_STR("domain", stream->remote),
                  LOG_TEXT("peer", stream->peer),
                  LOG_STR("reason", condition ? condition->name : STR_NONE));
        stream_end(stream, NULL, NULL);
        return true;
    }
    return acks_element(stream, element);
}
