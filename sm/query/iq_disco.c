/* Service discovery (XEP-0030), contact addresses (XEP-0157). */
#include <utlist.h>

#include "common/service/service.h"
#include "sm/presence/caps.h"
#include "sm/admin/command.h"
#include "sm/presence/contact.h"
#include "sm/query/browse.h"
#include "sm/pep/pep.h"
#include "sm/query/iq.h"
#include "sm/presence/presence.h"

/* Features that no query stands for. */
static const struct str server_features[] = {NS_MSGOFFLINE, NS_HINTS, NS_DELAY,
                                             NS_CARBONS_RULES};
/* Of an archive (XEP-0313 §7, 0431, 0359). */
static const struct str archive_features[] = {
    NS_MAM, NS_MAM_EXTENDED, NS_MAM_GROUPCHAT, NS_FULLTEXT, NS_STANZA_ID};

static struct xml *find_field(struct xml *form, struct str name)
{
    struct xml *field;

    for (field = xml_child(form, NS_DATA, "field"); field;
         field = xml_next(field, NS_DATA, "field"))
        if (str_eq(xml_get(field, "var"), name))
            return field;
    field = xml_add(form, NS_DATA, STR("field"));
    xml_set(field, STR("var"), name);
    xml_set(field, STR("type"), STR("list-multi"));
    return field;
}

/* sm.contact-addresses: "abuse=mailto:abuse@example.org" … */
static void add_contacts(const struct config *config, struct xml *query)
{
    const char *key = "sm.contact-addresses";
    struct xml *form, *type;

    if (config_list_count(config, key) == 0)
        return;
    form = xml_add(query, NS_DATA, STR("x"));
    xml_set(form, STR("type"), STR("result"));
    type = xml_add(form, NS_DATA, STR("field"));
    xml_set(type, STR("var"), STR("FORM_TYPE"));
    xml_set(type, STR("type"), STR("hidden"));
    xml_add_leaf(type, NS_DATA, STR("value"),
                 STR("http://jabber.org/network/serverinfo"));
    for (size_t i = 0; i < config_list_count(config, key); i++) {
        struct str uri = config_list_item(config, key, i);
        struct str kind = str_cut(&uri, '=');
        struct str name =
            arena_printf(query->arena, "%.*s-addresses", STR_ARG(kind));

        if (uri.len)
            xml_add_leaf(find_field(form, name), NS_DATA, STR("value"), uri);
    }
}

/* Whether the asker may know that there is an account (§8). */
static bool may_see(const struct iq_request *request)
{
    return request->place != IQ_AT_ACCOUNT ||
           contact_sees(request->account, request->from.bare);
}

static void add_queries(struct xml *query, enum iq_place place)
{
    for (size_t i = 0; i < iq_row_count; i++)
        if (!iq_rows[i].is_hidden &&
            ((iq_rows[i].places & place) || place == IQ_AT_SERVER))
            disco_feature_once(query, iq_rows[i].ns);
}

static void add_archive(const struct config *config, struct xml *query)
{
    if (config_bool(config, "sm.archive"))
        for (size_t i = 0; i < COUNT_OF(archive_features); i++)
            disco_feature_once(query, archive_features[i]);
}

static void describe_server(const struct config *config, struct xml *query)
{
    disco_identity(query, "server", "im", STR("Posthouse"));
    add_queries(query, IQ_AT_SERVER);
    for (size_t i = 0; i < COUNT_OF(server_features); i++)
        disco_feature_once(query, server_features[i]);
    add_contacts(config, query);
    add_archive(config, query);
}

struct xml *disco_describe_server(struct sm *sm)
{
    struct xml *query = xml_new(&sm->arena, NS_DISCO_INFO, STR("query"));

    describe_server(sm->config, query);
    return query;
}

static void describe_account(const struct iq_request *request,
                             struct xml *query)
{
    disco_identity(query, "account", "registered", STR_NONE);
    add_queries(query, request->place);
    if (!request->account->is_guest)
        pep_describe(query);
    if (request->place == IQ_AT_SELF)
        add_archive(request->sm->config, query);
}

void handle_disco_info(struct iq_request *request)
{
    struct str node = xml_get(request->payload, "node");
    bool is_server = request->place == IQ_AT_SERVER;
    struct xml *result, *query;

    if (iq_offline_discovered(request) || commands_discovered(request) ||
        browse_discovered(request))
        return;
    if (!may_see(request)) {
        iq_refuse(request, ERR_SERVICE_UNAVAILABLE, NULL);
        return;
    }
    if (pep_discovered(request))
        return;
    if (node.len && !(is_server && caps_is_asked(node))) {
        iq_refuse(request, ERR_ITEM_NOT_FOUND, NULL);
        return;
    }
    result = iq_make_result(request);
    query = xml_add(result, NS_DISCO_INFO, STR("query"));
    if (node.len)
        xml_set(query, STR("node"), node);
    if (is_server)
        describe_server(request->sm->config, query);
    else
        describe_account(request, query);
    iq_answer(request, result);
}

struct listing {
    struct iq_request *request;
    struct xml *query;
};

/* The first node of the departments, for those who may browse them. */
static void add_directory(const struct iq_request *request, struct xml *query)
{
    struct xml *item;

    if (!request->sm->directory || !request->sm->directory->departments ||
        !browse_may(request))
        return;
    item = xml_add(query, NS_DISCO_ITEMS, STR("item"));
    xml_set(item, STR("jid"), request->to.domain);
    xml_set(item, STR("node"), STR(BROWSE_NODE));
    xml_set(item, STR("name"), stanza_text(request->iq, "Departments"));
}

/* sm's own service, bound by nobody. */
static void add_broadcast(const struct iq_request *request, struct xml *query)
{
    const struct config *config = request->sm->config;

    for (size_t i = 0; i < service_count(config, SERVICE_BROADCAST); i++) {
        struct str domain =
            service_domain(config, SERVICE_BROADCAST, request->arena, i);

        if (service_is_for(config, SERVICE_BROADCAST, domain,
                           request->to.domain))
            xml_set(xml_add(query, NS_DISCO_ITEMS, STR("item")), STR("jid"),
                    domain);
    }
}

static void add_component(void *ctx, struct str address, struct str node)
{
    struct listing *listing = ctx;

    const struct iq_request *request = listing->request;
    const struct config *config = request->sm->config;

    (void)node;
    if (address_parse(address, NULL) != ADDRESS_DOMAIN ||
        sm_serves(request->sm, address) ||
        (service_has(config, SERVICE_PROXY, address) &&
         !service_is_for(config, SERVICE_PROXY, address, request->to.domain)) ||
        (service_has(config, SERVICE_UPLOAD, address) &&
         !service_is_for(config, SERVICE_UPLOAD, address, request->to.domain)))
        return;
    xml_set(xml_add(listing->query, NS_DISCO_ITEMS, STR("item")), STR("jid"),
            arena_dup(listing->request->arena, address));
}

static void add_resources(const struct account *account, struct xml *query)
{
    const struct session *session;

    DL_FOREACH(account->sessions, session)
    {
        if (presence_is_shown(session))
            xml_set(xml_add(query, NS_DISCO_ITEMS, STR("item")), STR("jid"),
                    session->jid.full);
    }
}

void handle_disco_items(struct iq_request *request)
{
    struct xml *result, *query;

    if (iq_offline_discovered(request) || commands_discovered(request) ||
        browse_discovered(request))
        return;
    if (!may_see(request)) {
        iq_refuse(request, ERR_SERVICE_UNAVAILABLE, NULL);
        return;
    }
    if (xml_get(request->payload, "node").len) {
        iq_refuse(request, ERR_ITEM_NOT_FOUND, NULL);
        return;
    }
    result = iq_make_result(request);
    query = xml_add(result, NS_DISCO_ITEMS, STR("query"));
    if (request->place != IQ_AT_SERVER) {
        add_resources(request->account, query);
        pep_answer_nodes(request, result);
        return;
    }
    add_directory(request, query);
    add_broadcast(request, query);
    channels_each_up(request->sm->channels, add_component,
                     &(struct listing){request, query});
    iq_answer(request, result);
}
