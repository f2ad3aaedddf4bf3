/* How long to wait before a daemon that ended is started again. */
#ifndef POSTHOUSE_SUPERVISE_BACKOFF_H
#define POSTHOUSE_SUPERVISE_BACKOFF_H

#include <stdint.h>

#define BACKOFF_LEAST_MS   200u
#define BACKOFF_LARGEST_MS 30000u
#define BACKOFF_HEALTHY_MS 1000u /* it did serve: the next wait is the least */

struct backoff {
    uint32_t next_ms; /* 0: nothing has ended yet */
};

/* The wait after a life of `lived_ms`: doubles each time. */
uint32_t backoff_after(struct backoff *backoff, uint64_t lived_ms);

#endif
