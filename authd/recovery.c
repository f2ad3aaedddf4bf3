#include "recovery.h"

#include "iq_request.h"
#include "password.h"
#include "recovery_code.h"

#include "common/jid/jid.h"
#include "common/link/control.h"
#include "common/log/log.h"

/* Longer than the database takes for a write, so that the time of an answer
 * does not tell whether there was one. */
#define ANSWER_MS 1000

#define INSTRUCTIONS                                                           \
    "A code goes to the e-mail address of the account. With it you choose a "  \
    "new password."

/* Answers no sooner than ANSWER_MS after the request, whatever was found. */
static void answer_later(struct request *request, struct xml *answer)
{
    request->held_back = answer;
    request->deadline_ms = request->answer_ms;
}

void recovery_tick(struct request *request)
{
    if (request->held_back)
        iq_answer(request, request->held_back);
    else
        request->store_failed(request);
}

static void on_made(struct request *request, enum store_status status,
                    struct str email)
{
    if (!request_resume(request))
        return;
    if (status == STORE_OK)
        recovery_send_letter(request, email);
    else
        log_event(LOG_LEVEL_INFO, "recovery-refused",
                  LOG_STR("jid", request_jid(request)),
                  LOG_STR("peer", request->peer),
                  LOG_TEXT("reason", status == STORE_REFUSED ? "no-such-account"
                                                             : "store"));
    if (status == STORE_FAILED)
        iq_store_failed(request);
    else
        answer_later(request, iq_result(&request->arena, request->iq));
}

/* Whether address and account may have one more code; counts it. */
static bool may_ask(struct request *request)
{
    struct authd *authd = request->authd;
    int64_t by_address = config_int(authd->config, "authd.recovery-rate");
    int64_t by_account =
        config_int(authd->config, "authd.account-recovery-rate");
    struct str peer = throttle_peer(&request->arena, request->peer);
    struct str jid = request_jid(request);

    if (!throttle_allows(&authd->recoveries_by_address, peer, by_address,
                         authd->now_ms) ||
        !throttle_allows(&authd->recoveries_by_account, jid, by_account,
                         authd->now_ms))
        return false;
    throttle_count(&authd->recoveries_by_address, peer, by_address,
                   authd->now_ms);
    throttle_count(&authd->recoveries_by_account, jid, by_account,
                   authd->now_ms);
    return true;
}

static void refuse_rate(struct request *request)
{
    log_event(LOG_LEVEL_WARN, "recovery-refused",
              LOG_STR("jid", request_jid(request)),
              LOG_STR("peer", request->peer), LOG_TEXT("reason", "rate"));
    iq_answer_error(request, ERR_RESOURCE_CONSTRAINT, "wait",
                    "Too many attempts; try again later.");
}

static void ask_for_code(struct request *request)
{
    if (!may_ask(request))
        refuse_rate(request);
    else if (!recovery_make_code(request, false, on_made))
        iq_store_failed(request);
}

static void on_used(struct request *request, enum store_status status)
{
    if (status == STORE_OK) {
        request->authd->recovered++;
        log_event(LOG_LEVEL_INFO, "password-recovered",
                  LOG_STR("jid", request_jid(request)),
                  LOG_STR("peer", request->peer));
        answer_later(request, iq_result(&request->arena, request->iq));
        return;
    }
    if (status == STORE_FAILED) {
        iq_store_failed(request);
        return;
    }
    request_count_failure(request);
    log_event(LOG_LEVEL_WARN, "recovery-refused",
              LOG_STR("jid", request_jid(request)),
              LOG_STR("peer", request->peer), LOG_TEXT("reason", "wrong-code"));
    answer_later(request, stanza_error_reply(
                              &request->arena, request->iq, ERR_NOT_AUTHORIZED,
                              "The code is wrong, used or too old."));
}

static void use_code(struct request *request)
{
    struct store_user user = {request->domain, request->local};

    request_wait(request, on_used);
    if (store_use_code(request->authd->store, user, request->code_hash,
                       &request->work.derived, request_stored, request))
        return;
    request->waiting = false;
    iq_store_failed(request);
}

static void choose_password(struct request *request, struct str typed,
                            struct str password)
{
    struct str code = recovery_read_code(&request->arena, typed);
    const char *wrong;

    if (!request_may_try(request)) {
        refuse_rate(request);
        return;
    }
    wrong = password_plan_new(request, password);
    if (wrong) {
        iq_answer_error(request, ERR_NOT_ACCEPTABLE, NULL, wrong);
        return;
    }
    /* What cannot be a code costs an attempt like any other wrong one. */
    request->code_hash = recovery_hash_code(request, code.p ? code : STR("-"));
    request_work(request, use_code);
}

static void handle_set(struct request *request, const struct xml *query)
{
    struct str username = xml_child_text(query, NS_RECOVER, "username");
    struct str code = xml_child_text(query, NS_RECOVER, "code");
    struct str password = xml_child_text(query, NS_RECOVER, "password");

    request->local =
        username.p ? jid_prep_local(&request->arena, username) : STR_NONE;
    if (!username.p || (code.p != NULL) != (password.p != NULL))
        iq_answer_error(request, ERR_BAD_REQUEST, NULL, NULL);
    else if (!request->local.p || request->local.len == 0)
        iq_answer_error(request, ERR_NOT_ACCEPTABLE, NULL,
                        "This is not a user name.");
    else if (code.p)
        choose_password(request, code, password);
    else
        ask_for_code(request);
}

static void answer_form(struct request *request)
{
    struct xml *iq = iq_result(&request->arena, request->iq);
    struct xml *query = xml_add(iq, NS_RECOVER, STR("query"));

    stanza_tell_language(query, request->iq);
    xml_add_leaf(query, STR_NONE, STR("instructions"),
                 stanza_text(request->iq, INSTRUCTIONS));
    xml_add(query, STR_NONE, STR("username"));
    iq_answer(request, iq);
}

void recovery_begin(struct request *request, const struct xml *element)
{
    struct arena *arena = &request->arena;
    const struct xml *query = iq_payload(request->iq);

    request->store_failed = iq_store_failed;
    /* One more, for the part of a millisecond that the clock does not tell. */
    request->answer_ms = request->authd->now_ms + ANSWER_MS + 1;
    request->domain = arena_dup(arena, xml_get(element, CTL_A_DOMAIN));
    request->peer = arena_dup(arena, xml_get(element, CTL_A_PEER));
    if (!query || !xml_is(query, NS_RECOVER, "query"))
        iq_answer_error(request, ERR_BAD_REQUEST, NULL, NULL);
    else if (!authd_serves(request->authd, request->domain) ||
             !recovery_sends_letters(request->authd))
        iq_answer_error(request, ERR_NOT_ALLOWED, NULL,
                        "Ask an administrator for a new password.");
    else if (iq_type(request->iq) == IQ_GET)
        answer_form(request);
    else
        handle_set(request, query);
}
