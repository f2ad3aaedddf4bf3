#include "recovery.h"

#include "iq_request.h"
#include "password.h"

#include "common/codec/codec.h"
#include "common/jid/jid.h"
#include "common/link/control.h"
#include "common/log/log.h"
#include "common/mail/mail.h"

#include <openssl/crypto.h>
#include <string.h>

/* 40 bits: with five attempts for each code nobody gets far. */
#define CODE_CHARS 8u
/* Longer than the database takes for a write, so that the time of an answer
 * does not tell whether there was one. */
#define ANSWER_MS 1000

#define INSTRUCTIONS                                                           \
    STR("A code goes to the e-mail address of the account. With it you "       \
        "choose "                                                              \
        "a new password.")

/* Without I, O, 0 and 1, which people mistake for each other. */
static const char symbols[32] = {'A', 'B', 'C', 'D', 'E', 'F', 'G', 'H',
                                 'J', 'K', 'L', 'M', 'N', 'P', 'Q', 'R',
                                 'S', 'T', 'U', 'V', 'W', 'X', 'Y', 'Z',
                                 '2', '3', '4', '5', '6', '7', '8', '9'};

/* --- codes ---------------------------------------------------------------- */

static void make_code(char code[CODE_CHARS])
{
    unsigned char bytes[CODE_CHARS];

    random_bytes(bytes, sizeof(bytes));
    for (size_t i = 0; i < CODE_CHARS; i++)
        code[i] = symbols[bytes[i] % sizeof(symbols)];
}

/* What somebody typed: in any case, with spaces and hyphens where he likes. */
static struct str read_code(struct arena *arena, struct str typed)
{
    char *code = arena_bytes(arena, CODE_CHARS + 1);
    size_t length = 0;

    for (size_t i = 0; i < typed.len; i++) {
        char c = typed.p[i];

        if (c == ' ' || c == '-')
            continue;
        if (length == CODE_CHARS)
            return STR_NONE;
        code[length++] = (char)(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
    }
    return length == CODE_CHARS ? (struct str){code, length} : STR_NONE;
}

/* What the database knows of a code: nothing without authd's key. */
static struct str hash_code(struct request *request, struct str code)
{
    struct arena *arena = &request->arena;
    struct str key = {(const char *)request->authd->recovery_secret,
                      sizeof(request->authd->recovery_secret)};
    struct str text = arena_printf(arena, "%.*s %.*s", STR_ARG(code),
                                   STR_ARG(request_jid(request)));
    unsigned char mac[32];

    hmac_sha256(key, text, mac);
    OPENSSL_cleanse((char *)(uintptr_t)text.p, text.len);
    return hex_encode(arena, (struct str){(const char *)mac, sizeof(mac)});
}

/* Makes a code and has its hash kept; `made` follows unless false. */
static bool begin_code(struct request *request, bool any,
                       void (*made)(struct request *request,
                                    enum store_status status, struct str email))
{
    const struct config *config = request->authd->config;
    char *code = arena_bytes(&request->arena, CODE_CHARS);
    struct store_user user = {request->domain, request->local};
    struct store_code kept = {
        .seconds = config_int(config, "authd.recovery-expiry"),
        .attempts = config_int(config, "authd.recovery-attempts"),
        .any = any};

    make_code(code);
    request->password = (struct str){code, CODE_CHARS};
    kept.hash = hash_code(request, request->password);
    request_wait(request, NULL);
    if (store_make_code(request->authd->store, user, &kept, made, request))
        return true;
    request->waiting = false;
    return false;
}

/* As people read it: in two halves. */
static struct str shown_code(struct request *request)
{
    return arena_printf(&request->arena, "%.4s-%.4s", request->password.p,
                        request->password.p + CODE_CHARS / 2);
}

static void send_letter(struct request *request, struct str email)
{
    struct authd *authd = request->authd;
    struct xml *letter =
        xml_new(&request->arena, NS_LINK_CONTROL, STR(CTL_LETTER));
    int64_t expires = authd->unix_ms +
                      config_int(authd->config, "authd.recovery-expiry") * 1000;
    bool taken = false;

    xml_set(letter, STR("to"), email);
    xml_set(letter, STR(CTL_A_JID), request_jid(request));
    xml_set(letter, STR(CTL_A_CODE), shown_code(request));
    xml_set(letter, STR(CTL_A_EXPIRES),
            arena_printf(&request->arena, "%lld", (long long)expires));
    if (mail_is_address(email)) {
        buf_reset(&authd->out);
        xml_write(&authd->out, letter, NS_CLIENT);
        taken = authd->effects->post(authd->ctx, buf_view(&authd->out));
    }
    authd->codes += taken;
    log_event(taken ? LOG_LEVEL_INFO : LOG_LEVEL_ERROR,
              taken ? "recovery-code-made" : "recovery-code-not-sent",
              LOG_STR("jid", request_jid(request)),
              LOG_STR("peer", request->peer));
}

/* --- the conversation ----------------------------------------------------- */

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
        send_letter(request, email);
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
    else if (!begin_code(request, false, on_made))
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
    struct str code = read_code(&request->arena, typed);
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
    request->code_hash = hash_code(request, code.p ? code : STR("-"));
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

    xml_add_leaf(query, STR_NONE, STR("instructions"), INSTRUCTIONS);
    xml_add(query, STR_NONE, STR("username"));
    iq_answer(request, iq);
}

static bool is_offered(const struct authd *authd)
{
    return config_list_count(authd->config, "maild.command") > 0;
}

void recovery_begin(struct request *request, const struct xml *element)
{
    struct arena *arena = &request->arena;
    const struct xml *query = iq_payload(request->iq);

    request->store_failed = iq_store_failed;
    request->answer_ms = request->authd->now_ms + ANSWER_MS;
    request->domain = arena_dup(arena, xml_get(element, CTL_A_DOMAIN));
    request->peer = arena_dup(arena, xml_get(element, CTL_A_PEER));
    if (!query || !xml_is(query, NS_RECOVER, "query"))
        iq_answer_error(request, ERR_BAD_REQUEST, NULL, NULL);
    else if (!authd_serves(request->authd, request->domain) ||
             !is_offered(request->authd))
        iq_answer_error(request, ERR_NOT_ALLOWED, NULL,
                        "Ask an administrator for a new password.");
    else if (iq_type(request->iq) == IQ_GET)
        answer_form(request);
    else
        handle_set(request, query);
}

/* --- the administrator ---------------------------------------------------- */

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
        answer_administrator(request, shown_code(request), NULL);
    } else {
        send_letter(request, email);
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
    if (!request->is_printed && !is_offered(request->authd))
        answer_administrator(request, STR_NONE,
                             "maild.command is not set: no letters are sent; "
                             "--print tells the code to you");
    else if (!begin_code(request, request->is_printed, on_reset))
        on_reset_failed(request);
}
