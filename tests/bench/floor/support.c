#include "floor.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

double floor_cpu_us(pid_t pid)
{
    struct timespec used;
    clockid_t clock;

    if (clock_getcpuclockid(pid, &clock) != 0 ||
        clock_gettime(clock, &used) != 0)
        return 0;
    return (double)used.tv_sec * 1e6 + (double)used.tv_nsec / 1e3;
}

static int prepared(int fd)
{
    const int on = 1;

    if (fd >= 0)
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    return fd;
}

void floor_listen(struct floor_server *server)
{
    struct sockaddr_in name = {.sin_family = AF_INET,
                               .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof(name);

    server->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    if (server->fd < 0 ||
        bind(server->fd, (struct sockaddr *)&name, sizeof(name)) != 0 ||
        listen(server->fd, 1024) != 0 ||
        getsockname(server->fd, (struct sockaddr *)&name, &length) != 0)
        floor_fail("no socket to listen at");
    server->port = ntohs(name.sin_port);
}

int floor_connect(const struct floor_server *server)
{
    struct sockaddr_in name = {.sin_family = AF_INET,
                               .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
                               .sin_port = htons((uint16_t)server->port)};
    int fd = prepared(socket(AF_INET, SOCK_STREAM, 0));

    if (fd < 0 || connect(fd, (struct sockaddr *)&name, sizeof(name)) != 0)
        floor_fail("no connection");
    return fd;
}

int floor_accept(const struct floor_server *server)
{
    return prepared(accept4(server->fd, NULL, NULL, SOCK_NONBLOCK));
}

void floor_watch(int epoll, int fd, void *data)
{
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = data};

    if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) != 0)
        floor_fail("epoll");
}

void floor_fail(const char *what)
{
    fprintf(stderr, "floor: %s\n", what);
    exit(EXIT_FAILURE);
}

void floor_stop(pid_t pid)
{
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
}
