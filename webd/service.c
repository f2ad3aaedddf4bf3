#include "request.h"

#include "common/log/log.h"
#include "common/service/service.h"

static const struct {
    enum iq_type type;
    const char *element;
    struct str ns;
    request_handler *handler;
} rows[] = {
    {IQ_GET, "query", NS_DISCO_INFO, handle_info},
    {IQ_GET, "query", NS_DISCO_ITEMS, handle_items},
    {IQ_GET, "request", NS_UPLOAD, handle_slot},
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

/* Users of ours alone: sm, which has found that they may, speaks for them. */
static bool handle_stanza(struct service *service, struct str remote,
                          const struct xml *stanza)
{
    struct request request = {.service = service, .iq = stanza};
    struct jid to;
    enum iq_type type;

    if (!stanza || stanza_kind(stanza) == STANZA_NONE ||
        !jid_parse(&request.from, &service->arena, xml_get(stanza, "from")) ||
        !jid_parse(&to, &service->arena, xml_get(stanza, "to")) ||
        !service_has(service->config, SERVICE_UPLOAD, to.domain))
        return false;
    request.domain = to.domain;
    if (stanza_kind(stanza) == STANZA_MESSAGE)
        request_refuse(&request, ERR_SERVICE_UNAVAILABLE, NULL);
    if (stanza_kind(stanza) != STANZA_IQ)
        return true; /* presence means nothing here */
    type = iq_type(stanza);
    request.payload = iq_payload(stanza);
    if (type != IQ_GET && type != IQ_SET)
        return true;
    if (address_parse(remote, NULL) != ADDRESS_SM ||
        !config_list_has(service->config, "domains", request.from.domain))
        request_refuse(&request, ERR_FORBIDDEN,
                       "Only users of this server may upload files");
    else
        dispatch(&request);
    return true;
}

void service_receive(struct service *service, struct str remote,
                     struct str body)
{
    arena_reset(&service->arena);
    if (handle_stanza(service, remote,
                      xml_parse(service->parser, &service->arena, body)))
        return;
    service->bad_frames++;
    log_event(LOG_LEVEL_WARN, "bad-frame", LOG_STR("from", remote));
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
