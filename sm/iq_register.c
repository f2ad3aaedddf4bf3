/* Registration by a logged-in user (XEP-0077): relayed to an authd, the only
 * one who may touch passwords. */
#include <stdio.h>
#include <utlist.h>

#include "control.h"
#include "iq.h"
#include "permit.h"

struct choice {
    char address[32];
};

static void take_auth(void *ctx, struct str address, struct str node)
{
    struct choice *choice = ctx;

    (void)node;
    if (address_parse(address, NULL) == ADDRESS_AUTH && !choice->address[0])
        snprintf(choice->address, sizeof(choice->address), "%.*s",
                 STR_ARG(address));
}

static void relay(struct iq_request *request)
{
    struct sm *sm = request->sm;
    struct choice choice = {0};
    struct iq_request *kept;
    struct xml *element;
    char local[32];

    channels_each_up(sm->channels, take_auth, &choice);
    if (!request->session || !choice.address[0]) {
        iq_refuse(request,
                  request->session ? ERR_INTERNAL_SERVER_ERROR
                                   : ERR_SERVICE_UNAVAILABLE,
                  NULL);
        return;
    }
    kept = iq_keep(request);
    kept->number = ++sm->relay_number;
    LL_PREPEND(sm->relayed, kept);
    element = control_new(sm, CTL_REGISTER);
    xml_set(element, STR(CTL_A_JID), request->account->jid.bare);
    xml_append(element, xml_dup(&sm->arena, request->iq));
    control_send(sm,
                 channels_get(sm->channels,
                              sm_address(local, request->account->jid.bare),
                              str_of(choice.address)),
                 kept->number, element);
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

static struct iq_request *find_relayed(const struct sm *sm, uint64_t number)
{
    struct iq_request *request;

    LL_FOREACH(sm->relayed, request)
    {
        if (request->number == number)
            return request;
    }
    return NULL;
}

void iq_register_answered(struct sm *sm, uint64_t number,
                          const struct xml *answer)
{
    const struct xml *iq = xml_child(answer, NS_CLIENT, "iq");
    struct iq_request *request = find_relayed(sm, number);
    struct xml *result;

    if (!request)
        return;
    LL_DELETE(sm->relayed, request);
    if (!iq) {
        iq_refuse(request, ERR_INTERNAL_SERVER_ERROR, NULL);
        return;
    }
    result = xml_dup(request->arena, iq);
    xml_set(result, STR("from"), request->to.full);
    iq_answer(request, result);
}

void iq_register_forget(struct sm *sm)
{
    struct iq_request *request;

    while ((request = sm->relayed)) {
        LL_DELETE(sm->relayed, request);
        iq_refuse(request, ERR_INTERNAL_SERVER_ERROR,
                  "The login service has restarted");
    }
}
