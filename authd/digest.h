/* Messages and hashes of DIGEST-MD5 (RFC 2831), quality of protection "auth"
 * alone. Without I/O. */
#ifndef POSTHOUSE_AUTHD_DIGEST_H
#define POSTHOUSE_AUTHD_DIGEST_H

#include "account.h"

/* The client's digest-response (§2.1.2); directives that did not come are
 * absent. */
struct digest_response {
    struct str username, realm, nonce, cnonce, nc, qop, uri, response, charset,
        authzid;
};

/* Parses it into the arena. False when it is malformed, a directive came twice,
 * or there are too many. */
MUST_CHECK bool digest_parse(struct digest_response *response,
                             struct arena *arena, struct str text);
/* The hexadecimal response-value of §2.1.2.1 for the stored
 * MD5(user:realm:password); that of the server (rspauth, §2.1.3) when
 * `is_servers`. */
void digest_value(const char ha1[ACCOUNT_HA1_CHARS],
                  const struct digest_response *response, bool is_servers,
                  char hex[ACCOUNT_HA1_CHARS]);

#endif
