/* How often wrong tokens of the REST door are looked for. They cannot be
 * guessed (258 random bits); this keeps who tries from filling database and
 * log. Tokens that were right before are not kept waiting by it. */
#ifndef POSTHOUSE_SM_API_GATE_H
#define POSTHOUSE_SM_API_GATE_H

#include "common/mem/mem.h"

#define API_GATE_WRONG 60u /* in a minute */
#define API_GATE_KNOWN 64u /* right ones, remembered */
#define API_GATE_HASH  64u /* hexadecimal digits */

struct api_gate {
    int64_t minute_began_ms; /* steady */
    unsigned wrong;
    char known[API_GATE_KNOWN][API_GATE_HASH];
    unsigned known_next; /* whose place the next one takes */
};

/* Whether the token with this hash may be looked for now. */
MUST_CHECK bool api_gate_admits(struct api_gate *gate, struct str hash,
                                int64_t steady_ms);
/* What was found. */
void api_gate_judge(struct api_gate *gate, struct str hash, bool is_right,
                    int64_t steady_ms);

#endif
