/* Entity capabilities (XEP-0115): the hash that stands for an answer to
 * disco#info. The server's own is told to clients in the stream's features
 * (§6.3); those of clients are verified by it (sm/pep/interest.h). */
#ifndef POSTHOUSE_SM_CAPS_H
#define POSTHOUSE_SM_CAPS_H

#include "sm/sm.h"

/* The hash (Base64 of SHA-1) of what the server answers to disco#info (§5.1).
 * In the arena of sm; absent when it cannot be hashed (caps_hash_of). */
struct str caps_hash(struct sm *sm);
/* Whether a disco#info asks for what such a hash stands for. */
bool caps_is_asked(struct str node);

/* The hash (Base64, in the arena) of somebody's answer to disco#info, a
 * <query/>, by an algorithm of §8.1's registry: "sha-1", "sha-256", "sha-512".
 * False when the algorithm is not known, when the answer is ill-formed (§5.4),
 * or when it could be read in two ways: a separator of the hashed text in a
 * name would give two answers one hash. */
MUST_CHECK bool caps_hash_of(struct arena *arena, const struct xml *query,
                             struct str algorithm, struct str *hash);
/* Whether caps_hash_of knows the algorithm. */
bool caps_is_algorithm(struct str algorithm);

#endif
