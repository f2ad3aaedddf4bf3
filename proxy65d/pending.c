#include "pending.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "common/mem/hash.h"

struct pending_address {
    char name[64];
    size_t count;
    UT_hash_handle hh;
};

bool pending_add(struct pending *pending, const char *address, size_t max)
{
    struct pending_address *entry;

    HASH_FIND_STR(pending->addresses, address, entry);
    if (entry && max > 0 && entry->count >= max)
        return false;
    if (!entry) {
        entry = NEW(struct pending_address);
        (void)snprintf(entry->name, sizeof(entry->name), "%s", address);
        HASH_ADD_STR(pending->addresses, name, entry);
    }
    entry->count++;
    pending->count++;
    return true;
}

void pending_drop(struct pending *pending, const char *address)
{
    struct pending_address *entry;

    HASH_FIND_STR(pending->addresses, address, entry);
    if (!entry)
        return;
    pending->count--;
    if (--entry->count > 0)
        return;
    HASH_DEL(pending->addresses, entry);
    free(entry);
}
