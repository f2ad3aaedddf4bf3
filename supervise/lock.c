#include "lock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/syscall.h>
#include <unistd.h>

int lock_take(const char *path, bool inherit, struct error *error)
{
    int fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0644);

    if (fd < 0) {
        (void)error_set(error, "%s: %s", path, strerror(errno));
        return -1;
    }
    if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        (void)error_set(error, "%s: another process runs here", path);
        (void)close(fd);
        return -1;
    }
    if (ftruncate(fd, 0) != 0 || dprintf(fd, "%d\n", (int)getpid()) < 0 ||
        (inherit && fcntl(fd, F_SETFD, 0) != 0)) {
        (void)error_set(error, "%s: %s", path, strerror(errno));
        (void)close(fd);
        return -1;
    }
    return fd;
}

bool lock_is_held(const char *path)
{
    int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    bool is_held;

    if (fd < 0)
        return false;
    is_held = flock(fd, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
    (void)close(fd);
    return is_held;
}

static int read_pid(const char *path)
{
    char text[16] = "";
    int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);

    if (fd < 0)
        return 0;
    if (read(fd, text, sizeof(text) - 1) < 0)
        text[0] = '\0';
    (void)close(fd);
    return atoi(text);
}

bool lock_signal_holder(const char *path, int number, int *pidfd)
{
    int pid = lock_is_held(path) ? read_pid(path) : 0;
    int fd = pid > 1 ? (int)syscall(SYS_pidfd_open, pid, 0) : -1;
    bool is_sent;

    if (fd < 0)
        return false;
    /* Still held behind the open: so the descriptor is the holder's. */
    is_sent = lock_is_held(path) &&
              (number == 0 ||
               syscall(SYS_pidfd_send_signal, fd, number, NULL, 0) == 0);
    if (is_sent && pidfd)
        *pidfd = fd;
    else
        (void)close(fd);
    return is_sent;
}
