#include "request.h"

#include "common/service/service.h"

bool service_serves(const struct service *service, struct str domain)
{
    return config_list_has(service->config, "domains", domain);
}

void service_send(struct service *service, struct str domain,
                  const struct jid *to, const struct xml *stanza)
{
    char address[32];
    struct str road = federation_address(address, to->domain);

    if (service_serves(service, to->domain))
        road = address_write(address, ADDRESS_SM, jid_shard(to->bare));
    else if (service->effects->is_up(service->ctx, to->domain))
        road = to->domain;
    buf_reset(&service->out);
    xml_write(&service->out, stanza, NS_CLIENT);
    service->effects->send(service->ctx, domain, road, buf_view(&service->out));
}

void request_answer(const struct request *request, const struct xml *reply)
{
    struct service *service = request->service;

    if (address_parse(request->remote, NULL) != ADDRESS_PROXY) {
        service_send(service, request->domain, &request->from, reply);
        return;
    }
    /* The sibling that asked has the domain's address; it passes this on. */
    buf_reset(&service->out);
    xml_write(&service->out, reply, NS_CLIENT);
    service->effects->send(service->ctx, STR_NONE, request->remote,
                           buf_view(&service->out));
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

bool service_may_use(const struct service *service, struct str domain)
{
    if (service_serves(service, domain))
        return config_bool(service->config, "proxy65d.local");
    return config_list_has(service->config, "proxy65d.access", domain);
}
