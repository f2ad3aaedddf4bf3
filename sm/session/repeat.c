#include "sm/session/repeat.h"

#include <stdlib.h>
#include <string.h>

#include "common/codec/codec.h"

#define SETS 32768u
#define WAYS 8u

struct repeat {
    uint64_t id; /* keyed hash of origin and content; 0: free */
    struct duty *duty;
};

struct repeats {
    unsigned char secret[32];
    unsigned char next[SETS]; /* the oldest of each set */
    struct repeat table[SETS][WAYS];
};

static struct repeats *repeats_new(void)
{
    struct repeats *repeats = NEW(struct repeats);

    random_bytes(repeats->secret, sizeof(repeats->secret));
    return repeats;
}

void repeats_free(struct repeats *repeats)
{
    free(repeats);
}

/* One origin may have several effects here: each has its own content. */
static size_t identify(const struct repeats *repeats, const struct frame *frame,
                       uint64_t *id)
{
    struct str secret = {(const char *)repeats->secret,
                         sizeof(repeats->secret)};
    unsigned char key[32], mac[32];
    uint32_t set;

    hmac_sha256(secret, frame->origin, key);
    hmac_sha256((struct str){(const char *)key, sizeof(key)}, frame->body, mac);
    memcpy(id, mac, sizeof(*id));
    *id |= 1;
    memcpy(&set, mac + sizeof(*id), sizeof(set));
    return set % SETS;
}

static void remember(struct repeats *repeats, size_t set, uint64_t id,
                     struct duty *duty)
{
    struct repeat *repeat = &repeats->table[set][repeats->next[set]++ % WAYS];

    if (repeat->duty)
        repeat->duty->repeat = NULL;
    *repeat = (struct repeat){id, duty};
    duty->repeat = repeat;
}

bool repeat_take(struct repeats **repeats, struct duty *duty,
                 const struct frame *frame)
{
    struct repeat *row;
    uint64_t id;
    size_t set;

    if (!*repeats)
        *repeats = repeats_new();
    set = identify(*repeats, frame, &id);
    row = (*repeats)->table[set];
    for (unsigned i = 0; i < WAYS; i++) {
        if (row[i].id != id)
            continue;
        if (row[i].duty)
            duty_take_over(row[i].duty, duty);
        return true;
    }
    remember(*repeats, set, id, duty);
    return false;
}

void repeat_settle(struct repeat *repeat)
{
    repeat->duty = NULL;
}
