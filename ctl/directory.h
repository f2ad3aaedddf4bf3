/* The directory for questions of an administrator. */
#ifndef POSTHOUSE_CTL_DIRECTORY_H
#define POSTHOUSE_CTL_DIRECTORY_H

#include "common/directory/permission.h"
#include "ctl.h"

/* Reads it as sm does; in the transaction that is open, if one is. NULL after a
 * message. */
struct directory *ctl_directory(struct ctl *ctl);
/* Prints rows of texts under the names of their columns; `cells` has
 * count × columns of them. */
void ctl_print_cells(const struct ctl *ctl, const char *const *names,
                     unsigned columns, const struct str *cells, size_t count);
/* Prints how often what was done: pairs of texts; in a dry run they become lines of its
 * report. */
void ctl_print_counts(struct ctl *ctl, const struct str *pairs, size_t count);

#endif
