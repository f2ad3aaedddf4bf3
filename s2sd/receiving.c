/* The receiving server's part of dialback (XEP-0220 §2.2.1, errors of §2.5):
 * whether a domain is what it says. */
#include "caller.h"
#include "policy.h"
#include "stream.h"
#include "target.h"

static void accept(struct stream *stream, struct pair *pair, const char *by)
{
    stream_verify_pair(stream, pair);
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

/* Whether the stream is known to be with the very server of this domain: we
 * dialled it, or it proved that before. A key is never verified on the stream
 * on which it was shown (XEP-0288 §2.2), and need not be there. */
static bool is_that_server(const struct stream *stream, struct str domain)
{
    return stream->target && str_eq(stream->target->domain, domain);
}

/* Asks the server of the domain; false: too much is asked for already. */
static bool ask(struct stream *stream, struct pair *pair, struct str key)
{
    if (stream->caller)
        pair->is_claim = caller_may_claim(stream->s2sd, stream->caller);
    return (pair->is_claim || !stream->caller) &&
           target_ask(stream->s2sd, stream, pair->to, pair->from, key);
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
    } else if (is_that_server(stream, from)) {
        accept(stream, pair, "stream");
    } else if (!ask(stream, pair, key)) {
        stream_remove_pair(stream, pair);
        refuse_pair(stream, from, to, "resource-constraint", "");
    }
}

void receiving_result(struct stream *stream, const struct xml *result)
{
    struct str from = jid_prep_domain(&stream->arena, xml_get(result, "from"));
    struct str to = jid_prep_domain(&stream->arena, xml_get(result, "to"));
    struct str key = xml_text(result);
    const struct pair *pair;

    if (!from.p || !to.p) {
        stream_end(stream, "improper-addressing", NULL);
        return;
    }
    pair = stream_pair(stream, from, to);
    if (pair && pair->is_verified)
        stream_say_dialback(stream, "result", to, from, STR_NONE, "valid",
                            STR_NONE);
    else if (!pair)
        take_key(stream, from, to, key);
}

void receiving_answered(struct stream *stream, struct str from, struct str to,
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
    if (!stream->is_outgoing && !stream_has_verified(stream))
        stream_end(stream, NULL, NULL);
}
