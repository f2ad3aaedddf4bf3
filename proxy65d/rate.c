#include "rate.h"

static int64_t fullest(const struct rate *rate)
{
    return (int64_t)(rate->per_second / 2 + 1);
}

void rate_init(struct rate *rate, uint64_t per_second, uint64_t now_ms)
{
    *rate = (struct rate){.per_second = per_second, .filled_ms = now_ms};
    rate->left = fullest(rate);
}

size_t rate_allows(struct rate *rate, uint64_t now_ms)
{
    uint64_t passed = now_ms - rate->filled_ms;
    uint64_t fresh;

    if (rate->per_second == 0)
        return RATE_UNBOUNDED;
    if (passed > 1000)
        passed = 1000;
    fresh = rate->per_second * passed / 1000;
    if (fresh > 0) {
        rate->filled_ms = now_ms;
        rate->left += (int64_t)fresh;
        if (rate->left > fullest(rate))
            rate->left = fullest(rate);
    }
    return rate->left > 0 ? (size_t)rate->left : 0;
}

void rate_take(struct rate *rate, size_t bytes)
{
    if (rate->per_second)
        rate->left -= (int64_t)bytes;
}
