#include "iq_request.h"

#include "common/link/control.h"

struct request *iq_request_new(struct authd *authd, struct request_key key,
                               struct str remote, const struct xml *element,
                               uint64_t seq)
{
    const struct xml *iq = xml_child(element, NS_CLIENT, "iq");
    struct request *request = NULL;

    if (iq && (iq_type(iq) == IQ_GET || iq_type(iq) == IQ_SET))
        request = request_open(authd, key, remote);
    if (!request) {
        authd->effects->discharge(authd->ctx, key.peer, seq);
        return NULL;
    }
    request->seq = seq;
    request->iq = xml_dup(&request->arena, iq);
    return request;
}

void iq_answer(struct request *request, struct xml *iq)
{
    struct xml *answer =
        xml_new(&request->arena, NS_LINK_CONTROL, STR(CTL_ANSWER));

    xml_append(answer, iq);
    request_send(request, answer);
    request_end(request);
}

void iq_answer_error(struct request *request, enum stanza_error condition,
                     const char *type, const char *text)
{
    struct arena *arena = &request->arena;

    iq_answer(request,
              type ? stanza_error_reply_typed(arena, request->iq, condition,
                                              type, text)
                   : stanza_error_reply(arena, request->iq, condition, text));
}

void iq_store_failed(struct request *request)
{
    iq_answer_error(request, ERR_INTERNAL_SERVER_ERROR, "wait", NULL);
}

bool iq_is_stored(struct request *request, enum store_status status)
{
    if (status == STORE_REFUSED)
        iq_answer_error(request, ERR_ITEM_NOT_FOUND, NULL,
                        "There is no such user.");
    else if (status != STORE_OK)
        iq_store_failed(request);
    return status == STORE_OK;
}

bool iq_is_of_sender(const struct request *request, const struct jid *jid)
{
    unsigned shard = 0;

    return jid->local.p && authd_serves(request->authd, jid->domain) &&
           address_parse(request->remote, &shard) == ADDRESS_SM &&
           shard == jid_shard(jid->bare);
}
