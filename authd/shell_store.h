/* How the shell opens and closes the store. */
#ifndef POSTHOUSE_AUTHD_SHELL_STORE_H
#define POSTHOUSE_AUTHD_SHELL_STORE_H

#include <uv.h>
#include "store.h"

/* Starts connecting as posthouse_auth; never NULL. conninfo is copied. */
struct store *store_open(uv_loop_t *loop, const char *conninfo);
/* What is under way is told STORE_FAILED first. */
void store_close(struct store *store);

#endif
