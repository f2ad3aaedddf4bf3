#include "streamhost.h"

#include <arpa/inet.h>
#include <errno.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "clock.h"

#define MAX_GUESTS    8
#define MAX_ADDRESSES 4
#define PATIENCE_MS   10000 /* for a guest's request */

typedef char address_text[INET6_ADDRSTRLEN];

struct guest {
    int fd;        /* -1: nobody */
    bool is_right; /* has asked for the key */
    long until_ms;
    struct socks socks;
    struct buf answer;
};

struct streamhost {
    int fd;
    char key[SOCKS_KEY + 1];
    address_text addresses[MAX_ADDRESSES];
    size_t count; /* of them */
    struct guest guests[MAX_GUESTS];
};

/* --- where we are --------------------------------------------------------- */

static bool write_address(const struct sockaddr *name, address_text into)
{
    const struct sockaddr_in *v4 =
        (const struct sockaddr_in *)(const void *)name;
    const struct sockaddr_in6 *v6 =
        (const struct sockaddr_in6 *)(const void *)name;

    if (name->sa_family == AF_INET)
        return inet_ntop(AF_INET, &v4->sin_addr, into, INET6_ADDRSTRLEN);
    if (name->sa_family != AF_INET6 || IN6_IS_ADDR_LINKLOCAL(&v6->sin6_addr))
        return false;
    if (IN6_IS_ADDR_V4MAPPED(&v6->sin6_addr))
        return inet_ntop(AF_INET, v6->sin6_addr.s6_addr + 12, into,
                         INET6_ADDRSTRLEN);
    return inet_ntop(AF_INET6, &v6->sin6_addr, into, INET6_ADDRSTRLEN);
}

static size_t add(address_text *into, size_t count, const struct sockaddr *name)
{
    if (count == MAX_ADDRESSES || !name || !write_address(name, into[count]))
        return count;
    for (size_t i = 0; i < count; i++)
        if (strcmp(into[i], into[count]) == 0)
            return count;
    return count + 1;
}

static bool own_address(int socket, struct sockaddr_storage *own)
{
    socklen_t length = sizeof(*own);

    return socket >= 0 &&
           getsockname(socket, (struct sockaddr *)own, &length) == 0;
}

static void find_addresses(struct streamhost *streamhost, int server)
{
    struct sockaddr_storage own = {0};
    struct ifaddrs *all = NULL;
    size_t count = 0;

    if (own_address(server, &own))
        count = add(streamhost->addresses, 0, (struct sockaddr *)&own);
    if (getifaddrs(&all) != 0)
        all = NULL;
    for (const struct ifaddrs *one = all; one; one = one->ifa_next)
        if ((one->ifa_flags & IFF_UP) && !(one->ifa_flags & IFF_LOOPBACK))
            count = add(streamhost->addresses, count, one->ifa_addr);
    if (all)
        freeifaddrs(all);
    streamhost->count = count;
}

const char *streamhost_address(const struct streamhost *streamhost,
                               size_t index)
{
    return index < streamhost->count ? streamhost->addresses[index] : NULL;
}

/* --- guests --------------------------------------------------------------- */

static void dismiss(struct guest *guest)
{
    if (guest->fd >= 0)
        (void)close(guest->fd);
    buf_clear(&guest->answer);
    *guest = (struct guest){.fd = -1};
}

static void let_in(struct streamhost *streamhost, struct guest *guest)
{
    guest->fd =
        accept4(streamhost->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    guest->until_ms = clock_ms() + PATIENCE_MS;
}

/* Who knows the key is the target. */
static void judge(const struct streamhost *streamhost, struct guest *guest)
{
    guest->is_right = guest->socks.command == SOCKS_CONNECT &&
                      strcmp(guest->socks.key, streamhost->key) == 0;
    socks_reply(&guest->socks,
                guest->is_right ? SOCKS_SUCCEEDED : SOCKS_NOT_ALLOWED,
                &guest->answer);
    if (!guest->is_right)
        guest->socks.state = SOCKS_REFUSED;
}

/* False when he is gone. */
static bool listen_to(const struct streamhost *streamhost, struct guest *guest)
{
    char bytes[sizeof(guest->socks.in)];
    size_t wanted = socks_wants(&guest->socks);
    ssize_t count = wanted ? recv(guest->fd, bytes, wanted, 0) : -1;

    if (wanted == 0)
        return true;
    if (count <= 0)
        return count < 0 && (errno == EAGAIN || errno == EINTR);
    socks_take(&guest->socks, (struct str){bytes, (size_t)count}, false,
               &guest->answer);
    if (guest->socks.state == SOCKS_ASKED)
        judge(streamhost, guest);
    return true;
}

/* The few bytes of an answer fit into any socket's queue. */
static bool answer(struct guest *guest)
{
    struct str bytes = buf_view(&guest->answer);
    bool is_sent = bytes.len == 0 || send(guest->fd, bytes.p, bytes.len,
                                          MSG_NOSIGNAL) == (ssize_t)bytes.len;

    buf_reset(&guest->answer);
    return is_sent && guest->socks.state != SOCKS_REFUSED;
}

static void guest_step(struct streamhost *streamhost, struct guest *guest)
{
    if (guest->fd < 0)
        let_in(streamhost, guest);
    if (guest->fd < 0)
        return;
    if (!listen_to(streamhost, guest) || !answer(guest) ||
        (!guest->is_right && clock_ms() >= guest->until_ms))
        dismiss(guest);
}

void streamhost_step(struct streamhost *streamhost)
{
    for (size_t i = 0; i < MAX_GUESTS; i++)
        guest_step(streamhost, &streamhost->guests[i]);
}

static bool is_there(const struct guest *guest)
{
    char byte;

    return guest->fd >= 0 && guest->is_right &&
           recv(guest->fd, &byte, 1, MSG_PEEK) != 0;
}

/* Which of the addresses he has come to. */
static size_t rank(const struct streamhost *streamhost,
                   const struct guest *guest)
{
    struct sockaddr_storage own = {0};
    address_text text;
    size_t at = 0;

    if (!own_address(guest->fd, &own) ||
        !write_address((struct sockaddr *)&own, text))
        return streamhost->count;
    while (at < streamhost->count && strcmp(streamhost->addresses[at], text))
        at++;
    return at;
}

int streamhost_take(struct streamhost *streamhost)
{
    struct guest *best = NULL;
    size_t best_rank = 0;
    int fd = -1;

    for (size_t i = 0; i < MAX_GUESTS; i++) {
        struct guest *guest = &streamhost->guests[i];
        size_t at = is_there(guest) ? rank(streamhost, guest) : 0;

        if (!is_there(guest) || (best && at >= best_rank))
            continue;
        best = guest;
        best_rank = at;
    }
    if (!best)
        return -1;
    fd = best->fd;
    best->fd = -1;
    dismiss(best);
    return fd;
}

/* --- beginning and end ---------------------------------------------------- */

/* Of both families, where the machine has IPv6. */
static int listen_anywhere(void)
{
    const struct sockaddr_in6 both = {.sin6_family = AF_INET6};
    const struct sockaddr_in v4 = {.sin_family = AF_INET};
    const int off = 0;
    int fd = socket(AF_INET6, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    if (fd >= 0 &&
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off)) == 0 &&
        bind(fd, (const struct sockaddr *)&both, sizeof(both)) == 0 &&
        listen(fd, MAX_GUESTS) == 0)
        return fd;
    if (fd >= 0)
        (void)close(fd);
    fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd >= 0 && bind(fd, (const struct sockaddr *)&v4, sizeof(v4)) == 0 &&
        listen(fd, MAX_GUESTS) == 0)
        return fd;
    if (fd >= 0)
        (void)close(fd);
    return -1;
}

struct streamhost *streamhost_open(const char key[SOCKS_KEY + 1], int server)
{
    struct streamhost *streamhost;
    int fd = listen_anywhere();

    if (fd < 0)
        return NULL;
    streamhost = NEW(struct streamhost);
    streamhost->fd = fd;
    memcpy(streamhost->key, key, sizeof(streamhost->key));
    for (size_t i = 0; i < MAX_GUESTS; i++)
        streamhost->guests[i].fd = -1;
    find_addresses(streamhost, server);
    return streamhost;
}

unsigned short streamhost_port(const struct streamhost *streamhost)
{
    struct sockaddr_storage own = {0};

    (void)own_address(streamhost->fd, &own);
    return own.ss_family == AF_INET6
               ? ntohs(((const struct sockaddr_in6 *)&own)->sin6_port)
               : ntohs(((const struct sockaddr_in *)&own)->sin_port);
}

void streamhost_free(struct streamhost *streamhost)
{
    if (!streamhost)
        return;
    for (size_t i = 0; i < MAX_GUESTS; i++)
        dismiss(&streamhost->guests[i]);
    (void)close(streamhost->fd);
    free(streamhost);
}
