/* Grants: authd's signed word that a stream of a c2sd has logged in as a user.
 * sm opens or resumes a session only with one, so a taken-over c2sd can act only
 * as users that log in through it. The key is a file that only authd and sm can
 * read. */
#ifndef POSTHOUSE_GRANT_H
#define POSTHOUSE_GRANT_H

#include "../mem/mem.h"

#define GRANT_KEY_BYTES  32u
#define GRANT_SECONDS    60 /* it opens a session within this time */

struct grant_key {
    unsigned char bytes[GRANT_KEY_BYTES];
};
/* Reads the key's file (32 raw bytes). */
MUST_CHECK bool grant_key_load(struct grant_key *key, const char *path,
                               struct error *error);
/* "1:<unix seconds>:<hex HMAC-SHA-256 of version, time, c2s, sid, bare JID>".
 * In the arena. */
struct str grant_sign(struct arena *arena, const struct grant_key *key,
                      struct str c2s_address, uint64_t sid, struct str bare_jid,
                      int64_t now_seconds);
/* Whether the token is authd's word for exactly these. max_age_seconds 0: of any
 * age (restoring a session whose stream still lives). Constant time. */
MUST_CHECK bool grant_verify(const struct grant_key *key, struct str token,
                             struct str c2s_address, uint64_t sid,
                             struct str bare_jid, int64_t now_seconds,
                             int64_t max_age_seconds);
/* Whether a token that is authd's word was signed so long ago. One of the future is
 * not: the clock has been set. */
MUST_CHECK bool grant_is_older(struct str token, int64_t now_seconds,
                               int64_t age_seconds);

#endif
