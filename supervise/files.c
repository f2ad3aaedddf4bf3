#include "files.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define TAIL_BYTES 8192

/* Sets owner and mode of what is open, and closes it. */
static bool settle(int fd, const char *path, mode_t mode,
                   const struct owner *owner, struct error *error)
{
    bool is_set =
        fchown(fd, owner->uid, owner->gid) == 0 && fchmod(fd, mode) == 0;

    if (!is_set)
        (void)error_set(error, "%s: %s", path, strerror(errno));
    (void)close(fd);
    return is_set;
}

bool files_make_folder(const char *path, mode_t mode, const struct owner *owner,
                       struct error *error)
{
    int fd;

    if (mkdir(path, mode) != 0 && errno != EEXIST)
        return error_set(error, "%s: %s", path, strerror(errno));
    fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return error_set(error, "%s: %s", path, strerror(errno));
    return settle(fd, path, mode, owner, error);
}

static bool write_all(int fd, struct str text)
{
    while (text.len > 0) {
        ssize_t count = write(fd, text.p, text.len);

        if (count < 0 && errno == EINTR)
            continue;
        if (count <= 0)
            return false;
        text.p += count;
        text.len -= (size_t)count;
    }
    return true;
}

bool files_write(const char *path, struct str text, mode_t mode,
                 const struct owner *owner, struct error *error)
{
    char aside[PATH_MAX];
    int fd;

    (void)snprintf(aside, sizeof(aside), "%s.new", path);
    (void)unlink(aside); /* left by one that was interrupted */
    fd = open(aside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return error_set(error, "%s: %s", aside, strerror(errno));
    if (!write_all(fd, text)) {
        (void)error_set(error, "%s: %s", aside, strerror(errno));
        (void)close(fd);
        return false;
    }
    if (!settle(fd, aside, mode, owner, error))
        return false;
    return rename(aside, path) == 0 ||
           error_set(error, "%s: %s", path, strerror(errno));
}

bool files_touch(const char *path, mode_t mode, const struct owner *owner,
                 struct error *error)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC,
                  mode);

    if (fd < 0)
        return error_set(error, "%s: %s", path, strerror(errno));
    return settle(fd, path, mode, owner, error);
}

/* Where the last `lines` lines of `text` begin. */
static size_t tail_start(const char *text, size_t length, unsigned lines)
{
    size_t at = length;

    while (at > 0) {
        if (text[at - 1] == '\n' && at < length && lines-- == 1)
            break;
        at--;
    }
    return at;
}

off_t files_size(const char *path)
{
    struct stat status;

    return stat(path, &status) == 0 ? status.st_size : 0;
}

void files_print_tail(const char *path, off_t from, unsigned lines)
{
    char text[TAIL_BYTES];
    FILE *file = fopen(path, "re");
    off_t size = files_size(path);
    size_t length = 0, start;

    if (!file)
        return;
    if (from > size)
        from = 0; /* another file took its place */
    if (size - from > TAIL_BYTES)
        from = size - TAIL_BYTES;
    if (fseeko(file, from, SEEK_SET) == 0)
        length = fread(text, 1, sizeof(text), file);
    (void)fclose(file);
    start = tail_start(text, length, lines);
    (void)fwrite(text + start, 1, length - start, stderr);
}
