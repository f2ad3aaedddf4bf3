#include "addresses.h"

#include <stdio.h>
#include <stdlib.h>

#include "common/mem/mem.h"

uint64_t addresses_count(struct address_count *all, const char *peer)
{
    struct address_count *entry;

    HASH_FIND_STR(all, peer, entry);
    return entry ? entry->count : 0;
}

struct address_count *addresses_enter(struct address_count **all,
                                      const char *peer)
{
    struct address_count *entry;

    HASH_FIND_STR(*all, peer, entry);
    if (!entry) {
        entry = NEW(struct address_count);
        snprintf(entry->peer, sizeof(entry->peer), "%s", peer);
        HASH_ADD_STR(*all, peer, entry);
    }
    entry->count++;
    return entry;
}

void addresses_leave(struct address_count **all, struct address_count *entry)
{
    if (--entry->count > 0)
        return;
    HASH_DEL(*all, entry);
    free(entry);
}
