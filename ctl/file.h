/* Whole files, in memory. */
#ifndef POSTHOUSE_CTL_FILE_H
#define POSTHOUSE_CTL_FILE_H

#include "common/xml/xml.h"
#include "ctl.h"

#define FILE_MAX_BYTES (256u << 20)

/* Reads it all; false after a message. */
MUST_CHECK bool file_read(const char *path, struct buf *into);
/* A new file that nobody else may read; false after a message, also when there
 * is one of this name. */
MUST_CHECK bool file_write(const char *path, struct str bytes);

/* The same, open for writing; NULL after a message. */
FILE *file_create(const char *path);

/* Reads a <server-data/> of XEP-0227; NULL after a message. The text lies in
 * *text, what was found in it in ctl's arena. */
struct xml *xep0227_read(struct ctl *ctl, const char *path, struct buf *text);
/* Accounts from and to the format of XEP-0227. */
int xep0227_import(struct ctl *ctl, const char *path);
/* Writes all accounts; returns the exit status. */
int xep0227_export(struct ctl *ctl, const char *path);

#endif
