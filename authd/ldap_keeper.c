/* The process that makes the processes that ask LDAP, and another one when one
 * of them ends. It asks nothing itself, and reads from nobody: a new process's
 * end of a socket pair is all that it tells authd. */
#include "ldap_workers.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "common/daemon/daemon.h"
#include "common/log/log.h"

/* One that ends at once will do so again: the next one waits, at most so long.
 */
#define LEAST_PAUSE_MS 200u
#define MOST_PAUSE_MS  10000u
#define SHORT_LIFE_MS  1000u

/* Hands a file descriptor over; false when authd is gone. */
static bool hand_over(int control, int fd)
{
    char byte = 0;
    struct iovec data = {&byte, 1};
    union {
        struct cmsghdr head; /* for the alignment */
        char bytes[CMSG_SPACE(sizeof(int))];
    } space;
    struct msghdr message = {.msg_iov = &data,
                             .msg_iovlen = 1,
                             .msg_control = space.bytes,
                             .msg_controllen = sizeof(space.bytes)};
    struct cmsghdr *head;

    memset(&space, 0, sizeof(space));
    head = CMSG_FIRSTHDR(&message);
    head->cmsg_level = SOL_SOCKET;
    head->cmsg_type = SCM_RIGHTS;
    head->cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(head), &fd, sizeof(fd));
    return sendmsg(control, &message, MSG_NOSIGNAL) == 1;
}

static bool hire(int control, const struct config *config)
{
    int ends[2];
    bool is_handed;
    pid_t pid;

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
        return false;
    pid = fork();
    if (pid == 0) {
        close(control);
        close(ends[0]);
        ldap_worker_serve(ends[1], config);
        _exit(EXIT_SUCCESS);
    }
    close(ends[1]);
    is_handed = pid > 0 && hand_over(control, ends[0]);
    close(ends[0]);
    return is_handed;
}

static void rest(unsigned ms)
{
    const struct timespec time = {ms / 1000, (long)(ms % 1000) * 1000000};

    (void)nanosleep(&time, NULL);
}

/* Until authd is gone: its workers end then, and nobody takes another one. */
static void keep(int control, const struct config *config)
{
    size_t wanted = (size_t)config_int(config, "ldap.workers");
    unsigned pause = LEAST_PAUSE_MS;

    for (size_t i = 0; i < wanted; i++)
        if (!hire(control, config))
            return;
    for (;;) {
        uint64_t since = clock_monotonic_ms();

        if (wait(NULL) < 0 && errno != EINTR)
            return;
        pause = clock_monotonic_ms() - since > SHORT_LIFE_MS ? LEAST_PAUSE_MS
                : pause * 2 < MOST_PAUSE_MS                  ? pause * 2
                                                             : MOST_PAUSE_MS;
        rest(pause);
        if (!hire(control, config))
            return;
    }
}

bool ldap_workers_fork(struct ldap_workers *workers, struct daemon *daemon,
                       struct error *error)
{
    int ends[2];
    pid_t pid;

    workers->control = -1;
    if (!config_str(daemon->config, "ldap.uri").len)
        return true;
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
        return error_set(error, "socketpair: %s", strerror(errno));
    pid = fork();
    if (pid == 0) {
        close(ends[0]);
        (void)signal(SIGPIPE, SIG_IGN);
        if (daemon_drop_privileges(daemon, true, error))
            keep(ends[1], daemon->config);
        else
            log_event(LOG_LEVEL_ERROR, "ldap", LOG_TEXT("reason", error->text));
        _exit(EXIT_SUCCESS);
    }
    close(ends[1]);
    if (pid < 0) {
        close(ends[0]);
        return error_set(error, "fork: %s", strerror(errno));
    }
    workers->control = ends[0];
    return true;
}
