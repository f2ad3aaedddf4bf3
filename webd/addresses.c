#include "addresses.h"

#include <netinet/in.h>
#include <stdlib.h>

#include "common/mem/hash.h"

struct address_key {
    unsigned char bytes[8];
    unsigned char family; /* 4 or 6 */
};

struct address_count {
    struct address_key key;
    uint64_t count;
    UT_hash_handle hh;
};

static struct address_key key_of(const struct sockaddr *address)
{
    struct address_key key = {.family = 4};

    if (address->sa_family == AF_INET6) {
        const struct sockaddr_in6 *v6 = (const void *)address;

        key.family = 6;
        memcpy(key.bytes, &v6->sin6_addr, sizeof(key.bytes));
    } else {
        const struct sockaddr_in *v4 = (const void *)address;

        memcpy(key.bytes, &v4->sin_addr, sizeof(v4->sin_addr));
    }
    return key;
}

bool addresses_add(struct addresses *addresses, const struct sockaddr *address,
                   uint64_t most)
{
    struct address_key key = key_of(address);
    struct address_count *found;

    HASH_FIND(hh, addresses->counts, &key, sizeof(key), found);
    if (found && most > 0 && found->count >= most)
        return false;
    if (!found) {
        found = NEW(struct address_count);
        found->key = key;
        HASH_ADD(hh, addresses->counts, key, sizeof(key), found);
    }
    found->count++;
    return true;
}

void addresses_remove(struct addresses *addresses,
                      const struct sockaddr *address)
{
    struct address_key key = key_of(address);
    struct address_count *found;

    HASH_FIND(hh, addresses->counts, &key, sizeof(key), found);
    if (!found || --found->count > 0)
        return;
    HASH_DEL(addresses->counts, found);
    free(found);
}
