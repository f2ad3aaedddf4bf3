/* Files and folders with an owner, made so that no reader sees half of one. */
#ifndef POSTHOUSE_SUPERVISE_FILES_H
#define POSTHOUSE_SUPERVISE_FILES_H

#include <sys/types.h>
#include "../common/mem/mem.h"

struct owner {
    uid_t uid; /* (uid_t)-1: leave as it is */
    gid_t gid;
};

/* Makes the folder, or gives the one that is there its owner and mode. */
MUST_CHECK bool files_make_folder(const char *path, mode_t mode,
                                  const struct owner *owner,
                                  struct error *error);
/* Writes aside, then renames: the file is the old or the new one. */
MUST_CHECK bool files_write(const char *path, struct str text, mode_t mode,
                            const struct owner *owner, struct error *error);
/* Makes an empty file unless there is one, with its owner either way. */
MUST_CHECK bool files_touch(const char *path, mode_t mode,
                            const struct owner *owner, struct error *error);
/* Bytes of a file; 0 when there is none. */
off_t files_size(const char *path);
/* Prints the last `lines` lines behind byte `from` to standard error. */
void files_print_tail(const char *path, off_t from, unsigned lines);

#endif
