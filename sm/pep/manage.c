/* The owner's part: nodes are made, configured, emptied and deleted (XEP-0060
 * §8). */
#include "sm/pep/request.h"

/* --- made ----------------------------------------------------------------- */

static void on_created(void *ctx, bool ok)
{
    struct iq_request *request = ctx;
    const struct xml *create = xml_child(request->payload, NS_PUBSUB, "create");
    struct xml *result;

    if (!ok || xml_get(create, "node").p) {
        iq_answer_written(request, ok);
        return;
    }
    /* The name is ours (§8.1.2). */
    result = pep_result(request);
    xml_set(xml_add(xml_child(result, NS_PUBSUB, "pubsub"), NS_PUBSUB,
                    STR("create")),
            STR("node"),
            request->data ? *(struct str *)request->data : STR_NONE);
    iq_answer(request, result);
}

void pep_create(struct iq_request *request, struct xml *create)
{
    const struct xml *configure =
        xml_child(request->payload, NS_PUBSUB, "configure");
    struct str *name = arena_alloc(request->arena, sizeof(*name));

    *name = xml_get(create, "node");
    if (!name->p)
        *name = arena_dup(request->arena,
                          pep_make_id(request->sm, request->duty, "node"));
    request->data = name;
    if (!pep_is_name(request, *name))
        return;
    if (pep_find(request->account, *name))
        iq_refuse(request, ERR_CONFLICT, "There is a node of this name");
    else
        (void)pep_make_node(request, *name,
                            configure ? form_of(configure, "submit") : NULL,
                            on_created, request);
}

/* --- configured ----------------------------------------------------------- */

static struct xml *answer_settings(struct iq_request *request,
                                   const char *element,
                                   const struct pep_settings *settings)
{
    struct xml *result = pep_result(request);
    struct xml *answer = xml_add(xml_child(result, NS_PUBSUB_OWNER, "pubsub"),
                                 NS_PUBSUB_OWNER, str_of(element));

    pep_settings_write(settings, answer, request->iq);
    return result;
}

void pep_tell_settings(struct iq_request *request, struct xml *configure)
{
    const struct pep_node *node = pep_node_for(request, configure);
    struct xml *result;

    if (!node)
        return;
    result = answer_settings(request, "configure", &node->settings);
    xml_set(xml_child(xml_child(result, NS_PUBSUB_OWNER, "pubsub"),
                      NS_PUBSUB_OWNER, "configure"),
            STR("node"), node->name);
    iq_answer(request, result);
}

void pep_tell_default(struct iq_request *request, struct xml *element)
{
    struct pep_settings settings;

    (void)element;
    pep_settings_default(&settings);
    iq_answer(request, answer_settings(request, "default", &settings));
}

static void on_configured(void *ctx, bool ok)
{
    struct iq_request *request = ctx;
    const struct pep_node *node = request->data;
    struct account *account = pep_account(request);
    struct xml *message;

    if (ok && account && node->settings.notifies_config) {
        message = pep_event_new(account, request->duty, "event");
        xml_set(xml_add(pep_event_of(message), NS_PUBSUB_EVENT,
                        STR("configuration")),
                STR("node"), node->name);
        pep_tell(account, request->duty, node, message);
    }
    iq_answer_written(request, ok);
}

void pep_configure(struct iq_request *request, struct xml *configure)
{
    struct sm *sm = request->sm;
    struct account *account = request->account;
    struct pep_node *node = pep_node_for(request, configure);
    const struct xml *form = form_of(configure, "submit");
    struct pep_settings settings;

    if (!node)
        return;
    if (form_of(configure, "cancel")) {
        iq_answer(request, iq_make_result(request));
        return;
    }
    settings = node->settings;
    if (!form || pep_settings_read(&settings, sm->config, request->arena,
                                   form) == PEP_FORM_BAD) {
        pep_refuse(request, form ? ERR_NOT_ACCEPTABLE : ERR_BAD_REQUEST, NULL,
                   "A setting has a value that is not supported");
        return;
    }
    node = pep_set(account, node->name, &settings, node->affiliations,
                   on_configured, request);
    request->data = pep_node_dup(request->arena, node);
    store_pep_trim(sm->store, store_user(&account->jid), node->name,
                   settings.persists ? pep_most_items(sm, &settings) : 0,
                   pep_ignore_written, NULL);
}

/* --- emptied and deleted -------------------------------------------------- */

static void tell_end(struct iq_request *request, const char *what)
{
    const struct pep_node *node = request->data;
    struct account *account = pep_account(request);
    struct xml *message;

    if (!account || !node->settings.notifies_delete)
        return;
    message = pep_event_new(account, request->duty, "event");
    xml_set(xml_add(pep_event_of(message), NS_PUBSUB_EVENT, str_of(what)),
            STR("node"), node->name);
    pep_tell(account, request->duty, node, message);
}

static void on_deleted(void *ctx, bool ok)
{
    if (ok)
        tell_end(ctx, "delete");
    iq_answer_written(ctx, ok);
}

void pep_delete(struct iq_request *request, struct xml *element)
{
    struct pep_node *node = pep_node_for(request, element);

    if (!node)
        return;
    request->data = pep_node_dup(request->arena, node);
    pep_remove(request->account, node, on_deleted, request);
}

static void on_purged(void *ctx, bool ok)
{
    if (ok)
        tell_end(ctx, "purge");
    iq_answer_written(ctx, ok);
}

void pep_purge(struct iq_request *request, struct xml *purge)
{
    struct pep_node *node = pep_node_for(request, purge);

    if (!node)
        return;
    if (!node->settings.persists) {
        pep_refuse_feature(request, "persistent-items");
        return;
    }
    request->data = pep_node_dup(request->arena, node);
    store_pep_trim(request->sm->store, store_user(&request->to), node->name, 0,
                   on_purged, request);
}
