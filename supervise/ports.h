/* The ports that a suite wants. */
#ifndef POSTHOUSE_SUPERVISE_PORTS_H
#define POSTHOUSE_SUPERVISE_PORTS_H

#include "../common/config/config.h"

/* Whether the daemons can listen where the configuration says. Several c2sd
 * share a port, so the kernel would let them share it with another suite of the
 * same user, too, and spread clients over both. */
MUST_CHECK bool ports_are_free(const struct config *config,
                               struct error *error);

#endif
