#include "daemon.h"

#include <stdio.h>
#include <time.h>

static int64_t read_clock(clockid_t clock, int64_t per_second)
{
    struct timespec now;

    (void)clock_gettime(clock, &now);
    return now.tv_sec * per_second + now.tv_nsec / (1000000000 / per_second);
}

/* CLOCK_MONOTONIC begins anew when the host does: an epoch says as well which
 * run of the host it is of, or what is stored under it might be taken for
 * another's. No two numbers of runs have to be in order: nobody lives in both.
 */
#define RUN_BITS   14
#define CLOCK_BITS 48 /* microseconds of nine years */
#define RUN_PATH   "/proc/sys/kernel/random/boot_id"

static uint64_t number_of_run(void)
{
    char id[64] = "";
    FILE *file = fopen(RUN_PATH, "re");
    uint64_t hash = UINT64_C(14695981039346656037); /* FNV-1a */

    if (file) {
        (void)!fgets(id, sizeof(id), file);
        fclose(file);
    }
    for (const char *at = id; *at; at++)
        hash = (hash ^ (unsigned char)*at) * UINT64_C(1099511628211);
    return hash >> (64 - RUN_BITS);
}

int64_t clock_unix_ms(void)
{
    return read_clock(CLOCK_REALTIME, 1000);
}

uint64_t clock_monotonic_ms(void)
{
    return (uint64_t)read_clock(CLOCK_MONOTONIC, 1000);
}

/* The highest bit makes it larger than what the wall clock ever tells. */
uint64_t clock_epoch(void)
{
    uint64_t now = (uint64_t)read_clock(CLOCK_MONOTONIC, 1000000);

    return (UINT64_C(1) << (RUN_BITS + CLOCK_BITS)) |
           number_of_run() << CLOCK_BITS |
           (now & ((UINT64_C(1) << CLOCK_BITS) - 1));
}
