#include "folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/codec/codec.h"
#include "common/log/log.h"

#define FOLDER_FLAGS (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)

static bool write_all(int fd, struct str bytes)
{
    while (bytes.len > 0) {
        ssize_t count = write(fd, bytes.p, bytes.len);

        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return false;
        bytes.p += count;
        bytes.len -= (size_t)count;
    }
    return true;
}

static bool open_part(int root, const char *name, int *into,
                      struct error *error)
{
    if (mkdirat(root, name, 0700) != 0 && errno != EEXIST)
        return error_set(error, "webd.folder: %s: %s", name, strerror(errno));
    *into = openat(root, name, FOLDER_FLAGS);
    return *into >= 0 ||
           error_set(error, "webd.folder: %s: %s", name, strerror(errno));
}

/* Calls `visit` with each name in a folder. */
static void each_name(int folder, void (*visit)(void *ctx, const char *name),
                      void *ctx)
{
    int copy = openat(folder, ".", FOLDER_FLAGS);
    DIR *stream = copy >= 0 ? fdopendir(copy) : NULL;
    const struct dirent *entry;

    if (!stream && copy >= 0)
        (void)close(copy);
    while (stream && (entry = readdir(stream)) != NULL)
        if (entry->d_name[0] != '.')
            visit(ctx, entry->d_name);
    if (stream)
        (void)closedir(stream);
}

static void remove_incoming(void *ctx, const char *name)
{
    folder_abort(ctx, name);
}

/* --- the key -------------------------------------------------------------- */

#define KEY_NAME "slot.key"

static bool read_key(struct folder *folder)
{
    int fd = openat(folder->root, KEY_NAME, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    ssize_t count = fd >= 0 ? read(fd, folder->key, sizeof(folder->key)) : -1;

    if (fd >= 0)
        (void)close(fd);
    return count == (ssize_t)sizeof(folder->key);
}

static bool make_key(struct folder *folder, struct error *error)
{
    int fd = openat(folder->incoming, KEY_NAME,
                    O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    bool is_made;

    random_bytes(folder->key, sizeof(folder->key));
    is_made =
        fd >= 0 &&
        write_all(fd, (struct str){folder->key, sizeof(folder->key)}) &&
        fsync(fd) == 0 &&
        renameat(folder->incoming, KEY_NAME, folder->root, KEY_NAME) == 0 &&
        fsync(folder->root) == 0;
    if (fd >= 0)
        (void)close(fd);
    return is_made ||
           error_set(error, "webd.folder: " KEY_NAME ": %s", strerror(errno));
}

/* --- opening -------------------------------------------------------------- */

bool folder_open(struct folder *folder, const char *path, struct error *error)
{
    *folder = (struct folder){.root = -1, .files = -1, .incoming = -1};
    folder->root = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder->root < 0)
        return error_set(error, "webd.folder: %s: %s", path, strerror(errno));
    if (!open_part(folder->root, "files", &folder->files, error) ||
        !open_part(folder->root, "incoming", &folder->incoming, error))
        return false;
    each_name(folder->incoming, remove_incoming, folder);
    return read_key(folder) || make_key(folder, error);
}

void folder_close(struct folder *folder)
{
    const int parts[] = {folder->incoming, folder->files, folder->root};

    for (size_t i = 0; i < COUNT_OF(parts); i++)
        if (parts[i] >= 0)
            (void)close(parts[i]);
    *folder = (struct folder){.root = -1, .files = -1, .incoming = -1};
}

struct visiting {
    const struct folder *folder;
    void (*visit)(void *ctx, const struct slot *slot, int64_t uploaded_s);
    void *ctx;
};

static void visit_file(void *ctx, const char *name)
{
    const struct visiting *visiting = ctx;
    struct arena arena = {0};
    struct slot slot;
    struct stat status;
    int fd = folder_read(visiting->folder, name, &arena, &slot);

    if (fd >= 0 && fstat(fd, &status) == 0 && str_is(slot.id, name))
        visiting->visit(visiting->ctx, &slot, status.st_mtime);
    else
        log_event(LOG_LEVEL_ERROR, "file-damaged", LOG_TEXT("name", name));
    if (fd >= 0)
        (void)close(fd);
    arena_clear(&arena);
}

void folder_each(const struct folder *folder,
                 void (*visit)(void *ctx, const struct slot *slot,
                               int64_t uploaded_s),
                 void *ctx)
{
    each_name(folder->files, visit_file,
              &(struct visiting){folder, visit, ctx});
}

/* --- uploading ------------------------------------------------------------ */

static bool write_head(int fd, const struct slot *slot)
{
    struct buf head = {0};
    bool is_written;

    slot_write_fields(&head, slot);
    while (buf_len(&head) < FOLDER_HEAD)
        buf_add_char(&head, '\0');
    is_written =
        buf_len(&head) == FOLDER_HEAD && write_all(fd, buf_view(&head));
    buf_clear(&head);
    return is_written;
}

/* File systems that cannot reserve say so, and are written to all the same. */
static bool reserve(int fd, uint64_t bytes)
{
    return fallocate(fd, 0, 0, (off_t)bytes) == 0 || errno == EOPNOTSUPP ||
           errno == ENOSYS;
}

static bool id_of(char id[SLOT_ID_LENGTH + 1], const struct slot *slot)
{
    return snprintf(id, SLOT_ID_LENGTH + 1, "%.*s", STR_ARG(slot->id)) ==
           (int)SLOT_ID_LENGTH;
}

int folder_create(const struct folder *folder, const struct slot *slot)
{
    char id[SLOT_ID_LENGTH + 1];
    int fd, reason;

    if (!id_of(id, slot)) {
        errno = EINVAL;
        return -1;
    }
    fd = openat(folder->incoming, id,
                O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return -1;
    if (reserve(fd, FOLDER_HEAD + slot->size) && write_head(fd, slot))
        return fd;
    reason = errno;
    (void)close(fd);
    folder_abort(folder, id);
    errno = reason;
    return -1;
}

bool folder_finish(const struct folder *folder, const char *id, int fd)
{
    return fsync(fd) == 0 &&
           renameat(folder->incoming, id, folder->files, id) == 0 &&
           fsync(folder->files) == 0;
}

void folder_abort(const struct folder *folder, const char *id)
{
    if (unlinkat(folder->incoming, id, 0) != 0 && errno != ENOENT)
        log_event(LOG_LEVEL_ERROR, "file-not-removed", LOG_TEXT("name", id),
                  LOG_TEXT("reason", strerror(errno)));
}

/* --- reading -------------------------------------------------------------- */

static bool read_head(int fd, struct arena *arena, struct slot *slot)
{
    char *head = arena_bytes(arena, FOLDER_HEAD);
    struct stat status;

    return fstat(fd, &status) == 0 && S_ISREG(status.st_mode) &&
           pread(fd, head, FOLDER_HEAD, 0) == (ssize_t)FOLDER_HEAD &&
           slot_read_fields(slot, (struct str){head, FOLDER_HEAD}) &&
           (uint64_t)status.st_size == FOLDER_HEAD + slot->size;
}

int folder_read(const struct folder *folder, const char *id,
                struct arena *arena, struct slot *slot)
{
    int fd = openat(folder->files, id,
                    O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);

    if (fd < 0 || read_head(fd, arena, slot))
        return fd;
    (void)close(fd);
    return -1;
}

void folder_remove(const struct folder *folder, const char *id)
{
    if (unlinkat(folder->files, id, 0) != 0 && errno != ENOENT)
        log_event(LOG_LEVEL_ERROR, "file-not-removed", LOG_TEXT("name", id),
                  LOG_TEXT("reason", strerror(errno)));
}
