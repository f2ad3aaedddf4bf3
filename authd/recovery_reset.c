#include "recovery.h"
#include "recovery_code.h"

#include "common/jid/jid.h"
#include "common/link/control.h"
#include "common/log/log.h"

static void answer_administrator(struct request *request, struct str code,
                                 const char *text)
{
    struct authd *authd = request->authd;
    struct xml *answer =
        xml_new(&request->arena, NS_LINK_CONTROL, STR(CTL_RESET_ANSWER));

    if (code.p)
        xml_set(answer, STR(CTL_A_CODE), code);
    if (text)
        xml_set(answer, STR(CTL_A_TEXT), str_of(text));
    buf_reset(&authd->out);
    xml_write(&authd->out, answer, NS_CLIENT);
    authd->effects->reply(authd->ctx, request->remote, request->key.sid,
                          buf_view(&authd->out));
    request_end(request);
}

static void on_reset_failed(struct request *request)
{
    answer_administrator(request, STR_NONE, "the database does not answer");
}

static void on_reset(struct request *request, enum store_status status,
                     struct str email)
{
    if (!request_resume(request))
        return;
    if (status == STORE_REFUSED) {
        answer_administrator(
            request, STR_NONE,
            request->is_printed
                ? "there is no such account, or it is disabled"
                : "there is no such account with an e-mail address, or it is "
                  "disabled");
    } else if (status != STORE_OK) {
        on_reset_failed(request);
    } else if (request->is_printed) {
        log_event(LOG_LEVEL_INFO, "recovery-code-printed",
                  LOG_STR("jid", request_jid(request)));
        answer_administrator(request, recovery_shown_code(request), NULL);
    } else {
        recovery_send_letter(request, email);
        answer_administrator(request, STR_NONE, NULL);
    }
}

void recovery_of_administrator(struct request *request,
                               const struct xml *element)
{
    struct jid jid;

    request->store_failed = on_reset_failed;
    request->peer = request->remote;
    request->is_printed = str_is(xml_get(element, CTL_A_PRINT), "1");
    if (!jid_parse(&jid, &request->arena, xml_get(element, CTL_A_JID)) ||
        !jid.local.p || !authd_serves(request->authd, jid.domain)) {
        answer_administrator(request, STR_NONE, "expected user@domain");
        return;
    }
    request->local = jid.local;
    request->domain = jid.domain;
    if (!request->is_printed && !recovery_sends_letters(request->authd))
        answer_administrator(request, STR_NONE,
                             "maild.command is not set: no letters are sent; "
                             "--print tells the code to you");
    else if (!recovery_make_code(request, request->is_printed, on_reset))
        on_reset_failed(request);
}
