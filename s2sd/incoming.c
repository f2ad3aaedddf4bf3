/* The receiving side of a stream: features, TLS, SASL EXTERNAL (XEP-0178). */
#include "common/codec/codec.h"
#include "common/service/service.h"
#include "policy.h"
#include "stream.h"
#include "target.h"

#define MAX_LOGINS 5u /* RFC 6120 §6.4.5 */

/* A stream of this process may carry our stanzas too when they pass through it;
 * not by a word in the clear, which anybody on the way may have said. */
static bool may_be_bidi(const struct stream *stream)
{
    const struct s2sd *s2sd = stream->s2sd;

    return stream->is_secure && stream->remote.p && !stream->counts_in &&
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
    if (may_be_bidi(stream))
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
        stream_verify_pair(stream, pair);
    stream_trust(stream);
    if (stream->is_bidi)
        target_adopt(stream->s2sd, stream, stream->local, stream->remote);
}

void incoming_header(struct stream *stream, const struct xml *header)
{
    const char *wrong = take_domains(stream, header);

    if (wrong) {
        stream_end(stream, wrong, NULL);
        return;
    }
    if (!str_is(xml_get(header, "version"), "1.0")) {
        stream_end(stream, "unsupported-version", NULL);
        return;
    }
    if (stream->is_secure && stream->remote.p && !stream->is_authed)
        stream_judge_certificate(stream);
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
    if (++stream->login_count > MAX_LOGINS) {
        stream_end(stream, "policy-violation", "Too many attempts");
    } else if (!str_is(xml_get(auth, "mechanism"), "EXTERNAL")) {
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

/* --- elements ------------------------------------------------------------- */

static bool handle_dialback(struct stream *stream, const struct xml *element)
{
    if (!str_eq(element->ns, NS_DIALBACK))
        return false;
    if (!stream->is_secure &&
        policy_needs_tls(stream->s2sd->config, stream->remote))
        stream_end(stream, "policy-violation", "TLS is required");
    else
        dialback_element(stream, element);
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
