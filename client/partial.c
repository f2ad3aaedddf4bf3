/* A file that is not whole yet lies under a hidden name that tells its hash; a
 * transfer that broke goes on where it ended (XEP-0096 §3.3). */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "transfer.h"

#define MAX_TRIES 1000

/* Of a hash in any spelling, or of the stream where none was told. */
static void set_path(struct app *app, struct transfer *transfer)
{
    const char *hash = transfer->sha256 ? transfer->sha256 : transfer->md5;
    struct buf path = {0};

    buf_printf(&path, "%s/.%.200s.", app->options.folder, transfer->name);
    for (const char *c = hash ? hash : transfer->sid; *c; c++)
        if ((*c >= '0' && *c <= '9') || (*c >= 'a' && *c <= 'z') ||
            (*c >= 'A' && *c <= 'Z'))
            buf_add_char(&path, *c);
    path.end = path.end > 400 ? 400 : path.end;
    buf_add_text(&path, ".part");
    free(transfer->path);
    transfer->path = str_dup_heap(buf_view(&path));
    buf_clear(&path);
}

/* A file that will not fit is refused before it fills the disk. */
static bool fits(const struct transfer *transfer, uint64_t there)
{
    struct statvfs disk;

    return fstatvfs(transfer->file, &disk) != 0 || there >= transfer->size ||
           (transfer->size - there) / disk.f_frsize < disk.f_bavail;
}

/* The same file may be on its way twice. */
static bool is_free(const struct transfer *transfer, struct stat *status)
{
    return flock(transfer->file, LOCK_EX | LOCK_NB) == 0 &&
           fstat(transfer->file, status) == 0 && S_ISREG(status->st_mode);
}

bool partial_open(struct app *app, struct transfer *transfer)
{
    struct stat status;
    bool is_ours;

    set_path(app, transfer);
    transfer->file =
        open(transfer->path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (transfer->file < 0)
        return false;
    is_ours = is_free(transfer, &status);
    if (!is_ours || !fits(transfer, (uint64_t)status.st_size)) {
        if (is_ours && status.st_size == 0)
            (void)unlink(transfer->path);
        (void)close(transfer->file);
        transfer->file = -1;
        return false;
    }
    if (status.st_size > 0 && (uint64_t)status.st_size < transfer->size)
        transfer->offset = (uint64_t)status.st_size;
    return true;
}

bool partial_begin(struct transfer *transfer, bool is_resumed)
{
    char *block = mem_alloc(1 << 20);
    ssize_t count = 0;

    if (!is_resumed)
        transfer->offset = 0;
    while (transfer->moved < transfer->offset &&
           (count = read(transfer->file, block, 1 << 20)) > 0) {
        (void)EVP_DigestUpdate(transfer->digest, block, (size_t)count);
        transfer->moved += (uint64_t)count;
    }
    free(block);
    return transfer->moved == transfer->offset &&
           ftruncate(transfer->file, (off_t)transfer->offset) == 0;
}

/* "name", or "name.1", "name.2" … when there is one. */
bool partial_finish(struct app *app, struct transfer *transfer)
{
    for (unsigned i = 0; i < MAX_TRIES; i++) {
        struct buf path = {0};
        char *whole;
        bool is_done;

        buf_printf(&path, i ? "%s/%.200s.%u" : "%s/%.200s", app->options.folder,
                   transfer->name, i);
        whole = str_dup_heap(buf_view(&path));
        buf_clear(&path);
        is_done = renameat2(AT_FDCWD, transfer->path, AT_FDCWD, whole,
                            RENAME_NOREPLACE) == 0;
        if (is_done) {
            free(transfer->path);
            transfer->path = whole;
            return true;
        }
        free(whole);
        if (errno != EEXIST)
            break;
    }
    return false;
}

void partial_give_up(struct transfer *transfer)
{
    if (transfer->moved == 0 || (!transfer->sha256 && !transfer->md5))
        (void)unlink(transfer->path);
}
