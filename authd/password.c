#include "password.h"

#include "common/jid/jid.h"

/* Prepares request->work to make new verifiers of an already prepared
 * password for request->local. */
static void password_plan_derive(struct request *request, struct str prepared)
{
    struct authd *authd = request->authd;
    struct work *work = &request->work;

    work->password = prepared;
    work->derive = true;
    work->iterations = (unsigned)config_int(authd->config, "authd.iterations");
    work->derive_ha1 = config_bool(authd->config, "authd.digest-md5");
    if (work->derive_ha1)
        work->ha1_text = scram_digest_text(&request->arena, request->local,
                                           request->domain, prepared);
}

static size_t characters(struct str text)
{
    size_t count = 0;

    for (size_t i = 0; i < text.len; i++)
        count += ((unsigned char)text.p[i] & 0xc0) != 0x80;
    return count;
}

const char *password_plan_new(struct request *request, struct str password)
{
    int64_t least =
        config_int(request->authd->config, "authd.min-password-length");
    struct str prepared = scram_prep_password(&request->arena, password);

    if (!prepared.p)
        return "The password is empty, too long, or has forbidden characters.";
    if ((int64_t)characters(prepared) < least)
        return "The password is too short.";
    if (str_eq_nocase(prepared, request->local))
        return "The password must differ from the user name.";
    password_plan_derive(request, prepared);
    return NULL;
}

static bool is_weak(const struct request *request)
{
    const struct account *account = &request->account;
    int64_t wanted = config_int(request->authd->config, "authd.iterations");

    for (unsigned hash = 0; hash < ACCOUNT_HASHES; hash++)
        if (!account->by_hash[hash].present ||
            account->by_hash[hash].iterations < wanted)
            return true;
    return !account->has_ha1 &&
           config_bool(request->authd->config, "authd.digest-md5");
}

/* Whether the renewal worked is no matter of this login: the old verifiers
 * still hold. */
static void on_renewed(struct request *request, enum store_status status)
{
    (void)status;
    request->decided(request, REFUSE_NOT);
}

static void on_checked(struct request *request)
{
    struct store_user user = {request->domain, request->local};

    if (!request->work.right) {
        request->decided(request, request->account.exists ? REFUSE_PASSWORD
                                                          : REFUSE_UNKNOWN);
        return;
    }
    if (!request->account.enabled) {
        request->decided(request, REFUSE_DISABLED);
        return;
    }
    request_wait(request, on_renewed);
    if (request->work.derive &&
        store_replace(request->authd->store, user, &request->work.derived,
                      request_stored, request))
        return;
    request->waiting = false;
    request->decided(request, REFUSE_NOT);
}

static void on_asked(struct request *request, enum ldap_verdict verdict)
{
    enum refusal refusal = !request->account.exists    ? REFUSE_UNKNOWN
                           : !request->account.enabled ? REFUSE_DISABLED
                                                       : REFUSE_NOT;

    if (verdict == LDAP_DOWN)
        refusal = REFUSE_ELSEWHERE;
    else if (verdict == LDAP_WRONG)
        refusal = request->account.exists ? REFUSE_PASSWORD : REFUSE_UNKNOWN;
    request->decided(request, refusal);
}

/* Those who have no password here, in a domain whose people have theirs in
 * another directory; and names that nobody has, which must look alike. */
static bool is_known_elsewhere(const struct request *request)
{
    const struct account *account = &request->account;

    if (!ldap_serves(request->authd->config, request->domain))
        return false;
    for (unsigned hash = 0; hash < ACCOUNT_HASHES; hash++)
        if (account->by_hash[hash].present)
            return false;
    return !account->has_ha1;
}

static void on_account(struct request *request)
{
    struct work *work = &request->work;
    bool weak = is_weak(request);

    if (is_known_elsewhere(request)) {
        request_ask_elsewhere(request, on_asked);
        return;
    }
    work->hash = request->account.by_hash[SCRAM_SHA256].present ||
                         !request->account.by_hash[SCRAM_SHA1].present
                     ? SCRAM_SHA256
                     : SCRAM_SHA1;
    if (request->account.exists && weak)
        password_plan_derive(request, request->password);
    work->against = *request_credential(request, work->hash);
    work->check = true;
    work->password = request->password;
    request_work(request, on_checked);
}

void password_judge(struct request *request, struct str username,
                    struct str password,
                    void (*decided)(struct request *request,
                                    enum refusal refusal))
{
    request->decided = decided;
    request->local = jid_prep_local(&request->arena, username);
    request->password = scram_prep_password(&request->arena, password);
    if (!request->local.p || !request->password.p) {
        decided(request, REFUSE_UNKNOWN);
        return;
    }
    if (!request_may_try(request)) {
        decided(request, REFUSE_RATE);
        return;
    }
    request_load(request, on_account);
}
