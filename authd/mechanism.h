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

void scram_start(struct request *request, struct str data);
void scram_respond(struct request *request, struct str data);
void digest_start(struct request *request, struct str data);
void digest_respond(struct request *request, struct str data);
void plain_start(struct request *request, struct str data);
void external_start(struct request *request, struct str data);
void anonymous_start(struct request *request, struct str data);

/* What a step ends with: exactly one of these, now or after an operation. */
void exchange_challenge(struct request *request, struct str data);
/* Signs the grant for request->local. data: absent, or additional data. */
void exchange_succeed(struct request *request, struct str data);
void exchange_refuse(struct request *request, enum refusal refusal);

/* Whether an authorization identity, when there is one, is the bare JID of
 * request->local. */
MUST_CHECK bool authzid_is_self(struct request *request, struct str authzid);
/* Whether `name` is one word of a space separated list. */
bool list_has(struct str list, struct str name);

#endif
