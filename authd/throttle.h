/* A bounded memory of who did something too often: failed logins by address and
 * by account, registrations by address. */
#ifndef POSTHOUSE_AUTHD_THROTTLE_H
#define POSTHOUSE_AUTHD_THROTTLE_H

#include "common/mem/mem.h"

struct throttle_entry;
struct throttle {
    struct throttle_entry *entries; /* a table of fixed size */
    unsigned char secret[32];       /* nobody can choose whom he pushes out */
    int64_t max_block_ms;
};

/* max_block_ms bounds the back-off, which starts with 5 seconds and doubles
 * each time the limit is reached again. */
void throttle_init(struct throttle *throttle, int64_t max_block_ms);
/* Forgets all, and frees the table. */
void throttle_clear(struct throttle *throttle);
/* Whether `who` may go on. per_minute 0: always. */
MUST_CHECK bool throttle_allows(struct throttle *throttle, struct str who,
                                int64_t per_minute, int64_t now_ms);
/* Counts one event. Past per_minute events in a minute `who` is blocked. */
void throttle_count(struct throttle *throttle, struct str who,
                    int64_t per_minute, int64_t now_ms);
/* What stands for a peer's address: an IPv4 address, or the /64 network of an
 * IPv6 address. In the arena. */
struct str throttle_peer(struct arena *arena, struct str address);

#endif
