#include "s2sd.h"

#include <utlist.h>

#include "common/repeat/repeat.h"
#include "common/service/service.h"
#include "stream.h"
#include "target.h"

/* Larger than what c2sd and the others let in: the canonical form is longer. */
static const struct xml_limits limits = {.max_stanza = 4u << 20,
                                         .max_depth = 8192,
                                         .max_attrs = 8192,
                                         .max_token = 4u << 20};

void s2sd_init(struct s2sd *s2sd)
{
    s2sd->parser = xml_parser_new(&limits);
}

void s2sd_clear(struct s2sd *s2sd)
{
    while (s2sd->streams)
        stream_free(s2sd->streams);
    targets_clear(s2sd);
    repeats_free(s2sd->repeats);
    xml_parser_free(s2sd->parser);
    arena_clear(&s2sd->arena);
    buf_clear(&s2sd->scratch);
}

void s2sd_stop(struct s2sd *s2sd)
{
    struct stream *stream;

    s2sd->is_stopping = true;
    DL_FOREACH(s2sd->streams, stream)
    if (stream->connection)
        stream_end(stream, stream->is_outgoing ? NULL : "system-shutdown",
                   NULL);
}

/* --- domains -------------------------------------------------------------- */

static bool is_component(const struct s2sd *s2sd, struct str domain)
{
    for (size_t i = 0; i < config_titles_count(s2sd->config, "component"); i++)
        if (str_eq(config_title(s2sd->config, "component", i), domain))
            return true;
    return channels_is_up(s2sd->channels, domain);
}

bool s2sd_is_ours(const struct s2sd *s2sd, struct str domain)
{
    return domain.p && (config_list_has(s2sd->config, "domains", domain) ||
                        service_has(s2sd->config, SERVICE_ROOMS, domain) ||
                        service_has(s2sd->config, SERVICE_PROXY, domain) ||
                        service_has(s2sd->config, SERVICE_UPLOAD, domain) ||
                        is_component(s2sd, domain));
}

/* Where a domain of ours answers; absent: nowhere now. */
static struct str road_to(const struct s2sd *s2sd, char into[32],
                          const struct jid *to)
{
    if (config_list_has(s2sd->config, "domains", to->domain))
        return address_write(into, ADDRESS_SM, jid_shard(to->bare));
    if (service_has(s2sd->config, SERVICE_ROOMS, to->domain))
        return address_write(into, ADDRESS_MUC, jid_shard(to->bare));
    return channels_is_up(s2sd->channels, to->domain) ? to->domain : STR_NONE;
}

/* Whether a peer on the link may speak for the sender of a stanza. */
static bool may_speak_for(const struct s2sd *s2sd, struct str remote,
                          const struct jid *from)
{
    switch (address_parse(remote, NULL)) {
    case ADDRESS_SM:
        return config_list_has(s2sd->config, "domains", from->domain);
    case ADDRESS_MUC:
        return service_has(s2sd->config, SERVICE_ROOMS, from->domain);
    case ADDRESS_DOMAIN:
        return str_eq(remote, from->domain);
    default:
        return false;
    }
}

/* --- into the suite ------------------------------------------------------- */

struct channel *s2sd_deliver(struct s2sd *s2sd, const struct xml *stanza,
                             const struct jid *to, struct str origin,
                             struct errand *errand)
{
    char address[32];
    struct str remote = road_to(s2sd, address, to);
    struct channel *channel;
    struct frame frame = {.origin = origin};

    if (!remote.p)
        return NULL;
    channel = channels_get(s2sd->channels, s2sd->address, remote);
    buf_reset(&s2sd->scratch);
    xml_write(&s2sd->scratch, stanza, NS_CLIENT);
    frame.body = buf_view(&s2sd->scratch);
    channel_send(channel, &frame, errand);
    return channel;
}

void s2sd_bounce(struct s2sd *s2sd, struct parcel *parcel,
                 enum stanza_error condition, const char *text)
{
    struct xml *stanza =
        parcel->owed ? xml_parse(s2sd->parser, &s2sd->arena, parcel->body)
                        : NULL;
    struct xml *reply =
        stanza ? stanza_error_reply(&s2sd->arena, stanza, condition, text)
               : NULL;
    struct jid to;

    if (s2sd->is_stopping) {
        parcel_forget(parcel);
        return;
    }
    if (reply)
        s2sd->bounced++;
    if (!reply || !jid_parse(&to, &s2sd->arena, xml_get(reply, "to")) ||
        !s2sd_deliver(s2sd, reply, &to, parcel->origin, &parcel->errand))
        parcel_done(parcel);
}

/* --- events --------------------------------------------------------------- */

/* NULL: it has come before. An sm that dies leaves what was not discharged to
 * its successor, who sends it here again; presence does no harm twice. */
static struct parcel *take_parcel(struct s2sd *s2sd, struct channel *channel,
                                  const struct frame *frame,
                                  const struct xml *stanza)
{
    struct parcel *parcel = parcel_new(channel, frame);
    void *earlier;

    if (frame->origin.len == 0 || stanza_kind(stanza) == STANZA_PRESENCE ||
        !repeats_take(&s2sd->repeats, frame, parcel, &parcel->repeat, &earlier))
        return parcel;
    if (!earlier) {
        parcel_done(parcel);
        return NULL;
    }
    parcel_came_again(earlier, channel, frame);
    parcel_forget(parcel);
    return NULL;
}

static bool take_frame(struct s2sd *s2sd, struct channel *channel,
                       const struct frame *frame)
{
    struct xml *stanza = xml_parse(s2sd->parser, &s2sd->arena, frame->body);
    struct parcel *parcel;
    struct jid from, to;

    if (!stanza || stanza_kind(stanza) == STANZA_NONE ||
        !jid_parse(&from, &s2sd->arena, xml_get(stanza, "from")) ||
        !jid_parse(&to, &s2sd->arena, xml_get(stanza, "to")) ||
        !may_speak_for(s2sd, channel_remote(channel), &from))
        return false;
    parcel = take_parcel(s2sd, channel, frame, stanza);
    if (!parcel)
        return true;
    if (s2sd_is_ours(s2sd, to.domain))
        s2sd_bounce(s2sd, parcel, ERR_SERVICE_UNAVAILABLE,
                    "Nobody answers at that domain now");
    else
        target_send(s2sd, from.domain, to.domain, parcel);
    return true;
}

void s2sd_on_frame(struct s2sd *s2sd, struct channel *channel,
                   const struct frame *frame)
{
    arena_reset(&s2sd->arena);
    if (s2sd->is_draining || take_frame(s2sd, channel, frame))
        return;
    s2sd->refused++;
    log_event(LOG_LEVEL_WARN, "bad-frame",
              LOG_STR("from", channel_remote(channel)));
    channel_discharge(channel, frame->seq);
}

void s2sd_on_discharged(struct s2sd *s2sd, void *cookie)
{
    struct errand *errand = cookie;

    (void)s2sd;
    if (errand)
        errand->done(errand);
}

void s2sd_on_writable(struct s2sd *s2sd, const struct channel *channel)
{
    struct stream *stream;

    (void)channel;
    DL_FOREACH(s2sd->streams, stream)
    {
        if (!stream->is_full)
            continue;
        stream->is_full = false; /* until its next stanza finds one full */
        if (stream->connection)
            s2sd->effects->wake(stream->connection);
    }
}

void s2sd_tick(struct s2sd *s2sd)
{
    struct stream *stream, *next;

    arena_reset(&s2sd->arena);
    DL_FOREACH_SAFE(s2sd->streams, stream, next)
    stream_tick(stream);
    targets_tick(s2sd);
}
