/* What comes in on a stream, as far as it may: bytes into elements. */
#include "stream.h"

#define MAX_UNREAD_ANSWERS 65536u

static void on_element(struct stream *stream, struct xml *element)
{
    if (stream->is_outgoing)
        outgoing_element(stream, element);
    else
        incoming_element(stream, element);
}

static void on_header(struct stream *stream, const struct xml *header)
{
    if (!xml_is(header, NS_STREAMS, "stream"))
        stream_end(stream, "invalid-namespace", NULL);
    else if (stream->is_outgoing)
        outgoing_header(stream, header);
    else
        incoming_header(stream, header);
}

/* Whether a stranger has said more than he may. */
static bool is_too_much(struct stream *stream, size_t count)
{
    int64_t most = config_int(stream->s2sd->config, "s2sd.pre-auth-bytes");

    if (stream->is_outgoing || stream->is_authed || stream_has_verified(stream))
        return false;
    stream->received += count;
    return most && stream->received > (uint64_t)most;
}

/* One event of the parser. False: no more for now. */
static bool read_event(struct stream *stream, struct str *bytes)
{
    struct xml *out = NULL;
    enum xml_error error;

    arena_reset(&stream->arena);
    switch (xml_stream_feed(stream->xml, &stream->arena, bytes, &out)) {
    case XML_MORE:
        return false;
    case XML_STREAM_OPEN:
        on_header(stream, out);
        break;
    case XML_STANZA:
        on_element(stream, out);
        break;
    case XML_STREAM_CLOSE:
        stream_end(stream, NULL, NULL);
        break;
    case XML_FAILED:
        error = xml_stream_error(stream->xml);
        stream_end(stream, xml_error_condition(error), xml_error_text(error));
        break;
    }
    /* What stands behind an agreement on TLS was said in the clear. */
    if (stream->state == STREAM_TLS &&
        (!stream->is_outgoing || stream->wants_tls) && bytes->len > 0)
        stream_end(stream, "policy-violation", "Nothing may precede TLS");
    return stream->state != STREAM_CLOSING;
}

static size_t most_unread(const struct stream *stream)
{
    return (size_t)config_int(stream->s2sd->config, "s2sd.max-send-buffer");
}

void stream_receive(struct stream *stream, struct str bytes)
{
    arena_reset(&stream->s2sd->arena);
    if (stream->state == STREAM_CLOSING)
        return;
    if (is_too_much(stream, bytes.len)) {
        stream_end(stream, "policy-violation",
                   "Too much before a domain is "
                   "verified");
        return;
    }
    while (read_event(stream, &bytes))
        ;
    if (buf_len(&stream->out) > most_unread(stream))
        stream_end(stream, "resource-constraint", "The server does not read");
}

static bool is_over_rate(const struct stream *stream)
{
    int64_t rate = config_int(stream->s2sd->config, "s2sd.stanza-rate");

    return rate && stream->rate_second == stream->s2sd->now_ms / 1000 &&
           stream->rate_count >= (uint64_t)rate;
}

/* Who asks and does not read the answers is heard no further. A stream that
 * carries our stanzas is read whatever waits: its other end may do the same. */
static bool is_unread(const struct stream *stream)
{
    return !stream->target && buf_len(&stream->out) > MAX_UNREAD_ANSWERS;
}

bool stream_is_paused(const struct stream *stream)
{
    return stream->is_full || is_over_rate(stream) || is_unread(stream) ||
           (stream->s2sd->is_draining && !stream->target);
}
