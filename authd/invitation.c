/* Tokens that open a closed registration (XEP-0445 §4). */
#include "iq_request.h"

#include "common/invitation/invitation.h"
#include "common/link/control.h"
#include "common/log/log.h"

static void refuse(struct request *request)
{
    log_event(LOG_LEVEL_WARN, "invitation-refused",
              LOG_STR("domain", request->domain),
              LOG_STR("peer", request->peer));
    iq_answer_error(request, ERR_ITEM_NOT_FOUND, NULL,
                    "The provided token is invalid or expired");
}

static void on_found(struct request *request, enum store_status status)
{
    struct xml *answer;

    if (status == STORE_REFUSED) {
        refuse(request);
        return;
    }
    if (status != STORE_OK) {
        request->store_failed(request);
        return;
    }
    answer = xml_new(&request->arena, NS_LINK_CONTROL, STR(CTL_ANSWER));
    xml_set(answer, STR(CTL_A_INVITATION), request->invitation);
    xml_append(answer, iq_result(&request->arena, request->iq));
    request_send(request, answer);
    request_end(request);
}

void invitation_begin(struct request *request, const struct xml *preauth)
{
    struct store_user user = {.domain = request->domain};

    if (iq_type(request->iq) != IQ_SET) {
        iq_answer_error(request, ERR_BAD_REQUEST, NULL, NULL);
        return;
    }
    request->invitation = invitation_hash(&request->arena, request->domain,
                                          xml_get(preauth, "token"));
    if (!request->invitation.p ||
        !config_bool(request->authd->config, "authd.invitations") ||
        !authd_serves(request->authd, request->domain)) {
        refuse(request);
        return;
    }
    request_wait(request, on_found);
    if (store_find_invitation(request->authd->store, user, request->invitation,
                              request_stored, request))
        return;
    request->waiting = false;
    request->store_failed(request);
}
