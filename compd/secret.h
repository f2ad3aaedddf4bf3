/* The secret of a component, which stands in posthouse.conf or in a file of its
 * own: the configuration is read by every daemon, such a file by compd alone. */
#ifndef POSTHOUSE_SECRET_H
#define POSTHOUSE_SECRET_H

#include "common/config/config.h"

/* The secret of the index-th section component: the first line of its
 * secret-file, else its secret; in the arena. STR_NONE, with the reason in
 * `error`, when there is none or the file cannot be read. */
struct str secret_read(struct arena *arena, const struct config *config,
                       size_t index, struct error *error);

#endif
