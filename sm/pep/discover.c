/* Discovery of personal eventing and its nodes (XEP-0163 §6, XEP-0060 §5). */
#include "sm/pep/request.h"

#define FEATURE(name) "http://jabber.org/protocol/pubsub#" name

static const char *const features[] = {
    "http://jabber.org/protocol/pubsub",
    FEATURE("access-open"),
    FEATURE("access-presence"),
    FEATURE("access-roster"),
    FEATURE("access-whitelist"),
    FEATURE("auto-create"),
    FEATURE("auto-subscribe"),
    FEATURE("config-node"),
    FEATURE("config-node-max"),
    FEATURE("create-and-configure"),
    FEATURE("create-nodes"),
    FEATURE("delete-items"),
    FEATURE("delete-nodes"),
    FEATURE("filtered-notifications"),
    FEATURE("instant-nodes"),
    FEATURE("item-ids"),
    FEATURE("last-published"),
    FEATURE("member-affiliation"),
    FEATURE("modify-affiliations"),
    FEATURE("multi-items"),
    FEATURE("outcast-affiliation"),
    FEATURE("persistent-items"),
    FEATURE("presence-notifications"),
    FEATURE("publish"),
    FEATURE("publish-options"),
    FEATURE("purge-nodes"),
    FEATURE("retract-items"),
    FEATURE("retrieve-affiliations"),
    FEATURE("retrieve-default"),
    FEATURE("retrieve-items"),
    FEATURE("retrieve-subscriptions"),
};

void pep_describe(struct xml *query)
{
    disco_identity(query, "pubsub", "pep", STR_NONE);
    for (size_t i = 0; i < COUNT_OF(features); i++)
        disco_feature(query, str_of(features[i]));
    disco_feature(query, NS_BOOKMARKS_COMPAT);
    disco_feature(query, NS_AVATAR_CONVERSION);
}

/* --- a node --------------------------------------------------------------- */

static void describe_node(struct account *account, void *ctx, bool ok)
{
    struct iq_request *request = ctx;
    struct str name = xml_get(request->payload, "node");
    const struct pep_node *node = ok ? pep_find(account, name) : NULL;
    struct xml *result, *query;

    if (!node || pep_access(account, &node->settings, node->affiliations,
                            request->from.bare) != PEP_MAY) {
        iq_refuse(request, ok ? ERR_ITEM_NOT_FOUND : ERR_INTERNAL_SERVER_ERROR,
                  NULL);
        return;
    }
    result = iq_make_result(request);
    query = xml_add(result, NS_DISCO_INFO, STR("query"));
    xml_set(query, STR("node"), name);
    disco_identity(query, "pubsub", "leaf", STR_NONE);
    disco_feature(query, NS_PUBSUB);
    iq_answer(request, result);
}

bool pep_discovered(struct iq_request *request)
{
    if (request->place == IQ_AT_SERVER ||
        !xml_get(request->payload, "node").len)
        return false;
    pep_with(request->account, describe_node, iq_keep(request));
    return true;
}

/* --- all of them ---------------------------------------------------------- */

static void list_nodes(struct account *account, void *ctx, bool ok)
{
    struct iq_request *request = ctx;
    struct xml *query = xml_child(request->result, NS_DISCO_ITEMS, "query");
    const struct pep_node *node, *next;

    for (node = ok ? account->pep->nodes : NULL; node; node = next) {
        next = node->hh.next;
        if (pep_access(account, &node->settings, node->affiliations,
                       request->from.bare) == PEP_MAY)
            xml_set(xml_set(xml_add(query, NS_DISCO_ITEMS, STR("item")),
                            STR("jid"), account->jid.bare),
                    STR("node"), node->name);
    }
    iq_answer(request, request->result);
}

void pep_answer_nodes(struct iq_request *request, struct xml *result)
{
    struct iq_request *kept = iq_keep(request);

    kept->result = xml_dup(kept->arena, result);
    pep_with(request->account, list_nodes, kept);
}
