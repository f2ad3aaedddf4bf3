#include "throttle.h"

#include "common/codec/codec.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#define SETS            2048u
#define WAYS            8u
#define FIRST_BLOCK_MS  5000
#define MAX_STRIKES     16
#define FORGET_MS       3600000 /* strikes are forgotten after a quiet hour */
#define UNITS_PER_EVENT 60000   /* a level falls by per_minute each ms */

struct throttle_entry {
    uint64_t id; /* keyed hash of the name; 0: free */
    int64_t level;
    int64_t updated_ms;
    int64_t blocked_until_ms;
    int strikes;
};

void throttle_init(struct throttle *throttle, int64_t max_block_ms)
{
    throttle->entries = mem_zalloc(SETS * WAYS * sizeof(struct throttle_entry));
    random_bytes(throttle->secret, sizeof(throttle->secret));
    throttle->max_block_ms = max_block_ms;
}

void throttle_clear(struct throttle *throttle)
{
    free(throttle->entries);
    throttle->entries = NULL;
}

/* The set of entries where a name may stand. */
static struct throttle_entry *set_of(struct throttle *throttle, struct str who,
                                     uint64_t *id)
{
    struct str secret = {(const char *)throttle->secret,
                         sizeof(throttle->secret)};
    unsigned char mac[32];

    hmac_sha256(secret, who, mac);
    memcpy(id, mac, sizeof(*id));
    *id |= 1;
    return &throttle->entries[(mac[8] | (unsigned)mac[9] << 8) % SETS * WAYS];
}

static struct throttle_entry *find(struct throttle_entry *set, uint64_t id)
{
    for (unsigned i = 0; i < WAYS; i++)
        if (set[i].id == id)
            return &set[i];
    return NULL;
}

/* The entry, or the least guilty of its set made anew. */
static struct throttle_entry *find_or_make(struct throttle_entry *set,
                                           uint64_t id)
{
    struct throttle_entry *found = find(set, id), *least = &set[0];

    if (found)
        return found;
    for (unsigned i = 1; i < WAYS; i++)
        if (set[i].strikes < least->strikes ||
            (set[i].strikes == least->strikes &&
             set[i].updated_ms < least->updated_ms))
            least = &set[i];
    *least = (struct throttle_entry){.id = id};
    return least;
}

bool throttle_allows(struct throttle *throttle, struct str who,
                     int64_t per_minute, int64_t now_ms)
{
    uint64_t id = 0;
    struct throttle_entry *entry;

    if (per_minute == 0)
        return true;
    entry = find(set_of(throttle, who, &id), id);
    return !entry || now_ms >= entry->blocked_until_ms;
}

static int64_t block_ms(const struct throttle *throttle, int strikes)
{
    int64_t block = (int64_t)FIRST_BLOCK_MS << strikes;

    return block < throttle->max_block_ms ? block : throttle->max_block_ms;
}

void throttle_count(struct throttle *throttle, struct str who,
                    int64_t per_minute, int64_t now_ms)
{
    uint64_t id = 0;
    struct throttle_entry *entry;
    int64_t elapsed;

    if (per_minute == 0)
        return;
    entry = find_or_make(set_of(throttle, who, &id), id);
    elapsed = now_ms - entry->updated_ms;
    if (elapsed > FORGET_MS)
        entry->strikes = 0;
    entry->level -= elapsed > 60000 ? entry->level : elapsed * per_minute;
    if (entry->level < 0)
        entry->level = 0;
    entry->level += UNITS_PER_EVENT;
    entry->updated_ms = now_ms;
    if (entry->level < per_minute * UNITS_PER_EVENT)
        return;
    entry->blocked_until_ms = now_ms + block_ms(throttle, entry->strikes);
    entry->level = 0;
    if (entry->strikes < MAX_STRIKES)
        entry->strikes++;
}

struct str throttle_peer(struct arena *arena, struct str address)
{
    struct in6_addr in6;
    struct str text = arena_dup(arena, address);

    if (text.p && inet_pton(AF_INET6, text.p, &in6) == 1 &&
        !IN6_IS_ADDR_V4MAPPED(&in6))
        return arena_dup(arena, (struct str){(const char *)&in6, 8});
    return text;
}
