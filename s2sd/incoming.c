/* The receiving side of a stream: features, TLS, SASL EXTERNAL (XEP-0178) and
 * dialback (XEP-0220 §2.2.1, with errors as §2.5 has them). */
#include "common/codec/codec.h"
#include "common/service/service.h"
#include "policy.h"
#include "stream.h"
#include "target.h"

/* A stream of this process may carry our stanzas too when they pass through it.
 */
static bool may_be_bidi(const struct stream *stream)
{
    const struct s2sd *s2sd = stream->s2sd;

    return stream->remote.p &&
           jid_shard(stream->remote) % FEDERATION_ADDRESSES % s2sd->of ==
               s2sd->instance;
}

static void send_features(struct stream *stream)
{
    const struct config *config = stream->s2sd->config;

    stream_say(stream, "<stream:features>");
    if (!stream->is_secure)
        stream_say(stream,
                   config_bool(config, "s2sd.require-tls")
                       ? "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'>"
                         "<required/></starttls>"
                       : "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>");
    if (!stream->is_authed && stream->is_valid_certificate)
        stream_say(stream,
                   "<mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>"
                   "<mechanism>EXTERNAL</mechanism></mechanisms>");
    if (stream->is_secure || !config_bool(config, "s2sd.require-tls"))
        stream_say(stream, "<dialback xmlns='urn:xmpp:features:dialback'>"
                           "<errors/></dialback><sm xmlns='urn:xmpp:sm:3'/>");
    if (may_be_bidi(stream) && stream->is_secure)
        stream_say(stream, "<bidi xmlns='urn:xmpp:features:bidi'/>");
    stream_say(stream, "</stream:features>");
}

/* --- header --------------------------------------------------------------- */

/* The domains of the header, and what is wrong with them; NULL: nothing. */
static const char *take_domains(struct stream *stream, const struct xml *header)
{
    struct str to = jid_prep_domain(&stream->arena, xml_get(header, "to"));
    struct str from = jid_prep_domain(&stream->arena, xml_get(header, "from"));

    if (stream->local.p &&
        !(str_eq(stream->local, to) && str_eq(stream->remote, from)))
        return "invalid-from"; /* others than before TLS or SASL */
    if (!stream->local.p) {
        stream->local = s2sd_is_ours(stream->s2sd, to) ? str_dup(to) : STR_NONE;
        stream->remote = str_dup(from);
    }
    if (!stream->local.p)
        return "host-unknown";
    if (!from.p)
        return NULL; /* dialback names its domains itself */
    if (s2sd_is_ours(stream->s2sd, from))
        return "invalid-from";
    return policy_allows(stream->s2sd->config, from) ? NULL
                                                     : "policy-violation";
}

/* EXTERNAL has proved the remote domain; the header tells for which of ours. */
static void open_authenticated(struct stream *stream)
{
    struct pair *pair = stream_pair(stream, stream->remote, stream->local);

    if (!pair)
        pair = stream_add_pair(stream, stream->remote, stream->local);
    if (pair)
        pair->is_verified = true;
    stream_trust(stream);
    if (stream->is_bidi)
        target_adopt(stream->s2sd, stream, stream->local, stream->remote);
}

void incoming_header(struct stream *stream, const struct xml *header)
{
    const char *wrong = take_domains(stream, header);
    struct error why;

    if (wrong) {
        stream_end(stream, wrong, NULL);
        return;
    }
    if (!str_is(xml_get(header, "version"), "1.0")) {
        stream_end(stream, "unsupported-version", NULL);
        return;
    }
    if (stream->is_secure && stream->remote.p)
        stream->is_valid_certificate = stream->s2sd->effects->peer_is(
            stream->connection, stream->remote, &why);
    stream_send_header(stream);
    stream->state = STREAM_OPEN;
    stream->is_open = true;
    send_features(stream);
    if (stream->is_authed)
        open_authenticated(stream);
}

/* --- TLS and SASL --------------------------------------------------------- */

static void start_tls(struct stream *stream)
{
    if (stream->is_secure || stream->pairs) {
        stream_end(stream, "policy-violation", "It is too late for TLS");
        return;
    }
    stream_say(stream, "<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>");
    stream->state = STREAM_TLS;
    stream->wants_tls = true;
}

static void refuse_login(struct stream *stream, const char *condition)
{
    struct buf out = {0};

    log_event(LOG_LEVEL_WARN, "federation-refused",
              LOG_STR("domain", stream->remote), LOG_TEXT("peer", stream->peer),
              LOG_TEXT("reason", condition));
    buf_printf(&out,
               "<failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><%s/>"
               "</failure>",
               condition);
    buf_add_char(&out, '\0');
    stream_say(stream, buf_view(&out).p);
    buf_clear(&out);
}

/* The authorization identity, when one is given, is the domain itself. */
static bool is_identity(struct stream *stream, struct str text)
{
    struct str name;

    if (text.len == 0 || str_is(text, "="))
        return true;
    name = base64_decode(&stream->arena, text);
    return name.p &&
           str_eq(jid_prep_domain(&stream->arena, name), stream->remote);
}

static void log_in(struct stream *stream, const struct xml *auth)
{
    if (!str_is(xml_get(auth, "mechanism"), "EXTERNAL")) {
        refuse_login(stream, "invalid-mechanism");
    } else if (stream->is_authed || !stream->is_valid_certificate) {
        refuse_login(stream, "not-authorized");
    } else if (!is_identity(stream, xml_text(auth))) {
        refuse_login(stream, "invalid-authzid");
    } else {
        stream->is_authed = true;
        stream_say(stream,
                   "<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>");
        log_event(LOG_LEVEL_INFO, "federation-verified",
                  LOG_STR("from", stream->remote),
                  LOG_TEXT("by", "certificate"),
                  LOG_TEXT("peer", stream->peer));
        stream_restart(stream);
    }
}

/* --- dialback ------------------------------------------------------------- */

static void accept(struct stream *stream, struct pair *pair, const char *by)
{
    pair->is_verified = true;
    stream_say_dialback(stream, "result", pair->to, pair->from, STR_NONE,
                        "valid", STR_NONE);
    log_event(LOG_LEVEL_INFO, "federation-verified",
              LOG_STR("from", pair->from), LOG_STR("to", pair->to),
              LOG_TEXT("by", by), LOG_TEXT("peer", stream->peer));
    stream_trust(stream);
    if (stream->is_bidi)
        target_adopt(stream->s2sd, stream, pair->to, pair->from);
}

/* Why a domain may not prove itself here; NULL: it may. */
static const char *refusal(const struct stream *stream, struct str from,
                           struct str to, bool has_certificate)
{
    const struct config *config = stream->s2sd->config;

    if (!s2sd_is_ours(stream->s2sd, to))
        return "item-not-found";
    if (s2sd_is_ours(stream->s2sd, from))
        return "not-acceptable";
    if (!policy_allows(config, from))
        return "forbidden";
    if (!stream->is_secure && policy_needs_tls(config, from))
        return "policy-violation";
    if (!has_certificate && policy_needs_certificate(config, from))
        return "not-authorized";
    return NULL;
}

static void refuse_pair(struct stream *stream, struct str from, struct str to,
                        const char *condition, const char *why)
{
    stream->s2sd->refused++;
    if (log_limit_allows(&stream->s2sd->log_limit, "federation-refused"))
        log_event(LOG_LEVEL_WARN, "federation-refused", LOG_STR("from", from),
                  LOG_STR("to", to), LOG_TEXT("peer", stream->peer),
                  LOG_TEXT("reason", condition), LOG_TEXT("text", why));
    stream_say_dialback_error(stream, "result", to, from, STR_NONE, condition);
}

static void take_key(struct stream *stream, struct str from, struct str to,
                     struct str key)
{
    struct error why = {0};
    bool has_certificate =
        stream->is_secure &&
        stream->s2sd->effects->peer_is(stream->connection, from, &why);
    const char *condition = refusal(stream, from, to, has_certificate);
    struct pair *pair;

    if (condition) {
        refuse_pair(stream, from, to, condition, why.text);
        return;
    }
    pair = stream_add_pair(stream, from, to);
    if (!pair) {
        refuse_pair(stream, from, to, "resource-constraint", "");
    } else if (has_certificate) {
        accept(stream, pair, "certificate");
    } else if (!target_ask(stream->s2sd, stream, to, from, key)) {
        stream_remove_pair(stream, pair);
        refuse_pair(stream, from, to, "resource-constraint", "");
    }
}

static void handle_result(struct stream *stream, const struct xml *result)
{
    struct str from = jid_prep_domain(&stream->arena, xml_get(result, "from"));
    struct str to = jid_prep_domain(&stream->arena, xml_get(result, "to"));
    struct str key = xml_text(result);
    const struct pair *pair;

    if (!from.p || !to.p) {
        stream_end(stream, "improper-addressing", NULL);
        return;
    }
    if (xml_get(result, "type").p)
        return; /* an answer to nothing that was asked here */
    pair = stream_pair(stream, from, to);
    if (pair && pair->is_verified)
        stream_say_dialback(stream, "result", to, from, STR_NONE, "valid",
                            STR_NONE);
    else if (!pair)
        take_key(stream, from, to, key);
}

void incoming_answered(struct stream *stream, struct str from, struct str to,
                       const char *type, const char *condition)
{
    struct pair *pair = stream_pair(stream, from, to);

    if (!pair || pair->is_verified || stream->state != STREAM_OPEN)
        return;
    if (type && str_is(str_of(type), "valid")) {
        accept(stream, pair, "dialback");
        return;
    }
    if (!type) {
        refuse_pair(stream, from, to, condition,
                    "the server of the domain "
                    "does not answer");
        stream_remove_pair(stream, pair);
        return;
    }
    stream->s2sd->refused++;
    log_event(LOG_LEVEL_WARN, "federation-refused", LOG_STR("from", from),
              LOG_STR("to", to), LOG_TEXT("peer", stream->peer),
              LOG_TEXT("reason", "the key is not of this domain"));
    stream_say_dialback(stream, "result", to, from, STR_NONE, "invalid",
                        STR_NONE);
    stream_remove_pair(stream, pair);
    if (!stream_has_verified(stream))
        stream_end(stream, NULL, NULL);
}

/* --- elements ------------------------------------------------------------- */

/* An answer to a question of ours comes on the stream that it was asked on,
 * which is not this one. */
static void handle_verify(struct stream *stream, const struct xml *verify)
{
    if (!xml_get(verify, "type").p)
        authority_answer(stream, verify);
    else if (log_limit_allows(&stream->s2sd->log_limit, "answer-unasked"))
        log_event(LOG_LEVEL_WARN, "answer-unasked",
                  LOG_STR("domain", stream->remote),
                  LOG_TEXT("peer", stream->peer));
}

static bool handle_dialback(struct stream *stream, const struct xml *element)
{
    if (!str_eq(element->ns, NS_DIALBACK))
        return false;
    if (!stream->is_secure &&
        policy_needs_tls(stream->s2sd->config, stream->remote))
        stream_end(stream, "policy-violation", "TLS is required");
    else if (xml_is(element, NS_DIALBACK, "result"))
        handle_result(stream, element);
    else if (xml_is(element, NS_DIALBACK, "verify"))
        handle_verify(stream, element);
    else
        stream_end(stream, "unsupported-stanza-type", NULL);
    return true;
}

void incoming_element(struct stream *stream, struct xml *element)
{
    if (xml_is(element, NS_TLS, "starttls"))
        start_tls(stream);
    else if (xml_is(element, NS_SASL, "auth"))
        log_in(stream, element);
    else if (xml_is(element, NS_BIDI, "bidi") && may_be_bidi(stream))
        stream->is_bidi = true;
    else if (!handle_dialback(stream, element) &&
             !stream_common_element(stream, element))
        stream_end(stream, "unsupported-stanza-type", NULL);
}
