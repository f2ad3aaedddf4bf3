#include "exchange.h"
#include "mechanism.h"

#include "common/codec/codec.h"
#include "common/jid/jid.h"
#include "common/link/control.h"
#include "common/log/log.h"
#include "common/stanza/namespaces.h"

#include <string.h>

enum exchange_event { EVENT_RESPONSE, EVENT_ABORT, EVENT_COUNT };

/* What the client may do when; the rest ends the exchange. */
static const bool allowed[][EVENT_COUNT] = {
    [EXCHANGE_STARTING] = {false, false},
    [EXCHANGE_INITIAL] = {[EVENT_RESPONSE] = true, [EVENT_ABORT] = true},
    [EXCHANGE_WORKING] = {[EVENT_RESPONSE] = false, [EVENT_ABORT] = true},
    [EXCHANGE_CHALLENGED] = {[EVENT_RESPONSE] = true, [EVENT_ABORT] = true},
    [EXCHANGE_ENDED] = {false, false},
};

static struct request *find(struct authd *authd, struct request_key key)
{
    struct request_key wanted;
    struct request *found = NULL;

    memset(&wanted, 0, sizeof(wanted));
    wanted.peer = key.peer;
    wanted.sid = key.sid;
    HASH_FIND(hh, authd->exchanges, &wanted, sizeof(wanted), found);
    return found;
}

static const char *mechanism_name(const struct request *request)
{
    return request->mechanism ? request->mechanism->name : "";
}

static struct xml *control(struct request *request, struct str name)
{
    return xml_new(&request->arena, NS_LINK_CONTROL, name);
}

static void set_data(struct xml *element, struct str data)
{
    if (data.p)
        xml_set(element, STR(CTL_A_DATA), base64_encode(element->arena, data));
}

void exchange_challenge(struct request *request, struct str data)
{
    struct xml *challenge = control(request, STR(CTL_AUTH_CHALLENGE));

    set_data(challenge, data);
    request->state = EXCHANGE_CHALLENGED;
    request_send(request, challenge);
}

struct str exchange_grant(struct request *request, const char *mechanism)
{
    struct authd *authd = request->authd;
    struct str jid = request_jid(request);

    authd->logins++;
    log_event(LOG_LEVEL_INFO, "login", LOG_STR("jid", jid),
              LOG_STR("peer", request->peer), LOG_TEXT("mechanism", mechanism));
    return grant_sign(&request->arena, &authd->key, request->remote,
                      request->key.sid, jid, authd->unix_ms / 1000);
}

void exchange_succeed(struct request *request, struct str data)
{
    struct xml *success = control(request, STR(CTL_AUTH_SUCCESS));

    xml_set(success, STR(CTL_A_JID), request_jid(request));
    xml_set(success, STR(CTL_A_GRANT),
            exchange_grant(request, mechanism_name(request)));
    set_data(success, data);
    request->state = EXCHANGE_ENDED;
    request_send(request, success);
    request_end(request);
}

void exchange_log_refusal(struct request *request, const char *mechanism,
                          enum refusal refusal)
{
    const struct refusal_row *row = refusal_row(refusal);

    request->authd->failures++;
    if (row->counts)
        request_count_failure(request);
    log_event(LOG_LEVEL_WARN, "login-refused",
              LOG_STR("jid", request_jid(request)),
              LOG_STR("peer", request->peer), LOG_TEXT("mechanism", mechanism),
              LOG_TEXT("reason", row->reason));
}

void exchange_refuse(struct request *request, enum refusal refusal)
{
    const struct refusal_row *row = refusal_row(refusal);
    struct xml *failure = control(request, STR(CTL_AUTH_FAILURE));

    xml_set(failure, STR(CTL_A_CONDITION), str_of(row->condition));
    if (row->text)
        xml_set(failure, STR(CTL_A_TEXT), str_of(row->text));
    exchange_log_refusal(request, mechanism_name(request), refusal);
    request->state = EXCHANGE_ENDED;
    request_send(request, failure);
    request_end(request);
}

static void on_store_failed(struct request *request)
{
    exchange_refuse(request, REFUSE_STORE);
}

/* Answers a stream that has no exchange (or cannot get one). */
static void refuse_stream(struct authd *authd, struct request_key key)
{
    struct xml *failure =
        xml_new(&authd->arena, NS_LINK_CONTROL, STR(CTL_AUTH_FAILURE));

    xml_set(failure, STR(CTL_A_CONDITION),
            str_of(refusal_row(REFUSE_EXPIRED)->condition));
    buf_reset(&authd->out);
    xml_write(&authd->out, failure, NS_CLIENT);
    authd->effects->send(authd->ctx, key.peer, key.sid, buf_view(&authd->out));
}

static struct str keep(struct request *request, const struct xml *element,
                       const char *name)
{
    return arena_dup(&request->arena, xml_get(element, name));
}

/* The client's choice of channel binding stands in its first message, which
 * c2sd may see only with the response. */
static bool keep_binding(struct request *request, const struct xml *element)
{
    struct str data = xml_get(element, CTL_A_CB_DATA);

    if (!data.p)
        return true;
    request->cb_type = keep(request, element, CTL_A_CB_TYPE);
    request->cb_data = base64_decode(&request->arena, data);
    return request->cb_data.p != NULL;
}

/* False when it is not Base64; absent data is right. */
static bool decode(struct request *request, const struct xml *element,
                   struct str *data)
{
    struct str text = xml_get(element, CTL_A_DATA);

    *data = STR_NONE;
    if (text.p)
        *data = base64_decode(&request->arena, text);
    return !text.p || data->p;
}

/* Takes over what the start tells, and judges whether it may go on. */
static enum refusal prepare(struct request *request, const struct xml *start)
{
    struct str name = xml_get(start, CTL_A_MECHANISM);

    request->domain = keep(request, start, CTL_A_DOMAIN);
    request->peer = keep(request, start, CTL_A_PEER);
    request->secure = str_is(xml_get(start, CTL_A_SECURE), "1");
    request->cb_offered = keep(request, start, CTL_A_CB_OFFERED);
    request->offered = keep(request, start, CTL_A_MECHANISMS);
    request->cert = keep(request, start, CTL_A_CERT);
    if (!authd_serves(request->authd, request->domain))
        return REFUSE_DOMAIN;
    request->mechanism = mechanism_find(request->authd, request->domain, name);
    if (!request->mechanism ||
        (request->offered.p && !list_has(request->offered, name)))
        return REFUSE_MECHANISM;
    if (request->mechanism->secure_only && !request->secure)
        return REFUSE_INSECURE;
    if (!request_may_try(request))
        return REFUSE_RATE;
    return keep_binding(request, start) ? REFUSE_NOT : REFUSE_MALFORMED;
}

static void first_step(struct request *request, struct str data)
{
    const struct mechanism *mechanism = request->mechanism;

    if (data.p || mechanism->optional) {
        request->state = EXCHANGE_WORKING;
        mechanism->start(request, data);
    } else {
        exchange_challenge(request, STR(""));
        request->state = EXCHANGE_INITIAL;
    }
}

void exchange_begin(struct authd *authd, struct request_key key,
                    struct str remote, const struct xml *start)
{
    struct request *request = find(authd, key);
    enum refusal refusal;
    struct str data;

    if (request) {
        exchange_refuse(request, REFUSE_MALFORMED);
        return;
    }
    request = request_open(authd, key, remote);
    if (!request) {
        refuse_stream(authd, key);
        return;
    }
    request->is_exchange = true;
    request->store_failed = on_store_failed;
    HASH_ADD(hh, authd->exchanges, key, sizeof(request->key), request);
    refusal = prepare(request, start);
    if (refusal == REFUSE_NOT && !decode(request, start, &data))
        refusal = REFUSE_ENCODING;
    if (refusal == REFUSE_NOT)
        first_step(request, data);
    else
        exchange_refuse(request, refusal);
}

void exchange_response(struct authd *authd, struct request_key key,
                       const struct xml *response)
{
    struct request *request = find(authd, key);
    enum exchange_state before;
    struct str data;

    if (!request) {
        refuse_stream(authd, key);
        return;
    }
    if (!allowed[request->state][EVENT_RESPONSE] ||
        !keep_binding(request, response)) {
        exchange_refuse(request, REFUSE_MALFORMED);
        return;
    }
    if (!decode(request, response, &data)) {
        exchange_refuse(request, REFUSE_ENCODING);
        return;
    }
    if (!data.p)
        data = STR("");
    before = request->state;
    request->state = EXCHANGE_WORKING;
    if (before == EXCHANGE_INITIAL)
        request->mechanism->start(request, data);
    else
        request->mechanism->respond(request, data);
}

void exchange_abort(struct authd *authd, struct request_key key)
{
    struct request *request = find(authd, key);

    if (!request || !allowed[request->state][EVENT_ABORT])
        return;
    request->state = EXCHANGE_ENDED;
    request_end(request);
}

void exchange_expire(struct request *request)
{
    exchange_refuse(request, request->waiting ? REFUSE_STORE : REFUSE_EXPIRED);
}
