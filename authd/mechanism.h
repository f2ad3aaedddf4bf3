/* SASL mechanisms: a table, and what the state machine offers to them. */
#ifndef POSTHOUSE_AUTHD_MECHANISM_H
#define POSTHOUSE_AUTHD_MECHANISM_H

#include "request.h"

struct mechanism {
    const char *name;
    /* The initial response; absent only when it is optional. */
    void (*start)(struct request *request, struct str data);
    /* The answer to a challenge. NULL: there are no challenges. */
    void (*respond)(struct request *request, struct str data);
    bool optional;    /* the initial response may be left out */
    bool secure_only; /* under TLS alone */
    enum scram_hash hash;
    bool plus; /* with channel binding */
};
/* The mechanism of a name, when this suite is willing to use it for the domain;
 * otherwise NULL. */
const struct mechanism *mechanism_find(const struct authd *authd,
                                       struct str domain, struct str name);

/* SCRAM (RFC 5802): client-first; answers with the challenge. */
void scram_start(struct request *request, struct str data);
/* SCRAM: client-final. */
void scram_respond(struct request *request, struct str data);
/* DIGEST-MD5 (RFC 2831 §2.1.1): the challenge; an initial response is an
 * error. */
void digest_start(struct request *request, struct str data);
/* DIGEST-MD5: the digest-response (§2.1.2), then the empty answer to
 * rspauth. */
void digest_respond(struct request *request, struct str data);
/* PLAIN (RFC 4616 §2): authzid, name and password in one message. */
void plain_start(struct request *request, struct str data);
/* EXTERNAL (XEP-0178 §2): the certificate's address, chosen by the authzid
 * where there are several. */
void external_start(struct request *request, struct str data);
/* ANONYMOUS (XEP-0175): a name that nobody had or has. */
void anonymous_start(struct request *request, struct str data);

/* What a step ends with: exactly one of these, now or after an operation. */
void exchange_challenge(struct request *request, struct str data);
/* Signs the grant for request->local. data: absent, or additional data. */
/* Answers with success, the grant, and data: absent, or additional data with
 * success. */
void exchange_succeed(struct request *request, struct str data);
/* Answers with a failure and logs it. */
void exchange_refuse(struct request *request, enum refusal refusal);

/* Whether an authorization identity, when there is one, is the bare JID of
 * request->local. */
MUST_CHECK bool authzid_is_self(struct request *request, struct str authzid);
/* Whether `name` is one word of a space separated list. */
bool list_has(struct str list, struct str name);

#endif
