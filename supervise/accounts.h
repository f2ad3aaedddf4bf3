/* The system users and groups of a suite that root starts. */
#ifndef POSTHOUSE_SUPERVISE_ACCOUNTS_H
#define POSTHOUSE_SUPERVISE_ACCOUNTS_H

#include "files.h"

#define GROUP_SUITE    "posthouse"       /* may enter run/ */
#define GROUP_DATABASE "posthouse-db"    /* may enter run/pg */
#define GROUP_GRANT    "posthouse-grant" /* may read the key of grants */

/* Creates the users and groups that are missing. As root only. */
MUST_CHECK bool accounts_ensure(struct error *error);
/* Owner of a file by names; NULL stays root's. Without root: leave as it is. */
MUST_CHECK bool accounts_owner(struct owner *owner, const char *user,
                               const char *group, struct error *error);

#endif
