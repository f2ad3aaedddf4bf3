/* The uploaded files on disk: files/ID has a head of 4 KiB that tells whose it
 * is, its name and until when it lives, and then its bytes. What is being
 * uploaded lies in incoming/ and is renamed when all of it is on the disk, so
 * that no file is ever served by half; incoming/ is emptied at the start. */
#ifndef POSTHOUSE_WEBD_FOLDER_H
#define POSTHOUSE_WEBD_FOLDER_H

#include "slot.h"

#define FOLDER_HEAD 4096u

struct folder {
    int root, files, incoming; /* descriptors; -1: not open */
    char key[SLOT_KEY_LENGTH];
};

/* Opens it, makes what is missing in it (the key of tokens as well), empties
 * incoming/. False with the reason; folder_close in either case. */
MUST_CHECK bool folder_open(struct folder *folder, const char *path,
                            struct error *error);
void folder_close(struct folder *folder);
/* Calls `visit` for each whole file with its fields and the time at which it
 * was uploaded. What makes no sense is passed over, with a line of the log. */
void folder_each(const struct folder *folder,
                 void (*visit)(void *ctx, const struct slot *slot,
                               int64_t uploaded_s),
                 void *ctx);
/* Creates incoming/ID with its head, and with room for slot->size bytes on the
 * disk. -1 with errno: ENOSPC or EDQUOT when there is none. */
MUST_CHECK int folder_create(const struct folder *folder,
                             const struct slot *slot);
/* Makes what was written durable, and a file (renamed, both folders synced).
 * Waits for the disk. False with errno. */
MUST_CHECK bool folder_finish(const struct folder *folder, const char *id,
                              int fd);
/* Removes incoming/ID. */
void folder_abort(const struct folder *folder, const char *id);
/* Opens a file and reads its head; slices are in the arena. -1: it is not
 * there, or not whole. */
MUST_CHECK int folder_read(const struct folder *folder, const char *id,
                           struct arena *arena, struct slot *slot);
/* Removes a file. */
void folder_remove(const struct folder *folder, const char *id);

#endif
