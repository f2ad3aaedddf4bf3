/* The uploaded files: ledger and folder together. */
#ifndef POSTHOUSE_WEBD_FILES_H
#define POSTHOUSE_WEBD_FILES_H

#include "folder.h"
#include "ledger.h"

struct config;

struct files {
    struct ledger ledger;
    struct folder folder;
    uint64_t uploads, downloads, expired, refused, infected;
};

/* Opens the folder and reads what is in it. False with the reason. */
MUST_CHECK bool files_open(struct files *files, const struct config *config,
                           const char *path, struct error *error);
/* Takes over the quotas of a configuration. */
void files_set_limits(struct files *files, const struct config *config);
/* Deletes what has expired; each minute. */
void files_sweep(struct files *files);
/* Deletes one. */
void files_remove(struct files *files, struct ledger_file *file);
void files_close(struct files *files);
/* The time in seconds since 1970. */
int64_t unix_s(void);

#endif
