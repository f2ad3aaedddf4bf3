#include "rate.h"

#include "common/mem/hash.h"

static const struct {
    const char *option;
    int64_t unit_ms;  /* in which the option counts */
    int64_t burst_ms; /* whose worth may come at once */
} kinds[RATE_COUNT] = {
    [RATE_JOIN] = {"mucd.join-rate", 1000, 10000},
    [RATE_QUERY] = {"mucd.query-rate", 1000, 10000},
    [RATE_INVITE] = {"mucd.invite-rate", 60000, 60000},
    [RATE_REQUEST] = {"mucd.voice-request-rate", 60000, 60000},
};

bool rate_exceeded(struct mucd *mucd, enum rate_kind kind, struct str bare)
{
    int64_t rate = config_int(mucd->config, kinds[kind].option);
    int64_t earliest = mucd->steady_ms - kinds[kind].burst_ms;
    int64_t *bucket, step_ms;

    if (rate == 0)
        return false;
    bucket = &mucd->rates[kind][hash_bytes(bare.p, bare.len) % MUCD_BUCKETS];
    step_ms = kinds[kind].unit_ms / rate;
    if (*bucket < earliest)
        *bucket = earliest;
    if (*bucket + step_ms > mucd->steady_ms)
        return true;
    *bucket += step_ms;
    return false;
}
