/* posthouse.conf of a suite, written from the command line. */
#ifndef POSTHOUSE_SUPERVISE_SETTINGS_H
#define POSTHOUSE_SUPERVISE_SETTINGS_H

#include "../common/config/config.h"
#include "layout.h"
#include "options.h"

/* Writes posthouse.conf, and compd.conf, which alone holds the secrets of
 * components. Returns what posthouse.conf says; NULL when it is wrong. */
struct config *settings_write(const struct layout *layout,
                              const struct options *options,
                              struct error *error);
/* The text of either file. `caller` is the user under whom all daemons run;
 * NULL: each under its own. */
MUST_CHECK bool settings_text(struct buf *out, const struct layout *layout,
                              const struct options *options, const char *caller,
                              bool with_secrets, struct error *error);
/* Whether the data lie in the suite's own PostgreSQL. */
bool settings_use_own_database(const struct options *options);

#endif
