/* Who calls: all streams that came in from one address (of IPv6, from one
 * network of 64 bits, which is one customer's). What strangers may have us do
 * is counted here, so that more connections are not more of it. */
#ifndef POSTHOUSE_S2SD_CALLER_H
#define POSTHOUSE_S2SD_CALLER_H

#include "common/mem/hash.h"

#include "s2sd.h"

struct caller {
    UT_hash_handle hh;
    char network[64];
    unsigned streams;
    unsigned claims; /* of domains, that wait for the answer of their server */
    int64_t claim_second; /* of claim_count: questions that were asked */
    uint64_t claim_count;
};

/* The caller at this numeric address, with one stream more. */
struct caller *caller_enter(struct s2sd *s2sd, const char *peer);
/* One of its streams has ended; frees it with the last. */
void caller_leave(struct s2sd *s2sd, struct caller *caller);
/* How many streams have come in from there. */
unsigned caller_streams(const struct s2sd *s2sd, const char *peer);
/* Whether it may claim one more domain for which we have to ask another server
 * (s2sd.max-claims, s2sd.claim-rate); counts it when it may. */
MUST_CHECK bool caller_may_claim(const struct s2sd *s2sd,
                                 struct caller *caller);

#endif
