/* Ranges of a file (RFC 9110 §14). */
#ifndef POSTHOUSE_WEBD_RANGE_H
#define POSTHOUSE_WEBD_RANGE_H

#include "common/mem/mem.h"

enum range_result {
    RANGE_WHOLE, /* no range, several, or one that is not understood */
    RANGE_PART,
    RANGE_OUTSIDE /* 416 */
};
/* Reads the header Range (absent: none) for a file of this size. RANGE_PART:
 * the part begins at *first and has *length bytes. Several ranges count as
 * none: a server may (§14.2), and many small ones are an attack. */
enum range_result range_read(struct str header, uint64_t size, uint64_t *first,
                             uint64_t *length);
/* Whether a list of entity tags has this one, or is "*"; compared weakly
 * (§8.8.3.2) as If-None-Match is, or strongly as If-Match. */
bool etag_matches(struct str list, struct str etag, bool is_weak);

#endif
