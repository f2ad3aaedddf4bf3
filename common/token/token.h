/* Tokens of the REST door (docs/api.md). posthousectl makes them, sm judges
 * them, webd passes them on; the database has their hashes alone.
 *
 * "phapi_SS_" and 43 random characters. SS, two hexadecimal digits, is the
 * shard of the administrator in whose name it acts: so that webd, which knows
 * nothing of tokens, asks the sm that owns him, and no sm has to ask another
 * one. */
#ifndef POSTHOUSE_TOKEN_H
#define POSTHOUSE_TOKEN_H

#include "../mem/mem.h"

#define TOKEN_RANDOM_CHARS 43u /* of random_id: 258 bits */
#define TOKEN_CHARS        (9u + TOKEN_RANDOM_CHARS)

/* A new token for an administrator of this shard. In the arena. */
struct str token_new(struct arena *arena, unsigned shard);
/* Whether it looks like one of ours; the shard in it. */
MUST_CHECK bool token_shard(struct str token, unsigned *shard);
/* What is stored of it: SHA-256, hexadecimal, in the arena. So many random bits
 * need neither salt nor stretching. */
struct str token_hash(struct arena *arena, struct str token);

/* Whether a token may be for a command of this name: one of the rows of
 * sm/admin/command_table.c that administer (a test compares them). */
MUST_CHECK bool token_has_command(struct str name);
extern const size_t token_command_count;

#endif
