#include "detach.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

/* Descriptor at which those that interrupt the waiting are read; -1 on failure.
 */
static int take_signals(sigset_t *before)
{
    sigset_t interrupts;

    sigemptyset(&interrupts);
    sigaddset(&interrupts, SIGINT);
    sigaddset(&interrupts, SIGTERM);
    if (sigprocmask(SIG_BLOCK, &interrupts, before) != 0)
        return -1;
    return signalfd(-1, &interrupts, SFD_CLOEXEC);
}

/* The exit status: of whoever was interrupted as a shell would tell it. */
static int wait_for(pid_t child, int ready_fd, int signals)
{
    struct pollfd fds[] = {{.fd = ready_fd, .events = POLLIN},
                           {.fd = signals, .events = POLLIN}};
    struct signalfd_siginfo signal = {0};
    char ready;

    while (poll(fds, COUNT_OF(fds), -1) >= 0 || errno == EINTR) {
        if (fds[0].revents) /* a byte, or the end of the child */
            break;
        if (fds[1].revents &&
            read(signals, &signal, sizeof(signal)) == sizeof(signal))
            (void)kill(child, SIGTERM);
    }
    if (signal.ssi_signo) {
        while (read(ready_fd, &ready, 1) == 1)
            ; /* it may have served just before it was told */
        return 128 + (int)signal.ssi_signo;
    }
    return read(ready_fd, &ready, 1) == 1 ? EXIT_SUCCESS : EXIT_FAILURE;
}

bool detach(int *waiting_fd, int *status)
{
    sigset_t before;
    int ends[2] = {-1, -1};
    int signals = take_signals(&before);
    pid_t child = -1;

    *status = EXIT_FAILURE;
    if (signals < 0 || pipe2(ends, O_CLOEXEC) != 0 || (child = fork()) < 0) {
        fprintf(stderr, "posthouse: fork: %s\n", strerror(errno));
        return false;
    }
    (void)close(ends[child == 0 ? 0 : 1]);
    if (child != 0) {
        *status = wait_for(child, ends[0], signals);
        return false;
    }
    (void)close(signals);
    (void)sigprocmask(SIG_SETMASK, &before, NULL);
    (void)setsid();
    *waiting_fd = ends[1];
    return true;
}
