#include "repeat.h"

#include <stdlib.h>
#include <string.h>

#include "../codec/codec.h"

#define SETS 32768u
#define WAYS 8u

struct repeat {
    uint64_t id; /* keyed hash of origin and content; 0: free */
    void *owner;
    struct repeat **row; /* the owner's pointer to this */
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

bool repeats_take(struct repeats **repeats, const struct frame *frame,
                  void *owner, struct repeat **row, void **earlier)
{
    struct repeat *set, *oldest;
    uint64_t id;
    size_t index;

    if (!*repeats)
        *repeats = repeats_new();
    index = identify(*repeats, frame, &id);
    set = (*repeats)->table[index];
    for (unsigned i = 0; i < WAYS; i++)
        if (set[i].id == id) {
            *earlier = set[i].owner;
            return true;
        }
    oldest = &set[(*repeats)->next[index]++ % WAYS];
    if (oldest->row)
        *oldest->row = NULL;
    *oldest = (struct repeat){id, owner, row};
    *row = oldest;
    return false;
}

void repeat_settle(struct repeat *row)
{
    if (!row)
        return;
    row->owner = NULL;
    row->row = NULL;
}
