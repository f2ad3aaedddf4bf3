/* Who has how much waiting for one receiver, so that a flood is held back at
 * its source. */
#ifndef POSTHOUSE_ROUTERD_FLOW_H
#define POSTHOUSE_ROUTERD_FLOW_H

#include "../common/mem/mem.h"

struct router_peer;

/* Zeroed = empty. */
struct flows {
    struct flow *list; /* one of each sender since the last reset */
    size_t count;
};

/* Another `bytes` of this sender wait; returns how many that makes. */
size_t flows_add(struct flows *flows, const struct router_peer *sender,
                 size_t bytes);
/* Nothing waits any more. */
void flows_reset(struct flows *flows);
/* The sender is gone, what it sent is not. */
void flows_forget(struct flows *flows, const struct router_peer *sender);
/* Forgets all. */
void flows_clear(struct flows *flows);

#endif
