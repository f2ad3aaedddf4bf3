/* Back-pressure: who sends faster than a receiver reads is read no further. */
#ifndef POSTHOUSE_ROUTERD_PRESSURE_H
#define POSTHOUSE_ROUTERD_PRESSURE_H

#include "internal.h"

/* Another `bytes` of the sender wait for the receiver. Who fills half of its
 * buffer by himself waits until it is empty: neither the receiver nor anybody
 * else pays for a flood. */
void pressure_weigh(struct router *router, struct router_peer *sender,
                    struct router_peer *receiver, size_t bytes);
/* Nobody waits for this peer any more. */
void pressure_release(struct router *router, struct router_peer *awaited);

#endif
