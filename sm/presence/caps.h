/* Entity capabilities of the server (XEP-0115 §6.3): the hash that stands for
 * its answer to disco#info, told to clients in the stream's features. */
#ifndef POSTHOUSE_SM_CAPS_H
#define POSTHOUSE_SM_CAPS_H

#include "sm/sm.h"

/* The hash (Base64 of SHA-1) of what the server answers to disco#info (§5.1).
 * In the arena of sm. */
struct str caps_hash(struct sm *sm);
/* Whether a disco#info asks for what such a hash stands for. */
bool caps_is_asked(struct str node);

#endif
