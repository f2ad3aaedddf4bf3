/* STUN and TURN servers that clients are told of (XEP-0215), as the
 * configuration has them, and the secret that is shared with the latter. */
#ifndef POSTHOUSE_SM_EXTERNAL_H
#define POSTHOUSE_SM_EXTERNAL_H

#include "sm/sm.h"

/* One way to reach one of them. */
struct relay {
    struct str type, host, port, transport; /* port absent: the usual one */
    bool wants_login;
};

/* The index-th of sm.relays. */
struct relay relay_of(const struct sm *sm, size_t index);
/* Reads the secret, now and at each SIGHUP, into sm->relay_secret; logs when a
 * TURN server is named and there is none. */
void relay_secret_load(struct sm *sm);

#endif
