/* How the shell opens and closes the store. */
#ifndef POSTHOUSE_SM_SHELL_STORE_H
#define POSTHOUSE_SM_SHELL_STORE_H

#include <uv.h>

#include "sm/store/store.h"

/* on_ready: the database answers for the first time; epoch is larger than that
 * of every earlier owner of a shard. */
struct store *store_open(uv_loop_t *loop, const char *conninfo, struct sm *sm,
                         void (*on_ready)(void *ctx, uint64_t epoch),
                         void *ctx);
/* Makes the parts of the store that the months ahead need. */
void store_make_partitions(struct store *store);
/* Ends the connections; what was not committed is forgotten. */
void store_close(struct store *store);

#endif
