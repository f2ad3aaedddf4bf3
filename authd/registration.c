/* In-band registration, password change and removal (XEP-0077). */
#include "iq_request.h"
#include "password.h"

#include "common/jid/jid.h"
#include "common/link/control.h"
#include "common/log/log.h"
#include "common/mail/mail.h"

#define MAX_NAME_BYTES 256u

const char *registration_details_fault(struct str name, struct str email)
{
    if (email.len > 0 && !mail_is_address(email))
        return "The e-mail address is not one.";
    return name.len > MAX_NAME_BYTES ? "The name is too long." : NULL;
}

const char *registration_check(struct request *request,
                               const struct registration_form *form)
{
    struct arena *arena = &request->arena;
    const char *fault = registration_details_fault(form->name, form->email);

    if (!form->username.p || !form->password.p)
        return "User name and password are required.";
    request->local = jid_prep_local(arena, form->username);
    if (!request->local.p || request->local.len == 0)
        return "The user name is empty, too long, or has forbidden characters.";
    if (fault)
        return fault;
    request->email = arena_dup(arena, form->email.p ? form->email : STR(""));
    request->realname = arena_dup(arena, form->name.p ? form->name : STR(""));
    return password_plan_new(request, form->password);
}

static bool is_open(const struct authd *authd, struct str domain)
{
    const char *list = "authd.registration-domains";

    return str_is(config_str(authd->config, "authd.registration"), "open") &&
           (config_list_count(authd->config, list) == 0 ||
            config_list_has(authd->config, list, domain));
}

/* No invitation for this name, or somebody else's. */
static void refuse_name(struct request *request)
{
    if (request->invitation.p)
        iq_answer_error(request, ERR_NOT_ALLOWED, NULL,
                        "The invitation has been used, or it is for another "
                        "user name.");
    else
        iq_answer_error(request, ERR_CONFLICT, NULL,
                        "This user name is taken.");
}

static void on_created(struct request *request, enum store_status status)
{
    if (status == STORE_CONFLICT) {
        iq_answer_error(request, ERR_CONFLICT, NULL,
                        "This user name is taken.");
        return;
    }
    if (status == STORE_REFUSED) {
        refuse_name(request);
        return;
    }
    if (status != STORE_OK) {
        iq_store_failed(request);
        return;
    }
    request->authd->registered++;
    log_event(LOG_LEVEL_INFO, "registered",
              LOG_STR("jid", request_jid(request)),
              LOG_STR("invited", request->invitation.p ? STR("1") : STR("0")),
              LOG_STR("peer", request->peer));
    iq_answer(request, iq_result(&request->arena, request->iq));
}

void registration_create(struct request *request)
{
    struct store_user user = {request->domain, request->local};
    const struct store_details details = {
        request->email, request->realname, request->department,
        request->invitation, request->is_reserved};

    request_wait(request, on_created);
    if (store_create(request->authd->store, user, &request->work.derived,
                     &details, request_stored, request))
        return;
    request->waiting = false;
    iq_store_failed(request);
}

static void handle_set(struct request *request,
                       const struct registration_form *form)
{
    struct authd *authd = request->authd;
    int64_t rate = config_int(authd->config, "authd.registration-rate");
    struct str who = throttle_peer(&request->arena, request->peer);
    const char *wrong;

    if (form->remove) {
        iq_answer_error(request, ERR_UNEXPECTED_REQUEST, NULL, NULL);
        return;
    }
    wrong = registration_check(request, form);
    if (wrong) {
        iq_answer_error(request, ERR_NOT_ACCEPTABLE, NULL, wrong);
        return;
    }
    if (!throttle_allows(&authd->registrations, who, rate, authd->now_ms)) {
        log_event(LOG_LEVEL_WARN, "registration-refused",
                  LOG_STR("peer", request->peer), LOG_TEXT("reason", "rate"));
        iq_answer_error(request, ERR_RESOURCE_CONSTRAINT, "wait", NULL);
        return;
    }
    throttle_count(&authd->registrations, who, rate, authd->now_ms);
    /* Of an administrator who has no account yet. */
    request->is_reserved =
        config_list_has(authd->config, "admins", request_jid(request));
    request_work(request, registration_create);
}

/* The request's one <query/>, read; NULL when the IQ is not about registration
 * or is malformed. */
static const struct xml *read_query(struct request *request,
                                    struct registration_form *form)
{
    const struct xml *query = iq_payload(request->iq);

    if (!query || !xml_is(query, NS_REGISTER, "query") ||
        (iq_type(request->iq) == IQ_SET &&
         !registration_form_read(form, query)))
        return NULL;
    return query;
}

void registration_begin(struct request *request, const struct xml *element)
{
    struct arena *arena = &request->arena;
    struct registration_form form = {0};
    const struct xml *payload;

    request->store_failed = iq_store_failed;
    request->domain = arena_dup(arena, xml_get(element, CTL_A_DOMAIN));
    request->peer = arena_dup(arena, xml_get(element, CTL_A_PEER));
    payload = iq_payload(request->iq);
    if (payload && xml_is(payload, NS_PREAUTH, "preauth")) {
        invitation_begin(request, payload);
        return;
    }
    if (config_bool(request->authd->config, "authd.invitations"))
        request->invitation =
            arena_dup(arena, xml_get(element, CTL_A_INVITATION));
    if (!read_query(request, &form))
        iq_answer_error(request, ERR_BAD_REQUEST, NULL, NULL);
    else if (!authd_serves(request->authd, request->domain) ||
             (!request->invitation.p &&
              !is_open(request->authd, request->domain)))
        iq_answer_error(request, ERR_NOT_ALLOWED, NULL,
                        "Registration is closed.");
    else if (iq_type(request->iq) == IQ_GET)
        iq_answer(request, registration_form_write(request, STR_NONE));
    else
        handle_set(request, &form);
}

static void on_changed(struct request *request, enum store_status status)
{
    if (!iq_is_stored(request, status))
        return;
    log_event(LOG_LEVEL_INFO, "password-changed",
              LOG_STR("jid", request_jid(request)));
    iq_answer(request, iq_result(&request->arena, request->iq));
}

void registration_replace(struct request *request)
{
    struct store_user user = {request->domain, request->local};

    request_wait(request, on_changed);
    if (store_replace(request->authd->store, user, &request->work.derived,
                      request_stored, request))
        return;
    request->waiting = false;
    iq_store_failed(request);
}

static void on_removed(struct request *request, enum store_status status)
{
    if (!iq_is_stored(request, status))
        return;
    request->authd->removed++;
    log_event(LOG_LEVEL_INFO, "account-removed",
              LOG_STR("jid", request_jid(request)));
    iq_answer(request, iq_result(&request->arena, request->iq));
}

void registration_remove(struct request *request)
{
    struct store_user user = {request->domain, request->local};

    request_wait(request, on_removed);
    if (store_remove(request->authd->store, user, request_stored, request))
        return;
    request->waiting = false;
    iq_store_failed(request);
}

static void change_password(struct request *request,
                            const struct registration_form *form)
{
    const char *wrong;

    if (!form->username.p || !form->password.p) {
        iq_answer_error(request, ERR_BAD_REQUEST, NULL,
                        "User name and password are required.");
        return;
    }
    if (!str_eq(jid_prep_local(&request->arena, form->username),
                request->local)) {
        iq_answer_error(request, ERR_NOT_ALLOWED, NULL,
                        "Only your own password can be changed.");
        return;
    }
    wrong = password_plan_new(request, form->password);
    if (wrong)
        iq_answer_error(request, ERR_NOT_ACCEPTABLE, NULL, wrong);
    else
        request_work(request, registration_replace);
}

void registration_of_user(struct request *request, const struct xml *element)
{
    struct registration_form form = {0};
    struct jid jid;

    request->store_failed = iq_store_failed;
    if (!jid_parse(&jid, &request->arena, xml_get(element, CTL_A_JID)) ||
        !iq_is_of_sender(request, &jid)) {
        iq_answer_error(request, ERR_FORBIDDEN, NULL, NULL);
        return;
    }
    request->local = jid.local;
    request->domain = jid.domain;
    if (!read_query(request, &form))
        iq_answer_error(request, ERR_BAD_REQUEST, NULL, NULL);
    else if (iq_type(request->iq) == IQ_GET)
        iq_answer(request, registration_form_write(request, request->local));
    else if (form.remove)
        registration_remove(request);
    else
        change_password(request, &form);
}
