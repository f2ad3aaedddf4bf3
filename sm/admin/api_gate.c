#include "sm/admin/api_gate.h"

#include <stdlib.h>

#define MINUTE_MS 60000

struct api_known {
    struct str hash; /* heap */
    UT_hash_handle hh;
};

static struct api_known *find(struct api_known *set, struct str hash)
{
    struct api_known *one;

    HASH_FIND(hh, set, hash.p, hash.len, one);
    return one;
}

static void set_free(struct api_known **set)
{
    struct api_known *one, *next;

    HASH_ITER(hh, *set, one, next)
    {
        HASH_DEL(*set, one);
        free((char *)one->hash.p);
        free(one);
    }
}

static void begin_minute(struct api_gate *gate, int64_t steady_ms)
{
    if (gate->wrong && steady_ms - gate->minute_began_ms < MINUTE_MS)
        return;
    gate->minute_began_ms = steady_ms;
    gate->wrong = 0;
}

bool api_gate_admits(struct api_gate *gate, struct str hash, int64_t steady_ms)
{
    begin_minute(gate, steady_ms);
    return gate->wrong < API_GATE_WRONG || find(gate->known, hash);
}

void api_gate_count(struct api_gate *gate, int64_t steady_ms)
{
    begin_minute(gate, steady_ms);
    gate->wrong++;
}

void api_gate_take(struct api_gate *gate, struct str hash, bool is_whole)
{
    struct api_known *one;

    if (hash.p && !find(gate->coming, hash)) {
        one = NEW(struct api_known);
        one->hash = str_dup(hash);
        HASH_ADD_KEYPTR(hh, gate->coming, one->hash.p, one->hash.len, one);
    } else if (!hash.p) {
        set_free(is_whole ? &gate->known : &gate->coming);
        if (is_whole)
            gate->known = gate->coming;
        gate->coming = NULL;
    }
}

void api_gate_clear(struct api_gate *gate)
{
    set_free(&gate->known);
    set_free(&gate->coming);
}
