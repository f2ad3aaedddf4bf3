/* What is stored instead of a password. */
#ifndef POSTHOUSE_CTL_VERIFIERS_H
#define POSTHOUSE_CTL_VERIFIERS_H

#include "ctl.h"

#define VERIFIER_PARAMS 8

/* An account's password, and (once derived) the parameters of user_add from $5,
 * of user_passwd from $3: iterations, then salt, stored key and server key of
 * each SCRAM hash, then the DIGEST-MD5 verifier. */
struct verifiers {
    struct arena arena;
    struct str local, domain, password;
    unsigned iterations;
    bool wants_digest;
    size_t least_characters; /* of the password */
    bool is_forbidden;       /* the password cannot be prepared */
    bool is_short;           /* it has fewer characters */
    struct str params[VERIFIER_PARAMS];
};

/* What the configuration wants to know of a new password. */
void verifiers_init(struct verifiers *verifiers, const struct config *config,
                    const struct jid *jid, struct str password);
/* Why the password may not be used, or NULL; after verifiers_derive or
 * verifiers_pretend. */
const char *verifiers_fault(const struct verifiers *verifiers);
/* Derives all; takes milliseconds. Safe on any thread. */
void verifiers_derive(struct verifiers *verifiers);
/* For a dry run: judges the password, and fills in as many parameters, that verify
 * nothing. Takes microseconds. */
void verifiers_pretend(struct verifiers *verifiers);

#endif
