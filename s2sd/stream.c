#include "stream.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "caller.h"
#include "target.h"

/* A server's features and answers before it is trusted; ours are far smaller.
 */
#define MAX_DEPTH 128u
#define MAX_ATTRS 64u

static struct xml_limits limits_of(const struct stream *stream)
{
    const char *key = stream_has_verified(stream) || stream->is_authed
                          ? "s2sd.max-stanza-size"
                          : "s2sd.pre-auth-stanza-size";
    size_t size = (size_t)config_int(stream->s2sd->config, key);

    return (struct xml_limits){size, MAX_DEPTH, MAX_ATTRS, size};
}

static struct stream *stream_new(struct s2sd *s2sd, bool is_outgoing)
{
    struct stream *stream = NEW(struct stream);
    struct xml_limits limits;

    stream->s2sd = s2sd;
    stream->is_outgoing = is_outgoing;
    stream->failure = ERR_REMOTE_SERVER_TIMEOUT;
    stream->started_ms = s2sd->now_ms;
    stream->active_ms = s2sd->now_ms;
    stream->progress_ms = s2sd->now_ms;
    limits = limits_of(stream);
    stream->xml = xml_stream_new(&limits, NS_SERVER);
    DL_APPEND(s2sd->streams, stream);
    return stream;
}

struct stream *stream_new_incoming(struct s2sd *s2sd, void *connection,
                                   const char *peer, bool is_direct_tls)
{
    struct stream *stream = stream_new(s2sd, false);

    stream->connection = connection;
    stream->is_direct_tls = is_direct_tls;
    stream->state = is_direct_tls ? STREAM_TLS : STREAM_HEADER;
    (void)snprintf(stream->peer, sizeof(stream->peer), "%s", peer);
    stream->caller = caller_enter(s2sd, peer);
    s2sd->streams_in++;
    return stream;
}

struct stream *stream_new_outgoing(struct target *target, struct str local)
{
    struct stream *stream = stream_new(target->s2sd, true);

    stream->target = target;
    stream->state = STREAM_DIALLING;
    stream->local = str_dup(local);
    stream->remote = str_dup(target->domain);
    target->s2sd->streams_out++;
    return stream;
}

void stream_connected(struct stream *stream, void *connection, const char *peer,
                      bool is_direct_tls)
{
    stream->connection = connection;
    stream->is_direct_tls = is_direct_tls;
    (void)snprintf(stream->peer, sizeof(stream->peer), "%s", peer);
    stream->progress_ms = stream->s2sd->now_ms;
    if (is_direct_tls) {
        stream->state = STREAM_TLS;
        return;
    }
    stream->state = STREAM_HEADER;
    stream_send_header(stream);
}

void stream_not_connected(struct stream *stream, enum stanza_error condition,
                          const char *why)
{
    stream->failure = condition;
    stream_lost(stream, why);
}

void stream_disconnected(struct stream *stream)
{
    struct xml_limits limits = limits_of(stream);

    xml_stream_free(stream->xml);
    stream->xml = xml_stream_new(&limits, NS_SERVER);
    buf_clear(&stream->out);
    stream->state = STREAM_DIALLING;
    stream->connection = NULL;
    stream->is_direct_tls = stream->is_secure = stream->wants_tls = false;
    stream->header_sent = stream->is_final = false;
    stream->is_authed = stream->tried_sasl = stream->is_bidi = false;
    stream->is_valid_certificate = stream->offers_sm = false;
    stream->written = 0;
}

static void forget_domains(struct stream *stream)
{
    free((char *)stream->local.p);
    free((char *)stream->remote.p);
    stream->local = stream->remote = STR_NONE;
}

void stream_secured(struct stream *stream)
{
    stream->is_secure = true;
    if (stream->is_outgoing)
        stream_judge_certificate(stream);
    else
        forget_domains(stream); /* anybody may have said them */
    stream_restart(stream);
}

void stream_judge_certificate(struct stream *stream)
{
    struct s2sd *s2sd = stream->s2sd;
    struct error why = {0};

    stream->is_valid_certificate =
        s2sd->effects->peer_is(stream->connection, stream->remote, &why);
    if (!stream->is_valid_certificate)
        log_event(LOG_LEVEL_WARN, "certificate-not-valid",
                  LOG_STR("domain", stream->remote),
                  LOG_TEXT("peer", stream->peer),
                  LOG_TEXT("direction", stream->is_outgoing ? "out" : "in"),
                  LOG_TEXT("reason", why.text));
}

void stream_restart(struct stream *stream)
{
    struct xml_limits limits = limits_of(stream);

    xml_stream_free(stream->xml);
    stream->xml = xml_stream_new(&limits, NS_SERVER);
    stream->state = STREAM_HEADER;
    stream->header_sent = false;
    if (stream->is_outgoing)
        stream_send_header(stream);
}

void stream_trust(struct stream *stream)
{
    struct xml_limits limits = limits_of(stream);

    xml_stream_set_limits(stream->xml, &limits);
    stream->active_ms = stream->s2sd->now_ms;
}

/* --- writing -------------------------------------------------------------- */

void stream_say(struct stream *stream, const char *text)
{
    if (stream->state == STREAM_CLOSING || !stream->connection)
        return;
    if (buf_len(&stream->out) == 0)
        stream->progress_ms = stream->s2sd->now_ms;
    buf_add_text(&stream->out, text);
    stream->s2sd->effects->wake(stream->connection);
}

void stream_send(struct stream *stream, struct parcel *parcel)
{
    struct s2sd *s2sd = stream->s2sd;
    size_t most = (size_t)config_int(s2sd->config, "s2sd.max-send-buffer");

    if (stream->state != STREAM_OPEN) {
        parcel->end = UINT64_MAX; /* never written: it goes another way */
        DL_APPEND(stream->sent, parcel);
        return;
    }
    stream_say(stream, "");
    buf_add(&stream->out, parcel->body);
    parcel->end = stream->written + buf_len(&stream->out);
    parcel->is_counted = stream->asked_enable || stream->counts_out;
    parcel->sent_ms = s2sd->now_ms;
    if (!parcel->first_ms)
        parcel->first_ms = s2sd->now_ms;
    if (parcel->is_counted)
        stream->out_count++;
    DL_APPEND(stream->sent, parcel);
    stream->active_ms = s2sd->now_ms;
    s2sd->stanzas_out++;
    if (buf_len(&stream->out) > most)
        stream_end(stream, "resource-constraint", "The server does not read");
}

void stream_written(struct stream *stream, size_t count)
{
    struct parcel *parcel, *next;

    stream->written += count;
    stream->progress_ms = stream->s2sd->now_ms;
    if (buf_len(&stream->out) == 0)
        buf_clear(&stream->out);
    DL_FOREACH_SAFE(stream->sent, parcel, next)
    {
        if (parcel->is_counted || parcel->end > stream->written)
            break;
        DL_DELETE(stream->sent, parcel);
        parcel_done(parcel);
    }
}
