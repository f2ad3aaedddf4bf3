/* The initiating side of a stream: TLS, SASL EXTERNAL where it is offered and
 * our certificate is believed, dialback otherwise. */
#include <stdio.h>
#include <string.h>

#include "common/codec/codec.h"
#include "policy.h"
#include "stream.h"
#include "target.h"

/* Gives this stream up before it was of use. */
static void fail(struct stream *stream, enum stanza_error condition,
                 const char *why)
{
    stream->failure = condition;
    log_event(LOG_LEVEL_WARN, "connect-failed",
              LOG_STR("domain", stream->remote), LOG_TEXT("peer", stream->peer),
              LOG_TEXT("reason", why));
    stream_end(stream, NULL, NULL);
}

void outgoing_header(struct stream *stream, const struct xml *header)
{
    struct str id = xml_get(header, "id");

    if (id.len == 0 || id.len >= sizeof(stream->id)) {
        stream_end(stream, "bad-format", "The stream needs a short id");
        return;
    }
    (void)snprintf(stream->id, sizeof(stream->id), "%.*s", STR_ARG(id));
    stream->state = STREAM_FEATURES;
    if (!str_is(xml_get(header, "version"), "1.0"))
        fail(stream, ERR_REMOTE_SERVER_TIMEOUT,
             "the server is older than "
             "XMPP 1.0");
}

/* EXTERNAL has proved our domain of the header. */
static void open_stream(struct stream *stream)
{
    struct lane *lane = target_lane(stream->target, stream->local);

    stream->state = STREAM_OPEN;
    stream->is_open = true;
    log_event(LOG_LEVEL_INFO, "federation-connected",
              LOG_STR("domain", stream->remote), LOG_STR("as", stream->local),
              LOG_TEXT("peer", stream->peer),
              LOG_TEXT("tls", stream->is_secure ? "yes" : "no"),
              LOG_TEXT("by", stream->is_authed ? "certificate" : "dialback"));
    if (stream->is_authed && lane)
        originating_verified(stream, lane);
    originating_continue(stream);
}

/* --- features ------------------------------------------------------------- */

static bool offers_external(const struct xml *features)
{
    const struct xml *list = xml_child(features, NS_SASL, "mechanisms");
    const struct xml *item =
        list ? xml_child(list, NS_SASL, "mechanism") : NULL;

    for (; item; item = xml_next(item, NS_SASL, "mechanism"))
        if (str_is(xml_text(item), "EXTERNAL"))
            return true;
    return false;
}

static void start_sasl(struct stream *stream)
{
    struct buf out = {0};

    stream->tried_sasl = true;
    stream->state = STREAM_SASL;
    buf_add_text(&out, "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' "
                       "mechanism='EXTERNAL'>");
    buf_add(&out, base64_encode(&stream->arena, stream->local));
    buf_add_text(&out, "</auth>");
    buf_add_char(&out, '\0');
    stream_say(stream, buf_view(&out).p);
    buf_clear(&out);
}

/* False, with the stream given up, when it is not as safe as policy wants it.
 */
static bool is_safe_enough(struct stream *stream)
{
    const struct config *config = stream->s2sd->config;

    if (!stream->is_secure && policy_needs_tls(config, stream->remote))
        fail(stream, ERR_REMOTE_SERVER_TIMEOUT, "the server offers no TLS");
    else if (!stream->is_valid_certificate &&
             policy_needs_certificate(config, stream->remote))
        fail(stream, ERR_REMOTE_SERVER_TIMEOUT,
             "the certificate is not valid for the domain");
    else
        return true;
    return false;
}

static void take_features(struct stream *stream, const struct xml *features)
{
    bool offers_tls = xml_child(features, NS_TLS, "starttls") != NULL;

    if (!stream->is_secure && offers_tls) {
        stream->state = STREAM_TLS;
        stream_say(stream,
                   "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>");
        return;
    }
    if (!is_safe_enough(stream))
        return;
    stream->offers_sm = xml_child(features, NS_SM, "sm") != NULL;
    if (!stream->is_authed && !stream->is_bidi && stream->is_secure &&
        xml_child(features, NS_BIDI_FEATURE, "bidi")) {
        stream->is_bidi = true;
        stream_say(stream, "<bidi xmlns='urn:xmpp:bidi'/>");
    }
    if (stream->is_secure && !stream->is_authed && !stream->tried_sasl &&
        offers_external(features))
        start_sasl(stream);
    else
        open_stream(stream);
}

/* --- answers -------------------------------------------------------------- */

static void take_tls_answer(struct stream *stream, const struct xml *element)
{
    if (xml_is(element, NS_TLS, "proceed"))
        stream->wants_tls = true;
    else
        fail(stream, ERR_REMOTE_SERVER_TIMEOUT, "the server refuses TLS");
}

/* A server may go on with dialback after a failure, or close (XEP-0178 §3). */
static void take_sasl_answer(struct stream *stream, const struct xml *element)
{
    if (xml_is(element, NS_SASL, "success")) {
        stream->is_authed = true;
        stream_restart(stream);
    } else if (xml_is(element, NS_SASL, "failure")) {
        open_stream(stream);
    } else {
        stream_end(stream, "unsupported-stanza-type", NULL);
    }
}

static void take_open(struct stream *stream, struct xml *element)
{
    if (str_eq(element->ns, NS_DIALBACK))
        dialback_element(stream, element);
    else if (stanza_kind(element) != STANZA_NONE && !stream->is_bidi)
        stream_end(stream, "not-authorized",
                   "Stanzas come on the stream of their sender");
    else if (!stream_common_element(stream, element))
        stream_end(stream, "unsupported-stanza-type", NULL);
}

void outgoing_element(struct stream *stream, struct xml *element)
{
    if (xml_is(element, NS_STREAMS, "error"))
        (void)stream_common_element(stream, element);
    else if (stream->state == STREAM_FEATURES &&
             xml_is(element, NS_STREAMS, "features"))
        take_features(stream, element);
    else if (stream->state == STREAM_TLS)
        take_tls_answer(stream, element);
    else if (stream->state == STREAM_SASL)
        take_sasl_answer(stream, element);
    else if (stream->state == STREAM_OPEN)
        take_open(stream, element);
    else
        stream_end(stream, "unsupported-stanza-type", NULL);
}
