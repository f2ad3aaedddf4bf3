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

/* It is not taken, and no end of the stream: one user there, whose server is
 * more lenient than ours, would end it for all others. */
static void pass_over(struct stream *stream, const char *why)
{
    stream->s2sd->refused++;
    log_event(LOG_LEVEL_WARN, "stanza-refused",
              LOG_STR("domain", stream->remote), LOG_TEXT("peer", stream->peer),
              LOG_TEXT("reason", why));
    if (stream->repeats > 0)
        stream->repeats--;
    else
        acks_arrived(stream, arrival_new(stream));
}

/* The domain of ours that this one is verified for; absent: none. */
static struct str our_side(const struct stream *stream, struct str domain)
{
    for (const struct pair *pair = stream->pairs; pair; pair = pair->next)
        if (pair->is_verified && str_eq(pair->from, domain))
            return pair->to;
    return stream->is_bidi && stream->target &&
                   str_eq(stream->target->domain, domain)
               ? stream->local
               : STR_NONE;
}

static void refuse_address(struct stream *stream, struct xml *stanza,
                           const struct jid *from)
{
    struct jid ours = {.domain = our_side(stream, from->domain)};

    if (!ours.domain.p) {
        stream_end(stream, "invalid-from", NULL);
        return;
    }
    xml_set(stanza, STR("to"), ours.domain);
    refuse(stream, stanza, from, &ours, ERR_JID_MALFORMED);
    pass_over(stream, "its receiver is no address");
}

static void deliver(struct stream *stream, struct xml *stanza,
                    const struct jid *from, const struct jid *to)
{
    struct arrival *arrival;

    if (stream->repeats > 0) {
        stream->repeats--; /* it was delivered, and not acknowledged yet */
        return;
    }
    arrival = arrival_new(stream);
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

/* A stanza that came in. */
static void relay_stanza(struct stream *stream, struct xml *stanza)
{
    struct jid from, to;

    if (!stream->is_authed && !stream_has_verified(stream) &&
        !stream->is_outgoing) {
        stream_end(stream, "not-authorized", NULL);
        return;
    }
    if (!xml_get(stanza, "from").len || !xml_get(stanza, "to").len) {
        stream_end(stream, "improper-addressing", NULL);
        return;
    }
    if (!jid_parse(&from, &stream->arena, xml_get(stanza, "from"))) {
        pass_over(stream, "its sender is no address");
        return;
    }
    if (!jid_parse(&to, &stream->arena, xml_get(stanza, "to"))) {
        refuse_address(stream, stanza, &from);
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
