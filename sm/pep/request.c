#include "sm/pep/request.h"

#include "sm/pep/convert.h"

static const struct action {
    enum iq_type type;
    bool is_owners; /* and nobody else's */
    struct str ns;
    const char *element;
    pep_action *run;
} actions[] = {
    {IQ_SET, true, NS_PUBSUB, "publish", pep_publish},               /* §7.1 */
    {IQ_SET, true, NS_PUBSUB, "retract", pep_retract},               /* §7.2 */
    {IQ_GET, false, NS_PUBSUB, "items", pep_retrieve},               /* §6.5 */
    {IQ_SET, true, NS_PUBSUB, "create", pep_create},                 /* §8.1 */
    {IQ_GET, true, NS_PUBSUB_OWNER, "configure", pep_tell_settings}, /* §8.2 */
    {IQ_SET, true, NS_PUBSUB_OWNER, "configure", pep_configure},
    {IQ_GET, true, NS_PUBSUB_OWNER, "default", pep_tell_default}, /* §8.3 */
    {IQ_SET, true, NS_PUBSUB_OWNER, "delete", pep_delete},        /* §8.4 */
    {IQ_SET, true, NS_PUBSUB_OWNER, "purge", pep_purge},          /* §8.5 */
    {IQ_GET, true, NS_PUBSUB_OWNER, "affiliations", pep_tell_affiliations},
    {IQ_SET, true, NS_PUBSUB_OWNER, "affiliations", pep_set_affiliations},
    {IQ_GET, false, NS_PUBSUB, "affiliations", pep_tell_own_affiliations},
    {IQ_SET, false, NS_PUBSUB, "subscribe", pep_subscribe},     /* §6.1 */
    {IQ_SET, false, NS_PUBSUB, "unsubscribe", pep_unsubscribe}, /* §6.2 */
    {IQ_GET, false, NS_PUBSUB, "subscriptions", pep_tell_subscriptions},
};

/* --- answers -------------------------------------------------------------- */

static void refuse_with(struct iq_request *request, enum stanza_error condition,
                        const char *specific, const char *feature,
                        const char *text)
{
    struct xml *reply =
        stanza_error_reply(request->arena, request->iq, condition, text);
    struct xml *child;

    if (specific) {
        child = xml_add(xml_child(reply, NS_CLIENT, "error"), NS_PUBSUB_ERRORS,
                        str_of(specific));
        if (feature)
            xml_set(child, STR("feature"), str_of(feature));
    }
    iq_answer(request, reply);
}

void pep_refuse(struct iq_request *request, enum stanza_error condition,
                const char *specific, const char *text)
{
    refuse_with(request, condition, specific, NULL, text);
}

void pep_refuse_feature(struct iq_request *request, const char *feature)
{
    refuse_with(request, ERR_FEATURE_NOT_IMPLEMENTED, "unsupported", feature,
                NULL);
}

struct xml *pep_result(struct iq_request *request)
{
    struct xml *result = iq_make_result(request);

    xml_add(result, request->payload->ns, STR("pubsub"));
    return result;
}

void pep_ignore_written(void *ctx, bool ok)
{
    (void)ctx, (void)ok;
}

struct account *pep_account(struct iq_request *request)
{
    return account_find(request->sm, request->to.bare);
}

/* --- nodes ---------------------------------------------------------------- */

bool pep_is_name(struct iq_request *request, struct str name)
{
    if (!name.len)
        pep_refuse(request, ERR_BAD_REQUEST, "nodeid-required", NULL);
    else if (name.len > PEP_MAX_NODE_BYTES ||
             memchr(name.p, PEP_SEPARATOR, name.len))
        pep_refuse(request, ERR_NOT_ACCEPTABLE, NULL,
                   "The name of the node is too long");
    else
        return true;
    return false;
}

static void refuse_reader(struct iq_request *request, enum pep_verdict verdict)
{
    static const struct {
        enum stanza_error condition;
        const char *specific;
    } refusals[] = {
        [PEP_UNSUBSCRIBED] = {ERR_NOT_AUTHORIZED,
                              "presence-subscription-required"},
        [PEP_OUTSIDE] = {ERR_NOT_AUTHORIZED, "not-in-roster-group"},
        [PEP_UNLISTED] = {ERR_NOT_ALLOWED, "closed-node"},
        [PEP_OUTCAST] = {ERR_FORBIDDEN, NULL},
    };

    pep_refuse(request, refusals[verdict].condition, refusals[verdict].specific,
               NULL);
}

struct pep_node *pep_node_for(struct iq_request *request,
                              const struct xml *action)
{
    struct str name = xml_get(action, "node");
    struct pep_node *node = pep_find(request->account, name);
    enum pep_verdict verdict;

    if (!pep_is_name(request, name))
        return NULL;
    if (!node) {
        iq_refuse(request, ERR_ITEM_NOT_FOUND, NULL);
        return NULL;
    }
    verdict = pep_access(request->account, &node->settings, node->affiliations,
                         request->from.bare);
    if (verdict == PEP_MAY)
        return node;
    refuse_reader(request, verdict);
    return NULL;
}

struct pep_node *pep_make_node(struct iq_request *request, struct str name,
                               const struct xml *form, store_done *done,
                               void *ctx)
{
    const struct config *config = request->sm->config;
    struct pep_settings settings;

    if (HASH_COUNT(request->account->pep->nodes) >=
        (uint64_t)config_int(config, "sm.pep-max-nodes")) {
        pep_refuse(request, ERR_RESOURCE_CONSTRAINT, NULL,
                   "There are as many nodes as there may be");
        return NULL;
    }
    pep_settings_default(&settings);
    if (form && pep_settings_read(&settings, config, request->arena, form) ==
                    PEP_FORM_BAD) {
        pep_refuse(request, ERR_NOT_ACCEPTABLE, NULL,
                   "A setting has a value that is not supported");
        return NULL;
    }
    return pep_set(request->account, name, &settings, STR_NONE, done, ctx);
}

/* --- dispatch ------------------------------------------------------------- */

static const struct action *find_action(const struct iq_request *request,
                                        struct xml **element)
{
    for (size_t i = 0; i < COUNT_OF(actions); i++) {
        const struct action *action = &actions[i];

        if (action->type != iq_type(request->iq) ||
            !str_eq(action->ns, request->payload->ns))
            continue;
        *element = xml_child(request->payload, action->ns, action->element);
        if (*element)
            return action;
    }
    return NULL;
}

static void act(struct iq_request *request)
{
    struct xml *element;

    request->account = pep_account(request);
    if (request->account && request->account->pep &&
        request->account->pep->is_read)
        find_action(request, &element)->run(request, element);
    else
        iq_refuse(request, ERR_INTERNAL_SERVER_ERROR, NULL);
}

/* The owner's bookmarks may still be where older clients have put them. */
static bool is_first_about_bookmarks(const struct iq_request *request,
                                     const struct account *account)
{
    struct xml *element;

    (void)find_action(request, &element);
    return request->place == IQ_AT_SELF &&
           str_eq(xml_get(element, "node"), NS_BOOKMARKS) &&
           !pep_find(account, NS_BOOKMARKS);
}

static void run(struct account *account, void *ctx, bool ok)
{
    struct iq_request *request = ctx;

    if (ok && is_first_about_bookmarks(request, account))
        convert_old_bookmarks(request, act);
    else
        act(request);
}

void handle_pep(struct iq_request *request)
{
    struct xml *element;
    const struct action *action = find_action(request, &element);

    if (!action && xml_child(request->payload, STR_NONE, NULL))
        iq_refuse(request, ERR_FEATURE_NOT_IMPLEMENTED, NULL);
    else if (!action)
        iq_refuse(request, ERR_BAD_REQUEST, NULL);
    else if (action->is_owners && request->place == IQ_AT_ACCOUNT)
        iq_refuse(request, ERR_FORBIDDEN, NULL);
    else
        pep_with(request->account, run, iq_keep(request));
}
