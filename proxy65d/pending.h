/* How many connections of each address wait for their activation. */
#ifndef POSTHOUSE_PENDING_H
#define POSTHOUSE_PENDING_H

#include "common/mem/mem.h"

struct pending_address;
struct pending {
    struct pending_address *addresses;
    size_t count;
};

/* One more from this address; false when it has `max` already (0: no bound). */
MUST_CHECK bool pending_add(struct pending *pending, const char *address,
                            size_t max);
/* One that was added is gone or active. */
void pending_drop(struct pending *pending, const char *address);

#endif
