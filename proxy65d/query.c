/* What the proxy is and where (XEP-0030, XEP-0065 §4). */
#include "request.h"

void handle_info(struct request *request)
{
    struct xml *result = request_result(request);
    struct xml *query = xml_add(result, NS_DISCO_INFO, STR("query"));

    disco_identity(query, "proxy", "bytestreams",
                   stanza_text(request->iq, "File Transfer Relay"));
    disco_feature(query, NS_DISCO_INFO);
    disco_feature(query, NS_BYTESTREAMS);
    if (request->service->associations)
        disco_feature(query, NS_BYTESTREAMS_UDP);
    request_answer(request, result);
}

void handle_items(struct request *request)
{
    struct xml *result = request_result(request);

    xml_add(result, NS_DISCO_ITEMS, STR("query"));
    request_answer(request, result);
}

void handle_ping(struct request *request)
{
    request_answer(request, request_result(request));
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

void handle_address(struct request *request)
{
    struct xml *result, *query;

    if (!service_may_use(request->service, request->from.domain)) {
        request_refuse(request, ERR_FORBIDDEN,
                       "The proxy is not for this address");
        return;
    }
    result = request_result(request);
    query = xml_add(result, NS_BYTESTREAMS, STR("query"));
    add_hosts(request, query);
    request_answer(request, result);
}
