/* The router on libuv: its socket and the daemons' connections. */
#ifndef POSTHOUSE_ROUTERD_SHELL_H
#define POSTHOUSE_ROUTERD_SHELL_H

#include <uv.h>
#include "router.h"

struct shell;

/* Makes the socket at `path` (an old one is removed) and listens. Everybody may
 * connect; what he may bind is decided by his uid. NULL with the reason. */
MUST_CHECK struct shell *shell_open(uv_loop_t *loop, const char *path,
                                    struct error *error);
/* Begins to accept. */
void shell_start(struct shell *shell, const struct router_options *options);
/* Other options, from now on (SIGHUP); peers stay connected. */
void shell_set_options(struct shell *shell,
                       const struct router_options *options);
/* Closes all connections. Run the loop once more, so that libuv calls its close
 * callbacks; the last of them frees. */
void shell_close(struct shell *shell);

#endif
