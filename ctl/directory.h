/* The directory for questions of an administrator. */
#ifndef POSTHOUSE_CTL_DIRECTORY_H
#define POSTHOUSE_CTL_DIRECTORY_H

#include "common/directory/permission.h"
#include "ctl.h"

/* Reads it as sm does; in the transaction that is open, if one is. NULL after a
 * message. */
struct directory *ctl_directory(struct ctl *ctl);
/* Runs the command and takes back what it did; prints how many people would
 * have been concerned by it, and in what. */
int ctl_dry_run(struct ctl *ctl, ctl_command *command);
/* Prints rows of texts under the names of their columns; `cells` has
 * count × columns of them. */
void ctl_print_cells(const struct ctl *ctl, const char *const *names,
                     unsigned columns, const struct str *cells, size_t count);

#endif
