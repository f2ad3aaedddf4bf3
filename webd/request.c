#include "request.h"

#include "common/service/service.h"

static bool serves(const struct service *service, struct str domain)
{
    return config_list_has(service->config, "domains", domain);
}

void request_answer(const struct request *request, const struct xml *reply)
{
    struct service *service = request->service;
    char address[32];
    struct str road = federation_address(address, request->from.domain);

    if (serves(service, request->from.domain))
        road =
            address_write(address, ADDRESS_SM, jid_shard(request->from.bare));
    buf_reset(&service->out);
    xml_write(&service->out, reply, NS_CLIENT);
    service->effects->send(service->ctx, request->domain, road,
                           buf_view(&service->out));
}

struct xml *request_error(const struct request *request,
                          enum stanza_error condition, const char *type,
                          const char *text, struct xml **error)
{
    struct xml *reply = stanza_error_reply_typed(
        &request->service->arena, request->iq, condition, type, text);

    *error = reply ? xml_child(reply, NS_CLIENT, "error") : NULL;
    return reply;
}

void request_refuse(const struct request *request, enum stanza_error condition,
                    const char *text)
{
    struct xml *reply = stanza_error_reply(&request->service->arena,
                                           request->iq, condition, text);

    if (reply)
        request_answer(request, reply);
}

struct xml *request_result(const struct request *request)
{
    return iq_result(&request->service->arena, request->iq);
}
