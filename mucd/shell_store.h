/* How the shell opens and closes the store. */
#ifndef POSTHOUSE_MUCD_SHELL_STORE_H
#define POSTHOUSE_MUCD_SHELL_STORE_H

#include <uv.h>

#include "store.h"

/* on_ready: the rooms are in memory; epoch is larger than that of every earlier
 * process of this instance. */
struct store *store_open(uv_loop_t *loop, const char *conninfo,
                         struct mucd *mucd,
                         void (*on_ready)(void *ctx, uint64_t epoch),
                         void *ctx);
/* Ends the connections and frees it. Writes that are not committed are not
 * answered: their frames stay undischarged and come again. */
void store_close(struct store *store);

#endif
