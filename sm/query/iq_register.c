/* Registration by a logged-in user (XEP-0077): relayed to an authd, the only
 * one who may touch passwords. */
#include "sm/admin/auth_ask.h"
#include "sm/control.h"
#include "sm/query/iq.h"
#include "sm/admin/permit.h"

static void on_answer(void *ctx, const struct xml *answer)
{
    struct iq_request *request = ctx;
    struct xml *result;

    if (!answer) {
        iq_refuse(request, ERR_INTERNAL_SERVER_ERROR,
                  "The login service has restarted");
        return;
    }
    result = xml_dup(request->arena, answer);
    xml_set(result, STR("from"), request->to.full);
    iq_answer(request, result);
}

static void relay(struct iq_request *request)
{
    struct sm *sm = request->sm;
    struct iq_request *kept;
    struct xml *element;

    if (!request->session) {
        iq_refuse(request, ERR_SERVICE_UNAVAILABLE, NULL);
        return;
    }
    element = control_new(sm, CTL_REGISTER);
    xml_set(element, STR(CTL_A_JID), request->account->jid.bare);
    xml_append(element, xml_dup(&sm->arena, request->iq));
    kept = iq_keep(request);
    if (!auth_ask(sm, kept->from.bare, element, on_answer, kept))
        iq_refuse(kept, ERR_INTERNAL_SERVER_ERROR, NULL);
}

void handle_register_get(struct iq_request *request)
{
    relay(request);
}

void handle_register_set(struct iq_request *request)
{
    if (iq_may(request, MAY_REGISTER))
        relay(request);
}
