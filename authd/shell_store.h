/* How the shell opens and closes the store. */
#ifndef POSTHOUSE_AUTHD_SHELL_STORE_H
#define POSTHOUSE_AUTHD_SHELL_STORE_H

#include <uv.h>
#include "store.h"

struct store *store_open(uv_loop_t *loop, const char *conninfo);
void store_close(struct store *store);

#endif
