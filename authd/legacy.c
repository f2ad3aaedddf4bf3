/* Logins of clients from before SASL (XEP-0078): a plain password, under TLS.
 */
#include "exchange.h"
#include "iq_request.h"
#include "password.h"

#include "common/jid/jid.h"
#include "common/link/control.h"

#define MECHANISM "jabber:iq:auth"

static void on_decided(struct request *request, enum refusal refusal)
{
    struct xml *answer;

    if (refusal != REFUSE_NOT) {
        exchange_log_refusal(request, MECHANISM, refusal);
        iq_answer_error(request, refusal_row(refusal)->error, NULL,
                        refusal_row(refusal)->text);
        return;
    }
    answer = xml_new(&request->arena, NS_LINK_CONTROL, STR(CTL_ANSWER));
    xml_set(answer, STR(CTL_A_JID), request_jid(request));
    xml_set(answer, STR(CTL_A_GRANT), exchange_grant(request, MECHANISM));
    xml_set(answer, STR(CTL_A_RESOURCE), request->resource);
    xml_append(answer, iq_result(&request->arena, request->iq));
    request_send(request, answer);
    request_end(request);
}

static void on_store_failed(struct request *request)
{
    on_decided(request, REFUSE_STORE);
}

static void answer_fields(struct request *request, const struct xml *query)
{
    struct xml *iq = iq_result(&request->arena, request->iq);
    struct xml *fields = xml_add(iq, NS_AUTH, STR("query"));
    struct str username = xml_child_text(query, NS_AUTH, "username");

    xml_add_leaf(fields, STR_NONE, STR("username"),
                 username.p ? username : STR(""));
    xml_add(fields, STR_NONE, STR("password"));
    xml_add(fields, STR_NONE, STR("resource"));
    iq_answer(request, iq);
}

static void log_in(struct request *request, const struct xml *query)
{
    struct str username = xml_child_text(query, NS_AUTH, "username");
    struct str password = xml_child_text(query, NS_AUTH, "password");
    struct str resource = xml_child_text(query, NS_AUTH, "resource");

    if (resource.p)
        request->resource = jid_prep_resource(&request->arena, resource);
    if (!username.p || !password.p || !request->resource.p)
        iq_answer_error(request, ERR_NOT_ACCEPTABLE, NULL,
                        "User name, password and resource are required.");
    else
        password_judge(request, username, password, on_decided);
}

void legacy_begin(struct request *request, const struct xml *element)
{
    struct arena *arena = &request->arena;
    const struct xml *query = iq_payload(request->iq);

    request->store_failed = on_store_failed;
    request->domain = arena_dup(arena, xml_get(element, CTL_A_DOMAIN));
    request->peer = arena_dup(arena, xml_get(element, CTL_A_PEER));
    request->secure = str_is(xml_get(element, CTL_A_SECURE), "1");
    if (!query || !xml_is(query, NS_AUTH, "query"))
        iq_answer_error(request, ERR_BAD_REQUEST, NULL, NULL);
    else if (!config_bool(request->authd->config, "authd.legacy-auth") ||
             !request->secure || !authd_serves(request->authd, request->domain))
        iq_answer_error(request, ERR_SERVICE_UNAVAILABLE, NULL, NULL);
    else if (iq_type(request->iq) == IQ_GET)
        answer_fields(request, query);
    else
        log_in(request, query);
}
