/* What administrators do to other people's accounts. Who may do what to whom sm
 * decides, by the directory; here it is made sure that the administrator is a
 * user of the sm that asks. */
#include "iq_request.h"
#include "password.h"

#include "common/jid/jid.h"
#include "common/link/control.h"
#include "common/log/log.h"

static void on_changed(struct request *request, enum store_status status)
{
    if (iq_is_stored(request, status))
        iq_answer(request, iq_result(&request->arena, request->iq));
}

static void set_enabled(struct request *request, bool is_enabled)
{
    struct store_user user = {request->domain, request->local};

    request_wait(request, on_changed);
    if (store_enable(request->authd->store, user, is_enabled, request_stored,
                     request))
        return;
    request->waiting = false;
    iq_store_failed(request);
}

static void enable(struct request *request, const struct xml *element)
{
    (void)element;
    set_enabled(request, true);
}

static void disable(struct request *request, const struct xml *element)
{
    (void)element;
    set_enabled(request, false);
}

static void remove_account(struct request *request, const struct xml *element)
{
    (void)element;
    registration_remove(request);
}

static void begin_work(struct request *request, const char *wrong,
                       void (*worked)(struct request *request))
{
    if (wrong)
        iq_answer_error(request, ERR_NOT_ACCEPTABLE, NULL, wrong);
    else
        request_work(request, worked);
}

static void create(struct request *request, const struct xml *element)
{
    const struct registration_form form = {
        .username = request->local,
        .password = xml_get(element, CTL_A_PASSWORD),
        .email = xml_get(element, CTL_A_EMAIL),
        .name = xml_get(element, CTL_A_NAME)};
    struct str department = xml_get(element, CTL_A_DEPARTMENT);

    if (department.len)
        request->department = arena_dup(&request->arena, department);
    begin_work(request, registration_check(request, &form),
               registration_create);
}

static void set_password(struct request *request, const struct xml *element)
{
    begin_work(request,
               password_plan_new(request, xml_get(element, CTL_A_PASSWORD)),
               registration_replace);
}

/* Name and address of the account; what is not given stays. */
static void change_details(struct request *request, const struct xml *element)
{
    struct store_user user = {request->domain, request->local};
    struct str name = xml_get(element, CTL_A_NAME);
    struct str email = xml_get(element, CTL_A_EMAIL);
    const char *wrong = registration_details_fault(name, email);

    if (wrong) {
        iq_answer_error(request, ERR_NOT_ACCEPTABLE, NULL, wrong);
        return;
    }
    request_wait(request, on_changed);
    if (store_change_details(request->authd->store, user, name, email,
                             request_stored, request))
        return;
    request->waiting = false;
    iq_store_failed(request);
}

struct deed {
    const char *name;
    void (*begin)(struct request *request, const struct xml *element);
};

static const struct deed deeds[] = {
    {CTL_DO_CREATE, create},         {CTL_DO_REMOVE, remove_account},
    {CTL_DO_ENABLE, enable},         {CTL_DO_DISABLE, disable},
    {CTL_DO_PASSWORD, set_password}, {CTL_DO_DETAILS, change_details},
};

void administer_begin(struct request *request, const struct xml *element)
{
    struct arena *arena = &request->arena;
    struct jid by, whom;
    size_t i = 0;

    request->store_failed = iq_store_failed;
    if (!jid_parse(&by, arena, xml_get(element, CTL_A_BY)) ||
        !iq_is_of_sender(request, &by) ||
        !jid_parse(&whom, arena, xml_get(element, CTL_A_JID)) ||
        !whom.local.p || !authd_serves(request->authd, whom.domain)) {
        iq_answer_error(request, ERR_FORBIDDEN, NULL, NULL);
        return;
    }
    while (i < COUNT_OF(deeds) &&
           !str_is(xml_get(element, CTL_A_DO), deeds[i].name))
        i++;
    if (i == COUNT_OF(deeds)) {
        iq_answer_error(request, ERR_BAD_REQUEST, NULL, NULL);
        return;
    }
    request->local = whom.local;
    request->domain = whom.domain;
    request->peer = by.bare; /* in the log: who did it */
    log_event(LOG_LEVEL_INFO, "administered", LOG_STR("by", by.bare),
              LOG_TEXT("deed", deeds[i].name), LOG_STR("jid", whom.bare));
    deeds[i].begin(request, element);
}
