/* `up --detach`: a suite in the background, and who waits until it serves. */
#ifndef POSTHOUSE_SUPERVISE_DETACH_H
#define POSTHOUSE_SUPERVISE_DETACH_H

#include "../common/mem/mem.h"

/* Forks. In the child, which has a session of its own, sets *waiting_fd, to be
 * written a byte once all serve (the caller closes it), and returns true. In
 * the parent waits for that byte or the child's end, sets the exit status and
 * returns false. A SIGINT or SIGTERM meanwhile goes to the child as SIGTERM,
 * and the parent waits for its end: nothing is left half started. */
MUST_CHECK bool detach(int *waiting_fd, int *status);

#endif
