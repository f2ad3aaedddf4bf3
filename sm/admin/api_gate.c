#include "sm/admin/api_gate.h"

#define MINUTE_MS 60000

static void begin_minute(struct api_gate *gate, int64_t steady_ms)
{
    if (gate->wrong && steady_ms - gate->minute_began_ms < MINUTE_MS)
        return;
    gate->minute_began_ms = steady_ms;
    gate->wrong = 0;
}

static char *find(struct api_gate *gate, struct str hash)
{
    for (size_t i = 0; hash.len == API_GATE_HASH && i < API_GATE_KNOWN; i++)
        if (memcmp(gate->known[i], hash.p, API_GATE_HASH) == 0)
            return gate->known[i];
    return NULL;
}

bool api_gate_admits(struct api_gate *gate, struct str hash, int64_t steady_ms)
{
    begin_minute(gate, steady_ms);
    return gate->wrong < API_GATE_WRONG || find(gate, hash);
}

void api_gate_judge(struct api_gate *gate, struct str hash, bool is_right,
                    int64_t steady_ms)
{
    char *place = find(gate, hash);

    if (!is_right) {
        begin_minute(gate, steady_ms);
        gate->wrong++;
        if (place)
            memset(place, 0, API_GATE_HASH); /* it was taken back */
    } else if (!place && hash.len == API_GATE_HASH) {
        memcpy(gate->known[gate->known_next], hash.p, API_GATE_HASH);
        gate->known_next = (gate->known_next + 1) % API_GATE_KNOWN;
    }
}
