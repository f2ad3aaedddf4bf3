#include "daemon.h"

#include <time.h>

static int64_t read_clock(clockid_t clock, int64_t per_second)
{
    struct timespec now;

    (void)clock_gettime(clock, &now);
    return now.tv_sec * per_second + now.tv_nsec / (1000000000 / per_second);
}

int64_t clock_unix_ms(void)
{
    return read_clock(CLOCK_REALTIME, 1000);
}

uint64_t clock_monotonic_ms(void)
{
    return (uint64_t)read_clock(CLOCK_MONOTONIC, 1000);
}

uint64_t clock_epoch(void)
{
    return (uint64_t)read_clock(CLOCK_REALTIME, 1000000);
}
