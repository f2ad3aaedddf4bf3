/* An account as authd sees it: whether it may log in, and what checks its
 * password. */
#ifndef POSTHOUSE_AUTHD_ACCOUNT_H
#define POSTHOUSE_AUTHD_ACCOUNT_H

#include "common/scram/scram.h"

#define ACCOUNT_HASHES    2u /* enum scram_hash */
#define ACCOUNT_MAX_SALT  64u
#define ACCOUNT_HA1_CHARS 32u /* hexadecimal MD5 */

/* A verifier that owns its salt. */
struct credential {
    bool present;
    unsigned iterations;
    unsigned char salt[ACCOUNT_MAX_SALT];
    size_t salt_bytes;
    unsigned char stored_key[SCRAM_MAX_KEY_BYTES];
    unsigned char server_key[SCRAM_MAX_KEY_BYTES];
};

struct account {
    bool exists;
    bool enabled;
    struct credential by_hash[ACCOUNT_HASHES];
    bool has_ha1;
    char ha1[ACCOUNT_HA1_CHARS]; /* of DIGEST-MD5 */
};

/* The verifier of one hash; its salt is borrowed from the credential. */
struct scram_verifier credential_verifier(const struct credential *credential,
                                          enum scram_hash hash);
/* Keeps a verifier; false when its salt is too long or empty, or its rounds are
 * none. */
MUST_CHECK bool credential_keep(struct credential *credential,
                                const struct scram_verifier *verifier);
/* A verifier that no password fits, for a name without an account: with the
 * same salt each time, so that both kinds of names look alike. */
void credential_fake(struct credential *credential, enum scram_hash hash,
                     struct str salt, unsigned iterations);

#endif
