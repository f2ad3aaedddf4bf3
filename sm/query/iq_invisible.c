/* Invisible for a session's time (XEP-0186). */
#include "sm/query/iq.h"
#include "sm/presence/presence.h"

static bool is_session(struct iq_request *request)
{
    if (!request->session)
        iq_refuse(request, ERR_NOT_ALLOWED, NULL);
    return request->session != NULL;
}

void handle_invisible(struct iq_request *request)
{
    struct str probe = xml_get(request->payload, "probe");

    if (!is_session(request))
        return;
    presence_hide(request->session,
                  str_is(probe, "true") || str_is(probe, "1"));
    iq_answer(request, iq_make_result(request));
}

void handle_visible(struct iq_request *request)
{
    if (!is_session(request))
        return;
    presence_unhide(request->session);
    iq_answer(request, iq_make_result(request));
}
