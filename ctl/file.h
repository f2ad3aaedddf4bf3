/* Whole files, in memory. */
#ifndef POSTHOUSE_CTL_FILE_H
#define POSTHOUSE_CTL_FILE_H

#include "ctl.h"

#define FILE_MAX_BYTES (256u << 20)

/* Reads it all; false after a message. */
MUST_CHECK bool file_read(const char *path, struct buf *into);
/* A new file that nobody else may read; false after a message, also when there
 * is one of this name. */
MUST_CHECK bool file_write(const char *path, struct str bytes);

/* Accounts from and to the format of XEP-0227. */
int xep0227_import(struct ctl *ctl, const char *path);
int xep0227_export(struct ctl *ctl, const char *path);

#endif
