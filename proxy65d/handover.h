/* Connections pass between the processes of a suite: both sides of a stream
 * must be with the one that owns its key, and the kernel gives each new
 * connection to any of them. Each listens in the abstract namespace, where
 * everybody may take any name: both ends ask the kernel who the other is, and
 * deal with their own user alone. */
#ifndef POSTHOUSE_HANDOVER_H
#define POSTHOUSE_HANDOVER_H

#include <uv.h>

#include "common/socks/socks.h"

typedef void handover_taken(void *ctx, int fd, const char *peer,
                            const struct socks *socks);

struct handover;
/* suite: a text that all `of` processes of this suite, and no others, share.
 * NULL with the reason. */
MUST_CHECK struct handover *handover_open(uv_loop_t *loop, const char *suite,
                                          unsigned instance, unsigned of,
                                          handover_taken *taken, void *ctx,
                                          struct error *error);
/* Gives a connection away; true when it is on its way to the other process, and
 * this one may close its own descriptor. */
MUST_CHECK bool handover_give(struct handover *handover, unsigned instance,
                              int fd, const char *peer,
                              const struct socks *socks);
/* Closes all; connections that wait to be taken are closed with it. */
void handover_close(struct handover *handover);

#endif
