/* What no relay can beat by much: two connections at a port of loopback, and
 * one process that does nothing but splice from the first to the second.
 *
 *   splice_relay PORT */
#include <arpa/inet.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define PIPE_SIZE (1 << 20)

static int listen_at(uint16_t port)
{
    struct sockaddr_in name = {.sin_family = AF_INET, .sin_port = htons(port)};
    const int on = 1;
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    inet_pton(AF_INET, "127.0.0.1", &name.sin_addr);
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    if (bind(fd, (struct sockaddr *)&name, sizeof(name)) != 0 ||
        listen(fd, 2) != 0)
        return -1;
    return fd;
}

static void relay(int from, int to, const int *ends)
{
    ssize_t taken;

    while ((taken = splice(from, NULL, ends[1], NULL, PIPE_SIZE,
                           SPLICE_F_MOVE)) > 0)
        while (taken > 0) {
            ssize_t given =
                splice(ends[0], NULL, to, NULL, (size_t)taken, SPLICE_F_MOVE);

            if (given <= 0)
                return;
            taken -= given;
        }
}

int main(int argc, char **argv)
{
    int listener = argc == 2 ? listen_at((uint16_t)atoi(argv[1])) : -1;
    int ends[2], from, to;

    /* Whoever measures may be killed. */
    if (listener < 0 || pipe(ends) != 0 ||
        prctl(PR_SET_PDEATHSIG, SIGKILL) != 0)
        return EXIT_FAILURE;
    (void)fcntl(ends[1], F_SETPIPE_SZ, PIPE_SIZE);
    while ((from = accept(listener, NULL, NULL)) >= 0 &&
           (to = accept(listener, NULL, NULL)) >= 0) {
        relay(from, to, ends);
        close(from);
        close(to);
    }
    return EXIT_SUCCESS;
}
