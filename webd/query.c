/* What the service is (XEP-0030, XEP-0363 §3). */
#include "common/link/control.h"
#include "request.h"

static void add_purposes(const struct request *request, struct xml *query)
{
    const struct config *config = request->service->config;
    const char *key = "webd.purposes";

    for (size_t i = 0; i < config_list_count(config, key); i++)
        disco_feature(query,
                      arena_printf(&request->service->arena, "%.*s#%.*s",
                                   STR_ARG(NS_UPLOAD_PURPOSE),
                                   STR_ARG(config_list_item(config, key, i))));
}

/* sm says how large the asker's files may be. */
static void add_limit(const struct request *request, struct xml *query)
{
    struct str told =
        xml_child_text(request->payload, NS_LINK_CONTROL, CTL_MAX_UPLOAD);
    uint64_t most;
    struct xml *form;

    if (!str_to_u64(told, &most) || most == 0)
        return;
    form = xml_add(query, NS_DATA, STR("x"));
    xml_set(form, STR("type"), STR("result"));
    form_add(form, "FORM_TYPE", "hidden", NS_UPLOAD);
    form_add(form, "max-file-size", NULL,
             arena_printf(&request->service->arena, "%llu",
                          (unsigned long long)most));
}

void handle_info(struct request *request)
{
    struct xml *result = request_result(request);
    struct xml *query = xml_add(result, NS_DISCO_INFO, STR("query"));

    disco_identity(query, "store", "file",
                   stanza_text(request->iq, "HTTP File Upload"));
    disco_feature(query, NS_DISCO_INFO);
    disco_feature(query, NS_UPLOAD);
    add_purposes(request, query);
    add_limit(request, query);
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
