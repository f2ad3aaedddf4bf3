/* A bound on bytes per second, as a bucket that fills with time. */
#ifndef POSTHOUSE_RATE_H
#define POSTHOUSE_RATE_H

#include "common/mem/mem.h"

#define RATE_UNBOUNDED SIZE_MAX

struct rate {
    uint64_t per_second; /* 0: no bound */
    int64_t left;        /* bytes that may go now */
    uint64_t filled_ms;  /* when it was last filled */
};

/* A full bucket: half a second's bytes. */
void rate_init(struct rate *rate, uint64_t per_second, uint64_t now_ms);
/* Bytes that may go now; RATE_UNBOUNDED without a bound. */
size_t rate_allows(struct rate *rate, uint64_t now_ms);
/* So many bytes have gone; the bucket may be overdrawn once. */
void rate_take(struct rate *rate, size_t bytes);

#endif
