/* SCRAM-SHA-256 and SCRAM-SHA-1, with and without -PLUS (RFC 5802, RFC 7677,
 * RFC 9266), with the protection of the offer (XEP-0474). */
#include "downgrade.h"
#include "mechanism.h"

#include "common/codec/codec.h"
#include "common/jid/jid.h"

#include <string.h>

#define NONCE_CHARS 24u

static bool was_offered_plus(struct str offered)
{
    while (offered.p) {
        struct str word = str_cut(&offered, ' ');

        if (word.len > 5 && memcmp(word.p + word.len - 5, "-PLUS", 5) == 0)
            return true;
    }
    return false;
}

/* A client that supports channel binding and believes that we do not (y) has
 * been lied to by somebody in between (RFC 5802 §6). */
static enum refusal check_binding(const struct request *request)
{
    const struct scram_client_first *first = &request->first;

    if (request->mechanism->plus != (first->gs2 == SCRAM_GS2_USED))
        return REFUSE_MALFORMED;
    if (first->gs2 == SCRAM_GS2_SUPPORTED && was_offered_plus(request->offered))
        return REFUSE_BINDING;
    if (first->gs2 != SCRAM_GS2_USED)
        return REFUSE_NOT;
    if (request->cb_data.len == 0 ||
        !str_eq(first->cb_name, request->cb_type) ||
        (request->cb_offered.p &&
         !list_has(request->cb_offered, first->cb_name)))
        return REFUSE_BINDING;
    return REFUSE_NOT;
}

static void on_account(struct request *request)
{
    enum scram_hash hash = request->mechanism->hash;
    struct scram_verifier verifier =
        credential_verifier(request_credential(request, hash), hash);

    request->server_first =
        scram_server_first(&request->arena, &request->first,
                           random_id(&request->arena, NONCE_CHARS), &verifier);
    if (request->offered.p)
        request->server_first = arena_printf(
            &request->arena, "%.*s,h=%.*s", STR_ARG(request->server_first),
            STR_ARG(downgrade_hash(&request->arena, hash, request->offered,
                                   request->cb_offered)));
    exchange_challenge(request, request->server_first);
}

void scram_start(struct request *request, struct str data)
{
    enum refusal refusal;
    struct str prepared;

    if (!scram_parse_client_first(&request->first, &request->arena, data)) {
        exchange_refuse(request, REFUSE_MALFORMED);
        return;
    }
    prepared = scram_prep_password(&request->arena, request->first.username);
    if (prepared.p)
        request->local = jid_prep_local(&request->arena, prepared);
    if (!request->local.p) {
        exchange_refuse(request, REFUSE_UNKNOWN);
        return;
    }
    refusal = check_binding(request);
    if (refusal != REFUSE_NOT) {
        exchange_refuse(request, refusal);
        return;
    }
    if (!authzid_is_self(request, request->first.authzid)) {
        exchange_refuse(request, REFUSE_AUTHZID);
        return;
    }
    if (!request_may_try(request)) {
        exchange_refuse(request, REFUSE_RATE);
        return;
    }
    request_load(request, on_account);
}

void scram_respond(struct request *request, struct str data)
{
    enum scram_hash hash = request->mechanism->hash;
    struct scram_verifier verifier =
        credential_verifier(&request->account.by_hash[hash], hash);
    struct str binding = request->mechanism->plus ? request->cb_data : STR_NONE;
    struct str final = STR_NONE;

    switch (scram_finish(&request->arena, &request->first,
                         request->server_first, &verifier, binding, data,
                         &final)) {
    case SCRAM_MALFORMED:
        exchange_refuse(request, REFUSE_MALFORMED);
        return;
    case SCRAM_WRONG:
        exchange_refuse(request, request->account.exists ? REFUSE_PASSWORD
                                                         : REFUSE_UNKNOWN);
        return;
    case SCRAM_ACCEPTED:
        break;
    }
    if (!request->account.exists || !request->account.enabled)
        exchange_refuse(request, REFUSE_DISABLED);
    else
        exchange_succeed(request, final);
}
