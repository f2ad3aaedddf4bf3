/* Work with passwords that takes milliseconds (PBKDF2). A job is plain data:
 * the shell runs it on a thread, tests at once. */
#ifndef POSTHOUSE_AUTHD_WORK_H
#define POSTHOUSE_AUTHD_WORK_H

#include "account.h"

struct work {
    /* in */
    struct str password; /* prepared; lives until the job is done */
    bool check;          /* whether `against` is to be checked first */
    enum scram_hash hash;
    struct credential against;
    bool derive; /* make new verifiers (after a right check) */
    unsigned iterations;
    bool derive_ha1; /* of "user:realm:password" in ha1_text as well */
    struct str ha1_text;
    /* out */
    bool right;
    struct account derived; /* by_hash and ha1 */
};

/* Does the job; touches nothing but it, so that any thread may. */
void work_run(struct work *work);
/* MD5 as 32 hexadecimal digits: DIGEST-MD5's H(). */
void work_md5_hex(struct str data, char hex[ACCOUNT_HA1_CHARS]);

#endif
