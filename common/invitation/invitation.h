/* Tokens with which somebody registers where registration is closed (XEP-0401,
 * XEP-0445). posthousectl makes them, authd takes them; the database has their
 * hashes alone. */
#ifndef POSTHOUSE_INVITATION_H
#define POSTHOUSE_INVITATION_H

#include "../mem/mem.h"

#define INVITATION_TOKEN_CHARS 22u /* of random_id: 132 bits */

/* What is stored of a domain's token: hexadecimal, in the arena. STR_NONE for
 * what can be none of ours. */
struct str invitation_hash(struct arena *arena, struct str domain,
                           struct str token);

#endif
