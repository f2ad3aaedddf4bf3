/* Protection of what the server offered (XEP-0474). */
#ifndef POSTHOUSE_AUTHD_DOWNGRADE_H
#define POSTHOUSE_AUTHD_DOWNGRADE_H

#include "common/scram/scram.h"

/* The attribute h of server-first (XEP-0474 §5.1): the hash of the mechanisms
 * and types of channel binding on offer, both separated by blanks, in Base64.
 * `bindings` is absent when none were told of. In the arena. */
struct str downgrade_hash(struct arena *arena, enum scram_hash hash,
                          struct str mechanisms, struct str bindings);

#endif
