/* Who is a member, who an outcast (XEP-0060 §4.1, §5.7, §8.9). The owner is the
 * account and stays it; nobody publishes but him. */
#include <stdlib.h>

#include "sm/pep/request.h"

#define MAX_AFFILIATIONS 1000u

static bool is_given(struct str affiliation)
{
    return str_is(affiliation, "member") || str_is(affiliation, "outcast");
}

/* A tree of what the node keeps. */
static struct xml *kept_list(struct iq_request *request,
                             const struct pep_node *node)
{
    struct xml *list =
        node->affiliations.len
            ? xml_parse(request->sm->parser, request->arena, node->affiliations)
            : NULL;

    return list ? list
                : xml_new(request->arena, NS_PUBSUB_OWNER, STR("affiliations"));
}

static struct xml *find(const struct xml *list, struct str jid)
{
    struct xml *one;

    for (one = xml_child(list, NS_PUBSUB_OWNER, "affiliation"); one;
         one = xml_next(one, NS_PUBSUB_OWNER, "affiliation"))
        if (str_eq(xml_get(one, "jid"), jid))
            break;
    return one;
}

static void add(struct xml *list, struct str jid, struct str affiliation)
{
    struct xml *one = xml_add(list, list->ns, STR("affiliation"));

    xml_set(one, STR("jid"), jid);
    xml_set(one, STR("affiliation"), affiliation);
}

void pep_tell_affiliations(struct iq_request *request, struct xml *affiliations)
{
    const struct pep_node *node = pep_node_for(request, affiliations);
    struct xml *result, *list;

    if (!node)
        return;
    result = pep_result(request);
    list = kept_list(request, node);
    xml_set(list, STR("node"), node->name);
    add(list, request->account->jid.bare, STR("owner"));
    xml_append(xml_child(result, NS_PUBSUB_OWNER, "pubsub"), list);
    iq_answer(request, result);
}

/* Changes the list as an element says; false: it cannot be. */
static bool change(struct iq_request *request, struct xml *list,
                   const struct xml *element, size_t *count)
{
    struct str affiliation = xml_get(element, "affiliation");
    struct xml *old;
    struct jid jid;

    if (!jid_parse(&jid, request->arena, xml_get(element, "jid")) ||
        jid_bare_eq(&jid, &request->account->jid) ||
        !(is_given(affiliation) || str_is(affiliation, "none")))
        return false;
    old = find(list, jid.bare);
    if (old) {
        xml_remove(old);
        --*count;
    }
    if (is_given(affiliation)) {
        add(list, jid.bare, affiliation);
        ++*count;
    }
    return *count <= MAX_AFFILIATIONS;
}

void pep_set_affiliations(struct iq_request *request, struct xml *affiliations)
{
    struct pep_node *node = pep_node_for(request, affiliations);
    struct buf bytes = {0};
    struct xml *list;
    size_t count = 0;

    if (!node)
        return;
    list = kept_list(request, node);
    for (const struct xml *one = xml_child(list, STR_NONE, NULL); one;
         one = xml_next(one, STR_NONE, NULL))
        count++;
    for (const struct xml *one =
             xml_child(affiliations, NS_PUBSUB_OWNER, "affiliation");
         one; one = xml_next(one, NS_PUBSUB_OWNER, "affiliation"))
        if (!change(request, list, one, &count)) {
            iq_refuse(request, ERR_NOT_ACCEPTABLE,
                      "member, outcast or none, of somebody else");
            return;
        }
    if (count > 0)
        xml_write(&bytes, list, NS_CLIENT);
    (void)pep_set(request->account, node->name, &node->settings,
                  buf_view(&bytes), iq_answer_written, request);
    buf_clear(&bytes);
}

/* Everybody's own, of one node or of all (§5.7). */
void pep_tell_own_affiliations(struct iq_request *request, struct xml *element)
{
    struct account *account = request->account;
    struct str name = xml_get(element, "node");
    struct xml *result = pep_result(request);
    struct xml *list = xml_add(xml_child(result, NS_PUBSUB, "pubsub"),
                               NS_PUBSUB, STR("affiliations"));
    const struct pep_node *node, *next;

    for (node = account->pep->nodes; node; node = next) {
        struct str affiliation =
            pep_affiliation(account, node->affiliations, request->from.bare);

        next = node->hh.next;
        if ((name.len && !str_eq(name, node->name)) ||
            str_is(affiliation, "none"))
            continue;
        affiliation = arena_dup(request->arena, affiliation);
        xml_set(xml_set(xml_add(list, NS_PUBSUB, STR("affiliation")),
                        STR("node"), node->name),
                STR("affiliation"), affiliation);
    }
    iq_answer(request, result);
}
