#include "scanner.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/daemon/daemon.h"

#define PIECE      (64u << 10)
#define MAX_ANSWER 1024u

struct scan {
    int socket;
    uint64_t deadline_ms;
};

/* Until the socket is ready for these events. False: the time is over. */
static bool wait_for(const struct scan *scan, short events)
{
    struct pollfd watched = {.fd = scan->socket, .events = events};
    uint64_t now = clock_monotonic_ms();
    int result;

    if (now >= scan->deadline_ms) {
        errno = ETIMEDOUT;
        return false;
    }
    result = poll(&watched, 1, (int)(scan->deadline_ms - now));
    if (result == 0)
        errno = ETIMEDOUT;
    return result > 0 || (result < 0 && errno == EINTR);
}

static bool connect_to(struct scan *scan, const char *path)
{
    struct sockaddr_un name = {.sun_family = AF_UNIX};

    (void)snprintf(name.sun_path, sizeof(name.sun_path), "%s", path);
    scan->socket =
        socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    return scan->socket >= 0 &&
           connect(scan->socket, (struct sockaddr *)&name, sizeof(name)) == 0;
}

static bool send_all(const struct scan *scan, const char *bytes, size_t length)
{
    while (length > 0) {
        ssize_t count = send(scan->socket, bytes, length, MSG_NOSIGNAL);

        if (count < 0 && errno != EAGAIN && errno != EINTR)
            return false;
        if (count < 0 && !wait_for(scan, POLLOUT))
            return false;
        if (count > 0) {
            bytes += count;
            length -= (size_t)count;
        }
    }
    return true;
}

/* Each piece has its length before it, in network order; zero ends them. */
static bool send_piece(const struct scan *scan, char *piece, size_t length)
{
    uint32_t told = htonl((uint32_t)length);

    memcpy(piece, &told, sizeof(told));
    return send_all(scan, piece, sizeof(told) + length);
}

static bool send_file(const struct scan *scan, int fd, uint64_t offset,
                      uint64_t size)
{
    char piece[sizeof(uint32_t) + PIECE];

    if (!send_all(scan, "zINSTREAM", sizeof("zINSTREAM")))
        return false;
    while (size > 0) {
        size_t wanted = size < PIECE ? (size_t)size : PIECE;
        ssize_t count =
            pread(fd, piece + sizeof(uint32_t), wanted, (off_t)offset);

        if (count <= 0 || !send_piece(scan, piece, (size_t)count))
            return false;
        offset += (uint64_t)count;
        size -= (uint64_t)count;
    }
    return send_piece(scan, piece, 0);
}

/* Up to its NUL, or the end. */
static struct str receive(const struct scan *scan, char into[MAX_ANSWER])
{
    struct str answer = {into, 0};

    while (answer.len < MAX_ANSWER) {
        ssize_t count =
            recv(scan->socket, into + answer.len, MAX_ANSWER - answer.len, 0);

        if (count == 0)
            break;
        if (count < 0 && (errno == EAGAIN || errno == EINTR)) {
            if (!wait_for(scan, POLLIN))
                return STR_NONE;
            continue;
        }
        if (count < 0)
            return STR_NONE;
        answer.len += (size_t)count;
        if (memchr(into, '\0', answer.len))
            break;
    }
    return str_cut(&answer, '\0');
}

static bool ends_with(struct str text, struct str end)
{
    return text.len >= end.len &&
           memcmp(text.p + text.len - end.len, end.p, end.len) == 0;
}

enum scan_result scan_read_answer(struct str answer, char verdict[SCAN_VERDICT])
{
    const struct str prefix = STR("stream: "), found = STR(" FOUND");

    while (answer.len > 0 && answer.p[answer.len - 1] == '\n')
        answer.len--;
    if (str_is(answer, "stream: OK"))
        return SCAN_CLEAN;
    if (str_starts(answer, prefix) && ends_with(answer, found) &&
        answer.len > prefix.len + found.len) {
        (void)snprintf(verdict, SCAN_VERDICT, "%.*s",
                       (int)(answer.len - prefix.len - found.len),
                       answer.p + prefix.len);
        return SCAN_FOUND;
    }
    (void)snprintf(verdict, SCAN_VERDICT, "%.*s", STR_ARG(answer));
    return SCAN_FAILED;
}

/* Whoever refuses a file in the middle of it says why, and closes. */
enum scan_result scan_file(const char *path, int fd, uint64_t offset,
                           uint64_t size, unsigned timeout_s,
                           char verdict[SCAN_VERDICT])
{
    struct scan scan = {.deadline_ms =
                            clock_monotonic_ms() + (uint64_t)timeout_s * 1000};
    char text[MAX_ANSWER];
    struct str answer = STR_NONE;
    int reason = 0;

    if (connect_to(&scan, path)) {
        if (!send_file(&scan, fd, offset, size))
            reason = errno;
        if (reason == 0 || reason == EPIPE || reason == ECONNRESET) {
            answer = receive(&scan, text);
            if (!answer.p)
                reason = errno;
        }
    } else {
        reason = errno;
    }
    if (scan.socket >= 0)
        (void)close(scan.socket);
    if (answer.len > 0)
        return scan_read_answer(answer, verdict);
    (void)snprintf(verdict, SCAN_VERDICT, "%s",
                   reason ? strerror(reason) : "it said nothing");
    return SCAN_FAILED;
}
