#include "resolver_loop.h"

#include <arpa/nameser.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/codec/codec.h"
#include "common/tls/tls.h"

#define SERVER_PORT 5269

/* --- places --------------------------------------------------------------- */

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

/* --- addresses ------------------------------------------------------------ */

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
