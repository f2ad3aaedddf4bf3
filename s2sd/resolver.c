#include "resolver.h"

#include <ares.h>
#include <arpa/nameser.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/codec/codec.h"
#include "common/tls/tls.h"

#define SERVER_PORT 5269
#define QUERY_MS    3000
#define QUERY_TRIES 2
#define MAX_SOCKETS 64

struct watch {
    struct resolver *resolver;
    uv_poll_t poll;
    ares_socket_t fd;
    bool is_used;
};

struct resolver {
    uv_loop_t *loop;
    ares_channel channel;
    uv_timer_t timer;
    struct watch *watches[MAX_SOCKETS];
    bool is_closing;
};

/* --- c-ares on the loop ----------------------------------------------------
 */

static void on_timer(uv_timer_t *timer)
{
    struct resolver *resolver = timer->data;

    ares_process_fd(resolver->channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
}

static void on_socket(uv_poll_t *poll, int status, int events)
{
    const struct watch *watch = poll->data;
    bool reads = status < 0 || (events & UV_READABLE);
    bool writes = status < 0 || (events & UV_WRITABLE);

    ares_process_fd(watch->resolver->channel,
                    reads ? watch->fd : ARES_SOCKET_BAD,
                    writes ? watch->fd : ARES_SOCKET_BAD);
}

static void on_watch_closed(uv_handle_t *handle)
{
    free(handle->data);
}

static void forget(struct resolver *resolver, size_t i)
{
    struct watch *watch = resolver->watches[i];

    resolver->watches[i] = NULL;
    uv_poll_stop(&watch->poll);
    uv_close((uv_handle_t *)&watch->poll, on_watch_closed);
}

/* c-ares tells of its sockets: what to wait for, or that one is closed. */
static void on_socket_state(void *data, ares_socket_t fd, int readable,
                            int writable)
{
    struct resolver *resolver = data;
    int events = (readable ? UV_READABLE : 0) | (writable ? UV_WRITABLE : 0);
    size_t i = 0, gap = MAX_SOCKETS;

    for (; i < MAX_SOCKETS; i++) {
        if (!resolver->watches[i])
            gap = i;
        else if (resolver->watches[i]->fd == fd)
            break;
    }
    if (i < MAX_SOCKETS && !events) {
        forget(resolver, i);
        return;
    }
    if (!events || (i == MAX_SOCKETS && gap == MAX_SOCKETS))
        return; /* the timer sees to it */
    if (i == MAX_SOCKETS) {
        struct watch *watch = NEW(struct watch);

        watch->resolver = resolver;
        watch->fd = fd;
        watch->poll.data = watch;
        uv_poll_init(resolver->loop, &watch->poll, fd);
        resolver->watches[i = gap] = watch;
    }
    uv_poll_start(&resolver->watches[i]->poll, events, on_socket);
}

struct resolver *resolver_new(uv_loop_t *loop, const char *name_servers,
                              struct error *error)
{
    struct resolver *resolver = NEW(struct resolver);
    struct ares_options options = {
        .timeout = QUERY_MS,
        .tries = QUERY_TRIES,
        .sock_state_cb = on_socket_state,
        .sock_state_cb_data = resolver,
    };
    int status = ares_library_init(ARES_LIB_INIT_ALL);

    resolver->loop = loop;
    if (status == ARES_SUCCESS)
        status = ares_init_options(&resolver->channel, &options,
                                   ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES |
                                       ARES_OPT_SOCK_STATE_CB);
    if (status == ARES_SUCCESS && name_servers[0])
        status = ares_set_servers_ports_csv(resolver->channel, name_servers);
    if (status != ARES_SUCCESS) {
        (void)error_set(error, "DNS: %s", ares_strerror(status));
        free(resolver);
        return NULL;
    }
    uv_timer_init(loop, &resolver->timer);
    resolver->timer.data = resolver;
    uv_timer_start(&resolver->timer, on_timer, 500, 500);
    return resolver;
}

static void on_resolver_closed(uv_handle_t *handle)
{
    free(handle->data);
}

void resolver_free(struct resolver *resolver)
{
    if (!resolver)
        return;
    resolver->is_closing = true;
    ares_destroy(resolver->channel);
    for (size_t i = 0; i < MAX_SOCKETS; i++)
        if (resolver->watches[i])
            forget(resolver, i);
    uv_close((uv_handle_t *)&resolver->timer, on_resolver_closed);
}

/* --- places ----------------------------------------------------------------
 */

struct search {
    places_answer *answer;
    void *ctx;
    char *host; /* ASCII; heap */
    struct place places[RESOLVER_PLACES];
    size_t count;
    unsigned pending;
    bool has_none;
};

static uint32_t random_number(void)
{
    uint32_t number;

    random_bytes(&number, sizeof(number));
    return number >> 1;
}

static void finish_search(struct search *search)
{
    if (--search->pending > 0)
        return;
    if (search->count > 0) {
        search->has_none = false;
        resolver_order(search->places, search->count, random_number);
    } else if (!search->has_none) {
        search->places[search->count++].port = SERVER_PORT;
        (void)snprintf(search->places[0].host, sizeof(search->places[0].host),
                       "%s", search->host);
    }
    search->answer(search->ctx, search->places, search->count,
                   search->has_none);
    free(search->host);
    free(search);
}

static void take_records(struct search *search, const unsigned char *bytes,
                         int length, bool is_direct_tls)
{
    struct ares_srv_reply *records = NULL;

    if (ares_parse_srv_reply(bytes, length, &records) != ARES_SUCCESS)
        return;
    for (const struct ares_srv_reply *r = records;
         r && search->count < RESOLVER_PLACES; r = r->next) {
        struct place *place = &search->places[search->count];

        /* "." says that there is no such service (RFC 2782). */
        if (r->host[0] == '\0' || strcmp(r->host, ".") == 0) {
            search->has_none |= !is_direct_tls;
            continue;
        }
        (void)snprintf(place->host, sizeof(place->host), "%s", r->host);
        place->port = r->port;
        place->priority = r->priority;
        place->weight = r->weight;
        place->is_direct_tls = is_direct_tls;
        search->count++;
    }
    ares_free_data(records);
}

static void on_records(void *ctx, int status, int timeouts,
                       unsigned char *bytes, int length)
{
    (void)timeouts;
    if (status == ARES_SUCCESS)
        take_records(ctx, bytes, length, false);
    finish_search(ctx);
}

static void on_tls_records(void *ctx, int status, int timeouts,
                           unsigned char *bytes, int length)
{
    (void)timeouts;
    if (status == ARES_SUCCESS)
        take_records(ctx, bytes, length, true);
    finish_search(ctx);
}

void resolver_places(struct resolver *resolver, struct str domain,
                     places_answer *answer, void *ctx)
{
    struct search *search = NEW(struct search);
    char name[300];

    search->answer = answer;
    search->ctx = ctx;
    search->host = tls_ascii_name(domain);
    if (!search->host)
        search->host = str_dup_heap(domain);
    search->pending = 2;
    (void)snprintf(name, sizeof(name), "_xmpp-server._tcp.%s", search->host);
    ares_query(resolver->channel, name, ns_c_in, ns_t_srv, on_records, search);
    (void)snprintf(name, sizeof(name), "_xmpps-server._tcp.%s", search->host);
    ares_query(resolver->channel, name, ns_c_in, ns_t_srv, on_tls_records,
               search);
}

/* --- addresses -------------------------------------------------------------
 */

struct lookup {
    addresses_answer *answer;
    void *ctx;
};

/* The next address of a family behind `node`; NULL. */
static const struct ares_addrinfo_node *
next_of(const struct ares_addrinfo_node *node, int family)
{
    while (node && node->ai_family != family)
        node = node->ai_next;
    return node;
}

static size_t add(struct address *into, size_t count,
                  const struct ares_addrinfo_node *node)
{
    if (!node || count == RESOLVER_ADDRESSES ||
        node->ai_addrlen > sizeof(into->name))
        return count;
    memcpy(&into[count].name, node->ai_addr, node->ai_addrlen);
    into[count].length = node->ai_addrlen;
    return count + 1;
}

static void on_addresses(void *ctx, int status, int timeouts,
                         struct ares_addrinfo *result)
{
    struct lookup *lookup = ctx;
    struct address found[RESOLVER_ADDRESSES];
    size_t count = 0;
    const struct ares_addrinfo_node *v6, *v4;

    (void)timeouts;
    v6 = result ? next_of(result->nodes, AF_INET6) : NULL;
    v4 = result ? next_of(result->nodes, AF_INET) : NULL;
    while (v6 || v4) {
        count = add(found, count, v6);
        count = add(found, count, v4);
        v6 = v6 ? next_of(v6->ai_next, AF_INET6) : NULL;
        v4 = v4 ? next_of(v4->ai_next, AF_INET) : NULL;
    }
    if (result)
        ares_freeaddrinfo(result);
    lookup->answer(lookup->ctx, found, count, ares_strerror(status));
    free(lookup);
}

void resolver_addresses(struct resolver *resolver, const char *host,
                        uint16_t port, addresses_answer *answer, void *ctx)
{
    const struct ares_addrinfo_hints hints = {
        .ai_family = AF_UNSPEC,
        .ai_socktype = SOCK_STREAM,
        .ai_flags = ARES_AI_NUMERICSERV | ARES_AI_NOSORT,
    };
    struct lookup *lookup = NEW(struct lookup);
    char service[8];

    lookup->answer = answer;
    lookup->ctx = ctx;
    (void)snprintf(service, sizeof(service), "%u", port);
    ares_getaddrinfo(resolver->channel, host, service, &hints, on_addresses,
                     lookup);
}
