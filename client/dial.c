#include "dial.h"

#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "clock.h"

#define MAX_ADDRESSES 4
#define HEAD          5 /* of a reply, with the length of a domain */
#define MAX_REPLY     (HEAD + 255 + 2)

enum stage { STAGE_LOOKUP, STAGE_CONNECT, STAGE_METHOD, STAGE_REPLY };

/* getaddrinfo_a(3) asks in a thread of its own, and writes into it. */
struct lookup {
    struct gaicb question, *list[1];
    struct addrinfo hints;
    char service[8];
    char host[256];
};

struct dial {
    char key[SOCKS_KEY + 1];
    enum stage stage;
    struct lookup *lookup; /* under way */
    struct addrinfo *all, *next;
    int tries, fd;
    long until_ms;
    unsigned char in[MAX_REPLY];
    size_t length;
};

static void begin_lookup(struct dial *dial, const char *host,
                         unsigned short port)
{
    struct lookup *lookup = NEW(struct lookup);

    (void)snprintf(lookup->host, sizeof(lookup->host), "%s", host);
    (void)snprintf(lookup->service, sizeof(lookup->service), "%u", port);
    lookup->hints.ai_socktype = SOCK_STREAM;
    lookup->hints.ai_flags = AI_NUMERICSERV;
    lookup->question.ar_name = lookup->host;
    lookup->question.ar_service = lookup->service;
    lookup->question.ar_request = &lookup->hints;
    lookup->list[0] = &lookup->question;
    dial->until_ms = clock_ms() + DIAL_PATIENCE_MS;
    if (getaddrinfo_a(GAI_NOWAIT, lookup->list, 1, NULL) == 0)
        dial->lookup = lookup;
    else
        free(lookup);
}

struct dial *dial_new(const char *host, unsigned short port,
                      const char key[SOCKS_KEY + 1])
{
    struct dial *dial = NEW(struct dial);

    dial->fd = -1;
    memcpy(dial->key, key, sizeof(dial->key));
    begin_lookup(dial, host, port);
    return dial;
}

static void hang_up(struct dial *dial)
{
    if (dial->fd >= 0)
        (void)close(dial->fd);
    dial->fd = -1;
}

/* A thread that cannot be stopped keeps what it writes into. */
static void give_up_lookup(struct dial *dial)
{
    struct lookup *lookup = dial->lookup;
    int result;

    dial->lookup = NULL;
    if (!lookup)
        return;
    result = gai_cancel(&lookup->question);
    if (result == EAI_NOTCANCELED)
        return;
    if (result == EAI_ALLDONE && lookup->question.ar_result)
        freeaddrinfo(lookup->question.ar_result);
    free(lookup);
}

void dial_free(struct dial *dial)
{
    if (!dial)
        return;
    give_up_lookup(dial);
    hang_up(dial);
    if (dial->all)
        freeaddrinfo(dial->all);
    free(dial);
}

int dial_take(struct dial *dial)
{
    int fd = dial->fd;

    dial->fd = -1;
    return fd;
}

/* --- from one address to the next ----------------------------------------- */

static enum dial_state try_next(struct dial *dial)
{
    const struct addrinfo *address;

    hang_up(dial);
    while ((address = dial->next) && dial->tries < MAX_ADDRESSES) {
        dial->next = address->ai_next;
        dial->tries++;
        dial->fd = socket(address->ai_family,
                          SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        if (dial->fd >= 0 &&
            (connect(dial->fd, address->ai_addr, address->ai_addrlen) == 0 ||
             errno == EINPROGRESS)) {
            dial->stage = STAGE_CONNECT;
            dial->length = 0;
            dial->until_ms = clock_ms() + DIAL_PATIENCE_MS;
            return DIAL_GOES_ON;
        }
        hang_up(dial);
    }
    return DIAL_FAILED;
}

static enum dial_state look_up(struct dial *dial)
{
    int result = dial->lookup ? gai_error(&dial->lookup->question) : EAI_FAIL;

    if (result == EAI_INPROGRESS)
        return clock_ms() < dial->until_ms ? DIAL_GOES_ON : DIAL_FAILED;
    if (result != 0)
        return DIAL_FAILED;
    dial->all = dial->next = dial->lookup->question.ar_result;
    free(dial->lookup);
    dial->lookup = NULL;
    return try_next(dial);
}

/* --- the handshake -------------------------------------------------------- */

static bool say(int fd, const void *bytes, size_t count)
{
    return send(fd, bytes, count, MSG_NOSIGNAL) == (ssize_t)count;
}

/* False when it broke. */
static bool hear(struct dial *dial, size_t wanted)
{
    ssize_t count;

    if (dial->length >= wanted)
        return true;
    count = recv(dial->fd, dial->in + dial->length, wanted - dial->length, 0);
    if (count > 0)
        dial->length += (size_t)count;
    return count > 0 || (count < 0 && (errno == EAGAIN || errno == EINTR));
}

static bool greet(struct dial *dial)
{
    struct pollfd is_there = {.fd = dial->fd, .events = POLLOUT};
    int fault = 0;
    socklen_t size = sizeof(fault);

    if (poll(&is_there, 1, 0) <= 0)
        return true;
    dial->stage = STAGE_METHOD;
    return getsockopt(dial->fd, SOL_SOCKET, SO_ERROR, &fault, &size) == 0 &&
           fault == 0 && say(dial->fd, "\5\1\0", 3);
}

static bool request(struct dial *dial)
{
    unsigned char text[HEAD + SOCKS_KEY + 2] = {5, SOCKS_CONNECT, 0, 3,
                                                SOCKS_KEY};

    if (!hear(dial, 2))
        return false;
    if (dial->length < 2)
        return true;
    dial->stage = STAGE_REPLY;
    dial->length = 0;
    memcpy(text + HEAD, dial->key, SOCKS_KEY);
    return dial->in[0] == 5 && dial->in[1] == 0 &&
           say(dial->fd, text, sizeof(text));
}

/* Of a reply whose first HEAD bytes are there: BND.ADDR may be of any kind
 * (§6). 0: it is none. */
static size_t length_of(const unsigned char *in)
{
    switch (in[3]) {
    case 1:
        return 4 + 4 + 2;
    case 3:
        return HEAD + in[4] + 2u;
    case 4:
        return 4 + 16 + 2;
    default:
        return 0;
    }
}

/* Not a byte behind the reply is read: it is the file's. */
static bool take_reply(struct dial *dial, bool *is_whole)
{
    size_t whole;

    if (!hear(dial, HEAD))
        return false;
    if (dial->length < HEAD)
        return true;
    whole = length_of(dial->in);
    if (dial->in[0] != 5 || dial->in[1] != SOCKS_SUCCEEDED || whole == 0 ||
        !hear(dial, whole))
        return false;
    *is_whole = dial->length == whole;
    return true;
}

enum dial_state dial_step(struct dial *dial)
{
    bool is_whole = false, is_well = true;

    if (dial->stage == STAGE_LOOKUP)
        return look_up(dial);
    if (dial->stage == STAGE_CONNECT)
        is_well = greet(dial);
    else if (dial->stage == STAGE_METHOD)
        is_well = request(dial);
    else
        is_well = take_reply(dial, &is_whole);
    if (is_whole)
        return DIAL_DONE;
    return is_well && clock_ms() < dial->until_ms ? DIAL_GOES_ON
                                                  : try_next(dial);
}
