/* A limit of so much in a time: what was taken leaks away evenly. */
#ifndef POSTHOUSE_WEBD_BUCKET_H
#define POSTHOUSE_WEBD_BUCKET_H

#include "common/mem/mem.h"

/* Zeroes are an empty one. */
struct bucket {
    uint64_t level;
    int64_t at_s;
};
#define BUCKET_NEVER INT64_MAX

/* How many seconds until `amount` more fits under `limit` in `period_s`
 * seconds; 0: it does now; BUCKET_NEVER: it is more than the limit. A limit of
 * 0 is none.
 */
int64_t bucket_wait(struct bucket *bucket, uint64_t limit, uint64_t period_s,
                    uint64_t amount, int64_t now_s);
/* Puts it in, whether it fits or not. */
void bucket_add(struct bucket *bucket, uint64_t limit, uint64_t period_s,
                uint64_t amount, int64_t now_s);

#endif
