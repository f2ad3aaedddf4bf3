/* Subscriptions (XEP-0060 §6). Who sees the owner's presence is subscribed by
 * that (XEP-0163 §4.1), and is told so when he asks for it; none is kept beyond
 * that. */
#include "sm/pep/request.h"
#include "sm/presence/contact.h"

static bool is_subscribed(const struct iq_request *request)
{
    return request->place == IQ_AT_SELF ||
           contact_sees(request->account, request->from.bare);
}

/* §6.1.3.1: everybody for himself. */
static bool is_own(struct iq_request *request, const struct xml *element)
{
    struct jid jid;

    if (jid_parse(&jid, request->arena, xml_get(element, "jid")) &&
        jid_bare_eq(&jid, &request->from))
        return true;
    pep_refuse(request, ERR_BAD_REQUEST, "invalid-jid", NULL);
    return false;
}

static void add(struct xml *parent, struct str node, struct str jid)
{
    struct xml *one = xml_add(parent, NS_PUBSUB, STR("subscription"));

    xml_set(one, STR("node"), node);
    xml_set(one, STR("jid"), jid);
    xml_set(one, STR("subscription"), STR("subscribed"));
}

void pep_subscribe(struct iq_request *request, struct xml *subscribe)
{
    const struct pep_node *node;
    struct xml *result;

    if (!is_own(request, subscribe))
        return;
    node = pep_node_for(request, subscribe);
    if (!node)
        return;
    if (!is_subscribed(request)) {
        pep_refuse_feature(request, "subscribe");
        return;
    }
    result = pep_result(request);
    add(xml_child(result, NS_PUBSUB, "pubsub"), node->name, request->from.bare);
    iq_answer(request, result);
}

void pep_unsubscribe(struct iq_request *request, struct xml *unsubscribe)
{
    if (!is_own(request, unsubscribe) || !pep_node_for(request, unsubscribe))
        return;
    if (is_subscribed(request))
        pep_refuse(request, ERR_NOT_ALLOWED, NULL,
                   "The subscription to presence is the one to this node");
    else
        pep_refuse(request, ERR_UNEXPECTED_REQUEST, "not-subscribed", NULL);
}

void pep_tell_subscriptions(struct iq_request *request, struct xml *element)
{
    struct account *account = request->account;
    struct str name = xml_get(element, "node");
    struct xml *result = pep_result(request);
    struct xml *list = xml_add(xml_child(result, NS_PUBSUB, "pubsub"),
                               NS_PUBSUB, STR("subscriptions"));
    const struct pep_node *node, *next;

    for (node = account->pep->nodes; node && is_subscribed(request);
         node = next) {
        next = node->hh.next;
        if ((!name.len || str_eq(name, node->name)) &&
            pep_access(account, &node->settings, node->affiliations,
                       request->from.bare) == PEP_MAY)
            add(list, node->name, request->from.bare);
    }
    iq_answer(request, result);
}
