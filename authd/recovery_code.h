/* One-time codes for who forgot his password: made, read, hashed, and sent in a
 * letter by maild. */
#ifndef POSTHOUSE_AUTHD_RECOVERY_CODE_H
#define POSTHOUSE_AUTHD_RECOVERY_CODE_H

#include "request.h"

/* The hash of a code has been kept: STORE_OK with the account's e-mail address;
 * STORE_REFUSED when there is no such account, it is disabled or has no
 * address; STORE_FAILED when the database did not answer. */
typedef void recovery_made(struct request *request, enum store_status status,
                           struct str email);

/* Makes a code for request->local at request->domain, and has its hash kept in
 * place of an earlier one; `any`: also for an account without an e-mail
 * address. The code stays in request->password. `made` follows, unless this
 * returns false: the database is away. */
MUST_CHECK bool recovery_make_code(struct request *request, bool any,
                                   recovery_made *made);
/* What somebody typed, in any case, with spaces and hyphens where he likes:
 * STR_NONE when it cannot be a code. In the arena. */
struct str recovery_read_code(struct arena *arena, struct str typed);
/* What the database knows of a code of this account, in hex: nothing without
 * authd's key. In the request's arena. */
struct str recovery_hash_code(struct request *request, struct str code);
/* The code that recovery_make_code made as people read it, in two halves. In
 * the request's arena. */
struct str recovery_shown_code(struct request *request);
/* Asks maild to send that code to `email`, and logs whether it was asked. */
void recovery_send_letter(struct request *request, struct str email);
/* Whether letters are sent at all: maild.command is set. */
bool recovery_sends_letters(const struct authd *authd);

#endif
