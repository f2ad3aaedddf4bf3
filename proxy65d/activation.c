/* A stream begins to flow when its initiator says so (XEP-0065 §6.3.5). */
#include "request.h"

#include "common/log/log.h"

#define MAX_SID 256u

static void answer_activation(struct request *request,
                              enum streams_result result)
{
    switch (result) {
    case STREAMS_OK:
        request_answer(request, request_result(request));
        break;
    case STREAMS_UNKNOWN:
        request_refuse(request, ERR_ITEM_NOT_FOUND, NULL);
        break;
    case STREAMS_ONE_SIDE:
        request_refuse(request, ERR_NOT_ALLOWED, "One side is not connected");
        break;
    case STREAMS_ACTIVE:
        request_refuse(request, ERR_CONFLICT, "It is active already");
        break;
    case STREAMS_FULL:
        request_refuse(request, ERR_RESOURCE_CONSTRAINT,
                       "Too many bytestreams");
        break;
    }
}

static void activate_here(struct request *request, struct str sid,
                          const struct jid *target)
{
    struct service *service = request->service;
    enum streams_result result =
        streams_activate(service->streams, sid, request->from.full,
                         request->from.bare, target->full, service->now_ms);

    if (result == STREAMS_UNKNOWN && service->associations)
        result = associations_activate(service->associations, sid,
                                       request->from.full, request->from.bare,
                                       target->full, service->now_ms);
    if (result != STREAMS_OK)
        log_event(LOG_LEVEL_INFO, "activation-refused",
                  LOG_STR("initiator", request->from.full),
                  LOG_STR("target", target->full), LOG_STR("sid", sid));
    answer_activation(request, result);
}

/* UDP associations are all with the first process; other streams with the owner
 * of their key. */
static unsigned find_owner(const struct request *request, struct str sid,
                           const struct jid *target)
{
    const struct service *service = request->service;
    char key[SOCKS_KEY + 1];

    socks_make_key(key, sid, request->from.full, target->full);
    if (service->associations && associations_know(service->associations, key))
        return service->instance;
    return key_owner(key, service->of);
}

void handle_activate(struct request *request)
{
    struct service *service = request->service;
    const struct xml *activate =
        xml_child(request->payload, NS_BYTESTREAMS, "activate");
    struct str sid = xml_get(request->payload, "sid");
    char address[32];
    struct jid target;
    unsigned owner;

    if (!service_may_use(request->service, request->from.domain)) {
        request_refuse(request, ERR_FORBIDDEN,
                       "The proxy is not for this address");
        return;
    }
    if (!activate || sid.len == 0 || sid.len > MAX_SID ||
        !jid_parse(&target, &service->arena, xml_text(activate))) {
        request_refuse(request, ERR_BAD_REQUEST, NULL);
        return;
    }
    owner = find_owner(request, sid, &target);
    if (owner == service->instance) {
        activate_here(request, sid, &target);
        return;
    }
    address_write(address, ADDRESS_PROXY, owner);
    if (!service->effects->is_up(service->ctx, str_of(address))) {
        request_refuse(request, ERR_ITEM_NOT_FOUND, NULL);
        return;
    }
    buf_reset(&service->out);
    xml_write(&service->out, request->iq, NS_CLIENT);
    service->effects->send(service->ctx, STR_NONE, str_of(address),
                           buf_view(&service->out));
}
