/* Who sees whom, worked out of the properties of departments (directory.h). */
#ifndef POSTHOUSE_DIRECTORY_RULES_H
#define POSTHOUSE_DIRECTORY_RULES_H

#include "directory.h"

/* The tree is linked: fills in of each department whose people its members have
 * in their rosters, who has theirs, who may know them, and the hash of that. */
void directory_apply_rules(struct directory *directory,
                           const struct config *config);
/* It is known who may know them: fills in of each department its address and label. */
void directory_label(struct directory *directory);

#endif
