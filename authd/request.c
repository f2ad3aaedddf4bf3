#include "request.h"

#include "common/jid/jid.h"
#include "common/stanza/namespaces.h"

#include <openssl/crypto.h>
#include <stdlib.h>
#include <utlist.h>

#define MAX_REQUESTS 20000u
#define MAX_WORKING  1024u /* PBKDF2 jobs, under way and waiting */
#define LIFE_MS      60000
#define WAIT_MS      8000 /* for the store, or for PBKDF2 */

bool authd_serves(const struct authd *authd, struct str domain)
{
    return config_list_has(authd->config, "domains", domain);
}

struct request *request_open(struct authd *authd, struct request_key key,
                             struct str remote)
{
    struct request *request;

    if (authd->count >= MAX_REQUESTS)
        return NULL;
    request = NEW(struct request);
    request->authd = authd;
    request->key.peer = key.peer;
    request->key.sid = key.sid;
    request->remote = arena_dup(&request->arena, remote);
    request->deadline_ms = authd->now_ms + LIFE_MS;
    DL_APPEND(authd->all, request);
    authd->count++;
    return request;
}

static void request_free(struct request *request)
{
    struct authd *authd = request->authd;

    DL_DELETE(authd->all, request);
    authd->count--;
    if (request->work.password.p)
        OPENSSL_cleanse((char *)request->work.password.p,
                        request->work.password.len);
    if (request->password.p)
        OPENSSL_cleanse((char *)(uintptr_t)request->password.p,
                        request->password.len);
    arena_clear(&request->arena);
    OPENSSL_cleanse(&request->account, sizeof(request->account));
    OPENSSL_cleanse(&request->work, sizeof(request->work));
    free(request);
}

void request_end(struct request *request)
{
    struct authd *authd = request->authd;

    if (request->dead)
        return;
    request->dead = true;
    if (request->is_exchange)
        HASH_DEL(authd->exchanges, request);
    if (request->seq != 0)
        authd->effects->discharge(authd->ctx, request->key.peer, request->seq);
    if (!request->waiting)
        request_free(request);
}

struct str request_jid(struct request *request)
{
    if (!request->local.p)
        return request->domain;
    return jid_make(&request->arena, request->local, request->domain, STR_NONE)
        .bare;
}

bool request_resume(struct request *request)
{
    request->waiting = false;
    if (request->dead) {
        request_free(request);
        return false;
    }
    request->deadline_ms = request->authd->now_ms + LIFE_MS;
    return true;
}

static void on_loaded(struct request *request, enum store_status status,
                      const struct account *account)
{
    if (!request_resume(request))
        return;
    if (status != STORE_OK) {
        request->store_failed(request);
        return;
    }
    request->account = *account;
    request->loaded(request);
}

static void wait_begins(struct request *request)
{
    request->waiting = true;
    request->deadline_ms = request->authd->now_ms + WAIT_MS;
}

void request_load(struct request *request,
                  void (*loaded)(struct request *request))
{
    struct store_user user = {request->domain, request->local};

    request->loaded = loaded;
    wait_begins(request);
    if (store_load(request->authd->store, user, on_loaded, request))
        return;
    request->waiting = false;
    request->store_failed(request);
}

void request_work(struct request *request,
                  void (*worked)(struct request *request))
{
    struct authd *authd = request->authd;

    if (authd->working >= MAX_WORKING) {
        request->store_failed(request);
        return;
    }
    authd->working++;
    request->worked = worked;
    wait_begins(request);
    authd->effects->work(authd->ctx, request, &request->work);
}

void authd_worked(struct request *request, int64_t now_ms)
{
    request->authd->now_ms = now_ms;
    request->authd->working--;
    if (request_resume(request))
        request->worked(request);
}

void request_ask_elsewhere(struct request *request,
                           void (*asked)(struct request *request,
                                         enum ldap_verdict verdict))
{
    struct authd *authd = request->authd;

    request->asked = asked;
    wait_begins(request);
    if (authd->effects->ask_elsewhere(authd->ctx, request, request->local,
                                      request->password))
        return;
    request->waiting = false;
    request->store_failed(request);
}

void authd_asked_elsewhere(struct request *request, enum ldap_verdict verdict,
                           int64_t now_ms)
{
    request->authd->now_ms = now_ms;
    if (request_resume(request))
        request->asked(request, verdict);
}

void request_wait(struct request *request,
                  void (*stored)(struct request *request,
                                 enum store_status status))
{
    request->stored = stored;
    wait_begins(request);
}

void request_stored(struct request *request, enum store_status status)
{
    if (request_resume(request))
        request->stored(request, status);
}

void request_send(struct request *request, const struct xml *element)
{
    struct authd *authd = request->authd;

    buf_reset(&authd->out);
    xml_write(&authd->out, element, NS_CLIENT);
    authd->effects->send(authd->ctx, request->key.peer, request->key.sid,
                         buf_view(&authd->out));
}

const struct credential *request_credential(struct request *request,
                                            enum scram_hash hash)
{
    struct authd *authd = request->authd;
    struct credential *credential = &request->account.by_hash[hash];
    struct str secret = {(const char *)authd->salt_secret,
                         sizeof(authd->salt_secret)};

    if (!credential->present)
        credential_fake(
            credential, hash,
            scram_fake_salt(&request->arena, secret, request_jid(request)),
            (unsigned)config_int(authd->config, "authd.iterations"));
    return credential;
}

bool request_may_try(struct request *request)
{
    struct authd *authd = request->authd;

    return throttle_allows(&authd->failures_by_address,
                           throttle_peer(&request->arena, request->peer),
                           config_int(authd->config, "authd.login-rate"),
                           authd->now_ms) &&
           (!request->local.p ||
            throttle_allows(
                &authd->failures_by_account, request_jid(request),
                config_int(authd->config, "authd.account-login-rate"),
                authd->now_ms));
}

void request_count_failure(struct request *request)
{
    struct authd *authd = request->authd;

    throttle_count(&authd->failures_by_address,
                   throttle_peer(&request->arena, request->peer),
                   config_int(authd->config, "authd.login-rate"),
                   authd->now_ms);
    if (request->local.p)
        throttle_count(&authd->failures_by_account, request_jid(request),
                       config_int(authd->config, "authd.account-login-rate"),
                       authd->now_ms);
}
