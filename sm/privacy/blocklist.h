/* The block list of an account (XEP-0191): what its default privacy list denies
 * wholly by address (§5), as sets of addresses. */
#ifndef POSTHOUSE_SM_BLOCKLIST_H
#define POSTHOUSE_SM_BLOCKLIST_H

#include "sm/session/session.h"

/* Prepared addresses, sorted, each once; in the arena of whoever asked. */
struct names {
    struct str *jids;
    size_t count;
};

/* An empty set with room for `room` addresses; sort it when it is filled. */
struct names names_new(struct arena *arena, size_t room);
/* Sorts what was put into it, and drops what is there twice. */
void names_sort(struct names *names);
/* Whether the address is in a sorted set. */
bool names_have(const struct names *names, struct str jid);
/* Those of `a` that are not in `b`; slices of `a`. */
struct names names_without(struct arena *arena, const struct names *a,
                           const struct names *b);

/* What is blocked now; copies that outlive the list. */
struct names blocklist_of(const struct account *account, struct arena *arena);
/* The resources that have asked for the list learn what was changed (§3.3,
 * §3.4): `change` is "block" or "unblock"; without names, all was taken away.
 */
void blocklist_push(struct account *account, struct duty *duty,
                    const char *change, const struct names *names);
/* The same after a privacy list was changed: tells what differs from before. */
void blocklist_push_changes(struct account *account, struct duty *duty,
                            const struct names *before);

/* The resources that do not look at the block list learn that the privacy list
 * of this name was changed (XEP-0016 §2.2): iq_privacy.c. */
void privacy_push_blocking(struct account *account, struct duty *duty,
                           struct str name);

#endif
