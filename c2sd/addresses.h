/* Connections counted by IP address, for c2sd.max-connections-per-address. */
#ifndef POSTHOUSE_C2SD_ADDRESSES_H
#define POSTHOUSE_C2SD_ADDRESSES_H

#include <stdint.h>
#include "common/mem/hash.h"

struct address_count {
    uint64_t count;
    UT_hash_handle hh;
    char peer[64];
};

/* How many connections there are from this address. */
uint64_t addresses_count(struct address_count *all, const char *peer);
/* One more; give the entry back to addresses_leave. */
struct address_count *addresses_enter(struct address_count **all,
                                      const char *peer);
/* A connection of this address is gone; the entry is freed with its last. */
void addresses_leave(struct address_count **all, struct address_count *entry);

#endif
