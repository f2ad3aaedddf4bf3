/* STUN and TURN servers (XEP-0215), and what a user logs in with there: a name
 * with its end, and a password made of it and a shared secret
 * (draft-uberti-behave-turn-rest-00 §2.2). */
#include "common/codec/codec.h"
#include "sm/query/external.h"
#include "sm/query/iq.h"

#define OPAQUE_BYTES 8
#define SHA1_BYTES   20

/* The relay can tell users apart, and not who they are. */
static struct str opaque_name(struct iq_request *request)
{
    unsigned char mac[32];

    hmac_sha256(request->sm->relay_secret, request->from.bare, mac);
    return hex_encode(request->arena,
                      (struct str){(const char *)mac, OPAQUE_BYTES});
}

static void add_credentials(struct iq_request *request, struct xml *service)
{
    const struct sm *sm = request->sm;
    struct arena *arena = request->arena;
    int64_t expires =
        sm->now_ms / 1000 + config_int(sm->config, "sm.relay-lifetime");
    struct str name = arena_printf(arena, "%lld:%.*s", (long long)expires,
                                   STR_ARG(opaque_name(request)));
    unsigned char mac[SHA1_BYTES];

    hmac_sha1(sm->relay_secret, name, mac);
    xml_set(service, STR("username"), name);
    xml_set(service, STR("password"),
            base64_encode(arena, (struct str){(const char *)mac, SHA1_BYTES}));
    xml_set(service, STR("expires"), stanza_timestamp(arena, expires * 1000));
}

static bool may_log_in(const struct iq_request *request)
{
    return request->sm->relay_secret.p && !request->account->is_guest;
}

static void add_service(struct iq_request *request, struct xml *list,
                        const struct relay *relay)
{
    struct xml *service = xml_add(list, NS_EXTDISCO, STR("service"));

    xml_set(service, STR("type"), relay->type);
    xml_set(service, STR("host"), relay->host);
    xml_set(service, STR("port"), relay->port);
    xml_set(service, STR("transport"), relay->transport);
    if (!relay->wants_login)
        return;
    xml_set(service, STR("restricted"), STR("true"));
    if (may_log_in(request))
        add_credentials(request, service);
}

static size_t count_relays(const struct iq_request *request)
{
    return config_list_count(request->sm->config, "sm.relays");
}

/* Relaying costs its owner: it is for the users of this suite. */
static bool is_for_the_asker(struct iq_request *request)
{
    if (request->session)
        return true;
    iq_refuse(request, ERR_FORBIDDEN, NULL);
    return false;
}

void handle_services(struct iq_request *request)
{
    struct str type = xml_get(request->payload, "type");
    struct xml *result, *list;

    if (!is_for_the_asker(request))
        return;
    result = iq_make_result(request);
    list = xml_add(result, NS_EXTDISCO, STR("services"));
    xml_set(list, STR("type"), type);
    for (size_t i = 0; i < count_relays(request); i++) {
        const struct relay relay = relay_of(request->sm, i);

        if (!type.p || str_eq(type, relay.type))
            add_service(request, list, &relay);
    }
    iq_answer(request, result);
}

static bool is_meant(const struct xml *wanted, const struct relay *relay)
{
    struct str port = xml_get(wanted, "port");

    return relay->wants_login && str_eq(xml_get(wanted, "type"), relay->type) &&
           str_eq(xml_get(wanted, "host"), relay->host) &&
           (!port.p || str_eq(port, relay->port));
}

void handle_credentials(struct iq_request *request)
{
    const struct xml *wanted =
        xml_child(request->payload, NS_EXTDISCO, "service");
    struct xml *result, *list;

    if (!is_for_the_asker(request))
        return;
    if (!wanted || !xml_get(wanted, "type").len ||
        !xml_get(wanted, "host").len) {
        iq_refuse(request, ERR_BAD_REQUEST, NULL);
        return;
    }
    if (request->account->is_guest) {
        iq_refuse(request, ERR_NOT_ALLOWED, NULL);
        return;
    }
    result = iq_make_result(request);
    list = xml_add(result, NS_EXTDISCO, STR("credentials"));
    for (size_t i = 0; may_log_in(request) && i < count_relays(request); i++) {
        const struct relay relay = relay_of(request->sm, i);

        if (is_meant(wanted, &relay))
            add_service(request, list, &relay);
    }
    if (list->first)
        iq_answer(request, result);
    else
        iq_refuse(request, ERR_ITEM_NOT_FOUND, NULL);
}
