#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

bool file_read(const char *path, struct buf *into)
{
    FILE *file = fopen(path, "r");
    size_t got;

    if (!file) {
        ctl_refuse("%s: %s", path, strerror(errno));
        return false;
    }
    do {
        got = fread(buf_reserve(into, 65536), 1, 65536, file);
        buf_added(into, got);
    } while (got > 0 && buf_len(into) <= FILE_MAX_BYTES);
    fclose(file);
    if (buf_len(into) > FILE_MAX_BYTES)
        ctl_refuse("%s is larger than %u bytes", path, FILE_MAX_BYTES);
    return buf_len(into) <= FILE_MAX_BYTES;
}

FILE *file_create(const char *path)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    FILE *file = fd >= 0 ? fdopen(fd, "w") : NULL;

    if (!file)
        ctl_refuse("%s: %s", path, strerror(errno));
    return file;
}

bool file_write(const char *path, struct str bytes)
{
    FILE *file = file_create(path);
    bool ok = file && fwrite(bytes.p, 1, bytes.len, file) == bytes.len;

    if (file && (fclose(file) != 0 || !ok)) {
        ctl_refuse("%s: %s", path, strerror(errno));
        ok = false;
    }
    return ok;
}
