#include "request.h"

#include "common/log/log.h"
#include "common/service/service.h"

struct row {
    enum iq_type type;
    const char *element;
    struct str ns;
    request_handler *handler;
};

static const struct row rows[] = {
    {IQ_GET, "query", NS_DISCO_INFO, handle_info},
    {IQ_GET, "query", NS_DISCO_ITEMS, handle_items},
    {IQ_GET, "query", NS_BYTESTREAMS, handle_address},
    {IQ_SET, "query", NS_BYTESTREAMS, handle_activate},
    {IQ_GET, "ping", NS_PING, handle_ping},
};

static void dispatch(struct request *request)
{
    enum iq_type type = iq_type(request->iq);

    if (!request->payload) {
        request_refuse(request, ERR_BAD_REQUEST, NULL);
        return;
    }
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        if (rows[i].type == type &&
            xml_is(request->payload, rows[i].ns, rows[i].element)) {
            rows[i].handler(request);
            return;
        }
    }
    request_refuse(request, ERR_SERVICE_UNAVAILABLE, NULL);
}

/* The initiator of an activation is who the link says he is: each peer speaks
 * for its own alone. */
static bool may_speak_for(const struct service *service, struct str remote,
                          const struct jid *from)
{
    switch (address_parse(remote, NULL)) {
    case ADDRESS_SM:
        return service_serves(service, from->domain);
    case ADDRESS_S2S:
        return !service_serves(service, from->domain);
    case ADDRESS_DOMAIN:
        return str_eq(remote, from->domain) &&
               !service_serves(service, from->domain);
    case ADDRESS_PROXY:
        return true; /* a sibling, which has judged it */
    default:
        return false;
    }
}

/* A sibling's answer, for the one who asked. */
static void pass_on(struct service *service, const struct xml *stanza,
                    const struct jid *from, const struct jid *to)
{
    if (service_has(service->config, SERVICE_PROXY, from->domain))
        service_send(service, from->domain, to, stanza);
}

static bool handle_stanza(struct service *service, struct str remote,
                          const struct xml *stanza)
{
    struct request request = {
        .service = service, .iq = stanza, .remote = remote};
    struct jid to;
    enum iq_type type;

    if (!stanza || stanza_kind(stanza) == STANZA_NONE ||
        !jid_parse(&request.from, &service->arena, xml_get(stanza, "from")) ||
        !jid_parse(&to, &service->arena, xml_get(stanza, "to")) ||
        !may_speak_for(service, remote, &request.from))
        return false;
    request.domain = to.domain;
    if (!service_has(service->config, SERVICE_PROXY, to.domain) &&
        address_parse(remote, NULL) != ADDRESS_PROXY)
        return false;
    if (stanza_kind(stanza) == STANZA_MESSAGE)
        request_refuse(&request, ERR_SERVICE_UNAVAILABLE, NULL);
    if (stanza_kind(stanza) != STANZA_IQ)
        return true; /* presence means nothing to a proxy */
    type = iq_type(stanza);
    request.payload = iq_payload(stanza);
    if (type == IQ_GET || type == IQ_SET)
        dispatch(&request);
    else if (address_parse(remote, NULL) == ADDRESS_PROXY)
        pass_on(service, stanza, &request.from, &to);
    return true;
}

void service_receive(struct service *service, struct str local,
                     struct str remote, struct str body)
{
    const struct xml *stanza;

    (void)local;
    arena_reset(&service->arena);
    stanza = xml_parse(service->parser, &service->arena, body);
    if (handle_stanza(service, remote, stanza))
        return;
    service->bad_frames++;
    log_event(LOG_LEVEL_WARN, "bad-frame", LOG_STR("from", remote));
}

void service_tell_udp_success(struct service *service, struct str domain,
                              const struct jid *to, const char *key)
{
    struct xml *message, *success;

    message = xml_new(&service->arena, NS_CLIENT, STR("message"));
    xml_set(message, STR("from"), domain);
    xml_set(message, STR("to"), to->full);
    xml_set(message, STR("id"), stanza_new_id(&service->arena));
    success = xml_add(message, NS_BYTESTREAMS, STR("udpsuccess"));
    xml_set(success, STR("dstaddr"), str_of(key));
    service_send(service, domain, to, message);
}

void service_init(struct service *service)
{
    service->parser = xml_parser_new(
        &(struct xml_limits){.max_depth = 64, .max_stanza = LINK_MAX_FRAME});
}

void service_clear(struct service *service)
{
    xml_parser_free(service->parser);
    arena_clear(&service->arena);
    buf_clear(&service->out);
}
