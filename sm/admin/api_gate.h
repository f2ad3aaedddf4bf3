/* How often wrong tokens of the REST door are looked for. They cannot be
 * guessed (258 random bits); this keeps who tries from filling database and
 * log. Hashes of those that there are are in memory, so that whoever has one is
 * never kept waiting by it; whether it holds the database tells each time. */
#ifndef POSTHOUSE_SM_API_GATE_H
#define POSTHOUSE_SM_API_GATE_H

#include "common/mem/hash.h"
#include "common/mem/mem.h"

#define API_GATE_WRONG 60u /* in a minute */

struct api_known;

/* Zeroes are ready. */
struct api_gate {
    int64_t minute_began_ms; /* steady */
    unsigned wrong;
    struct api_known *known;  /* by hash */
    struct api_known *coming; /* read so far of what takes its place */
};

/* Whether the token with this hash may be looked for now. */
MUST_CHECK bool api_gate_admits(struct api_gate *gate, struct str hash,
                                int64_t steady_ms);
/* It was not found, or does not hold. */
void api_gate_count(struct api_gate *gate, int64_t steady_ms);
/* One of those that there are (copied); then once more with STR_NONE: these are
 * all, or (is_whole false) some are missing and the old ones stay. */
void api_gate_take(struct api_gate *gate, struct str hash, bool is_whole);
void api_gate_clear(struct api_gate *gate);

#endif
