/* DIGEST-MD5 (RFC 2831), for old clients, where an administrator accepts what
 * it must store. */
#include "digest.h"
#include "mechanism.h"

#include "common/codec/codec.h"
#include "common/jid/jid.h"

#include <string.h>

#define NONCE_CHARS 24u

void digest_start(struct request *request, struct str data)
{
    if (data.len > 0) {
        exchange_refuse(request, REFUSE_MALFORMED);
        return;
    }
    request->server_first = random_id(&request->arena, NONCE_CHARS);
    exchange_challenge(
        request,
        arena_printf(&request->arena,
                     "realm=\"%.*s\",nonce=\"%.*s\",qop=\"auth\","
                     "charset=utf-8,algorithm=md5-sess",
                     STR_ARG(request->domain), STR_ARG(request->server_first)));
}

/* A verifier that no password fits, so that every name costs the same. */
static const char *ha1_of(struct request *request)
{
    if (!request->account.has_ha1)
        work_md5_hex(random_id(&request->arena, NONCE_CHARS),
                     request->account.ha1);
    return request->account.ha1;
}

static void on_account(struct request *request)
{
    bool is_known = request->account.exists && request->account.has_ha1;
    const char *ha1 = ha1_of(request);
    char hex[ACCOUNT_HA1_CHARS];
    struct str value = {hex, sizeof(hex)};

    digest_value(ha1, request->digest, false, hex);
    if (!str_eq_constant_time(value, request->digest->response) || !is_known) {
        exchange_refuse(request, request->account.exists ? REFUSE_PASSWORD
                                                         : REFUSE_UNKNOWN);
        return;
    }
    if (!request->account.enabled) {
        exchange_refuse(request, REFUSE_DISABLED);
        return;
    }
    request->is_verified = true;
    digest_value(ha1, request->digest, true, hex);
    exchange_challenge(
        request, arena_printf(&request->arena, "rspauth=%.*s", STR_ARG(value)));
}

/* §2.1.2: what the client may choose, and what it must repeat. */
static bool is_acceptable(const struct request *request)
{
    const struct digest_response *told = request->digest;
    struct str uri = told->uri;
    struct str service = str_cut(&uri, '/');

    return told->username.len > 0 && xml_utf8_valid(told->username) &&
           str_eq(told->realm, request->domain) &&
           str_eq(told->nonce, request->server_first) && told->cnonce.len > 0 &&
           str_is(told->nc, "00000001") &&
           (!told->qop.p || str_is(told->qop, "auth")) &&
           str_is(service, "xmpp") && str_eq(uri, request->domain) &&
           told->response.len == ACCOUNT_HA1_CHARS;
}

void digest_respond(struct request *request, struct str data)
{
    if (request->is_verified) {
        if (data.len == 0)
            exchange_succeed(request, STR_NONE);
        else
            exchange_refuse(request, REFUSE_MALFORMED);
        return;
    }
    request->digest = arena_alloc(&request->arena, sizeof(*request->digest));
    if (!digest_parse(request->digest, &request->arena, data) ||
        !is_acceptable(request)) {
        exchange_refuse(request, REFUSE_MALFORMED);
        return;
    }
    request->local = jid_prep_local(&request->arena, request->digest->username);
    if (!request->local.p)
        exchange_refuse(request, REFUSE_UNKNOWN);
    else if (!authzid_is_self(request, request->digest->authzid))
        exchange_refuse(request, REFUSE_AUTHZID);
    else if (!request_may_try(request))
        exchange_refuse(request, REFUSE_RATE);
    else
        request_load(request, on_account);
}
