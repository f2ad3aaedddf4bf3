/* One thing that authd is asked: a SASL exchange, or a registration or legacy
 * login in one IQ. It lives until it was answered and nothing that was started
 * for it is still under way. */
#ifndef POSTHOUSE_AUTHD_REQUEST_H
#define POSTHOUSE_AUTHD_REQUEST_H

#include "authd.h"
#include "refusal.h"
#include "work.h"

#include "common/mem/hash.h"

/* What an exchange waits for; see exchange.c for what may happen in each. */
enum exchange_state {
    EXCHANGE_STARTING, /* its first step is being taken */
    EXCHANGE_INITIAL,  /* the client owes the initial response */
    EXCHANGE_WORKING,  /* store or PBKDF2 */
    EXCHANGE_CHALLENGED,
    EXCHANGE_ENDED
};

struct request_key {
    void *peer;
    uint64_t sid;
};

struct mechanism;
struct digest_response;
struct request {
    UT_hash_handle hh; /* exchanges only */
    struct request *prev, *next;
    struct authd *authd;
    struct request_key key;
    uint64_t seq; /* frame to discharge with the answer; 0: done already */
    bool is_exchange;
    bool waiting; /* an operation is under way */
    bool dead;    /* answered; freed when nothing is under way */
    int64_t deadline_ms;
    struct arena arena;

    struct str remote; /* address of the c2sd or sm */
    struct str domain;
    struct str peer; /* the client's address */
    bool secure;
    struct str local; /* who wants to log in, prepared; absent: nobody */
    struct account account;
    struct work work;
    void (*loaded)(struct request *request);
    void (*worked)(struct request *request);
    void (*stored)(struct request *request, enum store_status status);
    void (*asked)(struct request *request, enum ldap_verdict verdict);
    void (*store_failed)(struct request *request); /* or too slow */

    /* a SASL exchange */
    enum exchange_state state;
    const struct mechanism *mechanism;
    struct str cert, cb_offered, offered;
    struct str cb_type, cb_data;
    struct scram_client_first first;
    struct str server_first; /* of DIGEST-MD5: the nonce alone */
    struct digest_response *digest;
    bool is_verified; /* DIGEST-MD5: the client owes an empty response */

    /* an IQ */
    struct xml *iq;
    struct str password, email, realname, department, resource;
    void (*decided)(struct request *request, enum refusal refusal);

    struct str invitation; /* hash of the token that allows to register */
    bool is_reserved; /* the name (store.h) */

    /* recovery of a password; `password` is then the code */
    bool is_printed;
    struct str code_hash;
    struct xml *held_back; /* the answer, until answer_ms */
    int64_t answer_ms;
};

/* Whether this suite serves the domain. */
bool authd_serves(const struct authd *authd, struct str domain);
/* A new request, on the list of all; NULL when there are too many. */
struct request *request_open(struct authd *authd, struct request_key key,
                             struct str remote);
/* Answers are given: discharges its frame, and frees it as soon as nothing is
 * under way. */
void request_end(struct request *request);
/* The bare JID of request->local. In its arena. */
struct str request_jid(struct request *request);
/* The operations; a `loaded`, `worked`, `stored` or `store_failed` follows, if
 * the request lives so long. */
void request_load(struct request *request,
                  void (*loaded)(struct request *request));
/* Runs request->work elsewhere; its outcome is there when `worked` is
 * called. */
void request_work(struct request *request,
                  void (*worked)(struct request *request));
/* Asks the other directory for request->local and request->password. */
void request_ask_elsewhere(struct request *request,
                           void (*asked)(struct request *request,
                                         enum ldap_verdict verdict));
/* Before a store_create or its like, to which request_stored is handed. */
void request_wait(struct request *request,
                  void (*stored)(struct request *request,
                                 enum store_status status));
/* An operation is over. False when nobody waits for it any more: the request is
 * then gone. For callbacks that request_stored is not one of. */
MUST_CHECK bool request_resume(struct request *request);
/* What a store operation calls when it is done: hands the status to
 * `stored`. */
void request_stored(struct request *request, enum store_status status);
/* Sends an element to whoever asked. */
void request_send(struct request *request, const struct xml *element);
/* For a name without an account (or one without this verifier): fills in one
 * that no password fits. Returns the credential to check against. */
const struct credential *request_credential(struct request *request,
                                            enum scram_hash hash);
/* Rates of failed logins: whether address and name may try; one more failed. */
MUST_CHECK bool request_may_try(struct request *request);
/* A login failed: counts against the address and the account. */
void request_count_failure(struct request *request);

#endif
