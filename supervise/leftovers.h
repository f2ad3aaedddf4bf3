/* Processes that a killed supervisor left behind. */
#ifndef POSTHOUSE_SUPERVISE_LEFTOVERS_H
#define POSTHOUSE_SUPERVISE_LEFTOVERS_H

#include "layout.h"

/* Ends whatever holds a lock of this suite, however many of a kind there were,
 * and waits for it. As holder of the supervisor's own lock only. */
void leftovers_end(const struct layout *layout);

#endif
