/* Questions about sessions, which every sm knows of its own users alone: one
 * datagram to each process, and what came back within some seconds. */
#ifndef POSTHOUSE_SM_CENSUS_H
#define POSTHOUSE_SM_CENSUS_H

#include "sm/sm.h"

struct census_found {
    struct census_found *next;
    struct str jid;
    struct str peer; /* of a session: its client's IP address */
};

struct census_result {
    uint64_t count;    /* how many there are, found or not */
    uint64_t contacts; /* of the one account that was asked about */
    const struct census_found *found; /* as many as were asked for */
    bool is_whole;                    /* everybody has answered */
};

/* The result is borrowed for the call. */
typedef void census_taken(void *ctx, const struct census_result *result);

/* Asks what (CTL_WHAT_…) on behalf of `by`, a user of this process, about those
 * whom he administers. jid: the account or session that it is about, or absent.
 * most: how many JIDs are wanted. `taken` is called once, maybe at once. */
void census_take(struct sm *sm, const char *what, struct str by, struct str jid,
                 unsigned most, census_taken *taken, void *ctx);
/* A datagram of another sm: false when it is about something else. */
MUST_CHECK bool census_datagram(struct sm *sm, const struct frame *frame,
                                const struct xml *element);
/* Once per second: who has not answered will not. */
void census_tick(struct sm *sm);
/* Frees those under way; nobody is told. */
void census_clear(struct sm *sm);

#endif
