#include "service.h"

#include "common/service/service.h"
#include "common/log/log.h"

#define MAX_SID 256u

/* One IQ that is being answered. */
struct request {
    struct service *service;
    const struct xml *iq;
    const struct xml *payload;
    struct jid from;
    struct str domain; /* the proxy's, at which it was asked */
    struct str remote;
};

typedef void request_handler(struct request *request);

/* --- answers -------------------------------------------------------------- */

static bool is_served(const struct service *service, struct str domain)
{
    return config_list_has(service->config, "domains", domain);
}

static void send_stanza(struct service *service, struct str domain,
                        const struct jid *to, const struct xml *stanza)
{
    char address[32];
    struct str road = federation_address(address, to->domain);

    if (is_served(service, to->domain))
        road = address_write(address, ADDRESS_SM, jid_shard(to->bare));
    else if (service->effects->is_up(service->ctx, to->domain))
        road = to->domain;
    buf_reset(&service->out);
    xml_write(&service->out, stanza, NS_CLIENT);
    service->effects->send(service->ctx, domain, road, buf_view(&service->out));
}

static void answer(const struct request *request, const struct xml *reply)
{
    struct service *service = request->service;

    if (address_parse(request->remote, NULL) != ADDRESS_PROXY) {
        send_stanza(service, request->domain, &request->from, reply);
        return;
    }
    /* The sibling that asked has the domain's address; it passes this on. */
    buf_reset(&service->out);
    xml_write(&service->out, reply, NS_CLIENT);
    service->effects->send(service->ctx, STR_NONE, request->remote,
                           buf_view(&service->out));
}

static void refuse(const struct request *request, enum stanza_error condition,
                   const char *text)
{
    struct xml *reply = stanza_error_reply(&request->service->arena,
                                           request->iq, condition, text);

    if (reply)
        answer(request, reply);
}

static struct xml *make_result(const struct request *request)
{
    return iq_result(&request->service->arena, request->iq);
}

/* --- who may -------------------------------------------------------------- */

static bool may_use(const struct service *service, const struct jid *from)
{
    const struct config *config = service->config;

    if (is_served(service, from->domain))
        return config_bool(config, "proxy65d.local");
    return config_list_has(config, "proxy65d.access", from->domain);
}

/* --- queries -------------------------------------------------------------- */

static void add_feature(struct xml *query, struct str name)
{
    xml_set(xml_add(query, NS_DISCO_INFO, STR("feature")), STR("var"), name);
}

static void handle_info(struct request *request)
{
    struct xml *result = make_result(request);
    struct xml *query = xml_add(result, NS_DISCO_INFO, STR("query"));
    struct xml *identity = xml_add(query, NS_DISCO_INFO, STR("identity"));

    xml_set(identity, STR("category"), STR("proxy"));
    xml_set(identity, STR("type"), STR("bytestreams"));
    xml_set(identity, STR("name"), STR("File Transfer Relay"));
    add_feature(query, NS_DISCO_INFO);
    add_feature(query, NS_BYTESTREAMS);
    if (config_bool(request->service->config, "proxy65d.udp"))
        add_feature(query, NS_BYTESTREAMS_UDP);
    answer(request, result);
}

static void handle_items(struct request *request)
{
    struct xml *result = make_result(request);

    xml_add(result, NS_DISCO_ITEMS, STR("query"));
    answer(request, result);
}

static void handle_ping(struct request *request)
{
    answer(request, make_result(request));
}

static void add_host(struct request *request, struct xml *query,
                     struct str host)
{
    int64_t port =
        config_int(request->service->config, "proxy65d.advertised-port");
    struct xml *streamhost = xml_add(query, NS_BYTESTREAMS, STR("streamhost"));

    if (port == 0)
        port = config_int(request->service->config, "proxy65d.port");
    xml_set(streamhost, STR("jid"), request->domain);
    xml_set(streamhost, STR("host"), host);
    xml_set_u64(streamhost, "port", (uint64_t)port);
}

static bool is_wildcard(struct str address)
{
    return str_is(address, "0.0.0.0") || str_is(address, "::");
}

/* The hosts to connect to: those that the configuration names, else the
 * addresses listened on; for "all" of them the served domain's name. */
static void add_hosts(struct request *request, struct xml *query)
{
    const struct config *config = request->service->config;
    bool is_named = config_list_count(config, "proxy65d.advertise") > 0;
    const char *key = is_named ? "proxy65d.advertise" : "proxy65d.listen";
    bool has_name = false;

    for (size_t i = 0; i < config_list_count(config, key); i++) {
        struct str host = config_list_item(config, key, i);

        if (!is_named && is_wildcard(host)) {
            host = config_list_item(config, "domains", 0);
            if (has_name)
                continue;
            has_name = true;
        }
        add_host(request, query, host);
    }
}

static void handle_address(struct request *request)
{
    struct xml *result, *query;

    if (!may_use(request->service, &request->from)) {
        refuse(request, ERR_FORBIDDEN, "The proxy is not for this address");
        return;
    }
    result = make_result(request);
    query = xml_add(result, NS_BYTESTREAMS, STR("query"));
    add_hosts(request, query);
    answer(request, result);
}

/* --- activation ----------------------------------------------------------- */

static void answer_activation(struct request *request,
                              enum streams_result result)
{
    switch (result) {
    case STREAMS_OK:
        answer(request, make_result(request));
        break;
    case STREAMS_UNKNOWN:
        refuse(request, ERR_ITEM_NOT_FOUND, NULL);
        break;
    case STREAMS_ONE_SIDE:
        refuse(request, ERR_NOT_ALLOWED, "One side is not connected");
        break;
    case STREAMS_ACTIVE:
        refuse(request, ERR_CONFLICT, "It is active already");
        break;
    case STREAMS_FULL:
        refuse(request, ERR_RESOURCE_CONSTRAINT, "Too many bytestreams");
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
                                       request->from.full, target->full,
                                       service->now_ms);
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

    key_make(key, sid, request->from.full, target->full);
    if (service->associations && associations_know(service->associations, key))
        return service->instance;
    return key_owner(key, service->of);
}

static void handle_activate(struct request *request)
{
    struct service *service = request->service;
    const struct xml *activate =
        xml_child(request->payload, NS_BYTESTREAMS, "activate");
    struct str sid = xml_get(request->payload, "sid");
    char address[32];
    struct jid target;
    unsigned owner;

    if (!may_use(service, &request->from)) {
        refuse(request, ERR_FORBIDDEN, "The proxy is not for this address");
        return;
    }
    if (!activate || sid.len == 0 || sid.len > MAX_SID ||
        !jid_parse(&target, &service->arena, xml_text(activate))) {
        refuse(request, ERR_BAD_REQUEST, NULL);
        return;
    }
    owner = find_owner(request, sid, &target);
    if (owner == service->instance) {
        activate_here(request, sid, &target);
        return;
    }
    address_write(address, ADDRESS_PROXY, owner);
    if (!service->effects->is_up(service->ctx, str_of(address))) {
        refuse(request, ERR_ITEM_NOT_FOUND, NULL);
        return;
    }
    buf_reset(&service->out);
    xml_write(&service->out, request->iq, NS_CLIENT);
    service->effects->send(service->ctx, STR_NONE, str_of(address),
                           buf_view(&service->out));
}

/* --- dispatch ------------------------------------------------------------- */

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
        refuse(request, ERR_BAD_REQUEST, NULL);
        return;
    }
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        if (rows[i].type == type &&
            xml_is(request->payload, rows[i].ns, rows[i].element)) {
            rows[i].handler(request);
            return;
        }
    }
    refuse(request, ERR_SERVICE_UNAVAILABLE, NULL);
}

/* The initiator of an activation is who the link says he is: each peer speaks
 * for its own alone. */
static bool may_speak_for(const struct service *service, struct str remote,
                          const struct jid *from)
{
    switch (address_parse(remote, NULL)) {
    case ADDRESS_SM:
        return is_served(service, from->domain);
    case ADDRESS_S2S:
        return !is_served(service, from->domain);
    case ADDRESS_DOMAIN:
        return str_eq(remote, from->domain) &&
               !is_served(service, from->domain);
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
        send_stanza(service, from->domain, to, stanza);
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
    if (stanza_kind(stanza) == STANZA_MESSAGE)
        refuse(&request, ERR_SERVICE_UNAVAILABLE, NULL);
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
    send_stanza(service, domain, to, message);
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
