#include "backoff.h"

uint32_t backoff_after(struct backoff *backoff, uint64_t lived_ms)
{
    uint32_t wait_ms = backoff->next_ms;

    if (wait_ms == 0 || lived_ms >= BACKOFF_HEALTHY_MS)
        wait_ms = BACKOFF_LEAST_MS;
    backoff->next_ms =
        wait_ms >= BACKOFF_LARGEST_MS / 2 ? BACKOFF_LARGEST_MS : wait_ms * 2;
    return wait_ms;
}
