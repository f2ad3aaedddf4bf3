#include "udp.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/log/log.h"

static struct association *find(const struct associations *all, const char *key)
{
    struct association *association;

    HASH_FIND_STR(all->by_key, key, association);
    return association;
}

struct association *associations_join(struct associations *all, const char *key,
                                      void *side, const char *host)
{
    struct association *association = find(all, key);

    if (!association) {
        association = NEW(struct association);
        memcpy(association->key, key, sizeof(association->key));
        HASH_ADD_STR(all->by_key, key, association);
    }
    for (unsigned i = 0; i < 2; i++) {
        struct udp_side *free_side = &association->sides[i];

        if (free_side->connection || association->is_active)
            continue;
        free_side->connection = side;
        (void)snprintf(free_side->host, sizeof(free_side->host), "%s", host);
        return association;
    }
    return NULL;
}

static void side_clear(struct udp_side *side)
{
    free(side->jid);
    buf_clear(&side->queue.bytes);
    *side = (struct udp_side){0};
}

static void association_free(struct associations *all,
                             struct association *association)
{
    HASH_DEL(all->by_key, association);
    side_clear(&association->sides[0]);
    side_clear(&association->sides[1]);
    free(association->sid);
    free(association->initiator);
    free(association->target);
    free(association);
}

static void tell_end(const struct association *association, uint64_t now_ms)
{
    log_event(LOG_LEVEL_INFO, "transfer", LOG_TEXT("mode", "udp"),
              LOG_TEXT("initiator", association->initiator),
              LOG_TEXT("target", association->target),
              LOG_TEXT("sid", association->sid),
              LOG_INT("bytes", association->bytes),
              LOG_INT("dropped", association->dropped),
              LOG_INT("ms", now_ms - association->activated_ms));
}

bool associations_leave(struct associations *all,
                        struct association *association, const void *side,
                        void **other, uint64_t now_ms)
{
    unsigned mine = association->sides[0].connection == side ? 0 : 1;

    *other = association->sides[!mine].connection;
    side_clear(&association->sides[mine]);
    if (association->is_active) {
        tell_end(association, now_ms);
        quota_give_back(all->quota, association->user);
        all->transfers++;
        association_free(all, association);
        return *other != NULL;
    }
    if (!*other)
        association_free(all, association);
    return false;
}

bool associations_know(const struct associations *all, const char *key)
{
    return find(all, key) != NULL;
}

static bool is_side(const struct association *association, struct str jid)
{
    return str_is(jid, association->sides[0].jid) ||
           str_is(jid, association->sides[1].jid);
}

enum streams_result associations_activate(struct associations *all,
                                          struct str sid, struct str initiator,
                                          struct str bare, struct str target,
                                          uint64_t now_ms)
{
    char key[SOCKS_KEY + 1];
    struct association *association;

    socks_make_key(key, sid, initiator, target);
    association = find(all, key);
    if (!association)
        return STREAMS_UNKNOWN;
    if (association->is_active)
        return STREAMS_ACTIVE;
    if (!association->sides[0].jid || !association->sides[1].jid ||
        !is_side(association, initiator) || !is_side(association, target))
        return STREAMS_ONE_SIDE;
    association->user = quota_take(all->quota, bare, now_ms);
    if (!association->user)
        return STREAMS_FULL;
    association->is_active = true;
    association->sid = str_dup_heap(sid);
    association->initiator = str_dup_heap(initiator);
    association->target = str_dup_heap(target);
    association->activated_ms = association->moved_ms = now_ms;
    return STREAMS_OK;
}

static bool same_endpoint(const struct sockaddr_storage *a,
                          const struct sockaddr_storage *b)
{
    const struct sockaddr_in6 *a6 = (const struct sockaddr_in6 *)a;
    const struct sockaddr_in6 *b6 = (const struct sockaddr_in6 *)b;
    const struct sockaddr_in *a4 = (const struct sockaddr_in *)a;
    const struct sockaddr_in *b4 = (const struct sockaddr_in *)b;

    if (a->ss_family != b->ss_family)
        return false;
    if (a->ss_family == AF_INET)
        return a4->sin_port == b4->sin_port &&
               a4->sin_addr.s_addr == b4->sin_addr.s_addr;
    return a6->sin6_port == b6->sin6_port &&
           memcmp(&a6->sin6_addr, &b6->sin6_addr, 16) == 0;
}

/* The first packet of a host whose TCP connection asked for the key fixes that
 * side's endpoint; later ones change nothing. */
static bool initialize(const struct associations *all,
                       struct association *association,
                       const struct udp_packet *packet, const char *host,
                       const struct sockaddr_storage *from, const char **jid)
{
    for (unsigned i = 0; i < 2; i++)
        if (association->sides[i].jid &&
            (same_endpoint(&association->sides[i].endpoint, from) ||
             str_is(packet->data, association->sides[i].jid)))
            return false;
    for (unsigned i = 0; i < 2; i++) {
        struct udp_side *side = &association->sides[i];

        if (!side->connection || side->jid || strcmp(side->host, host) != 0)
            continue;
        if (!all->may_use(all->ctx, packet->data))
            return false;
        side->jid = str_dup_heap(packet->data);
        side->endpoint = *from;
        *jid = side->jid;
        return true;
    }
    return false;
}

static enum udp_verdict
relay(struct associations *all, struct association *association,
      const struct udp_packet *packet, const struct sockaddr_storage *from,
      uint64_t now_ms, struct str *payload, struct sockaddr_storage *to)
{
    for (unsigned i = 0; i < 2 && association->is_active; i++) {
        struct udp_side *side = &association->sides[i];

        if (!same_endpoint(&side->endpoint, from))
            continue;
        if (!udp_queue_take(&side->queue, packet, now_ms, payload))
            return UDP_DROP;
        /* Nobody waits for a datagram: what is too much is lost. */
        if (quota_allowance(all->quota, association->user, now_ms) == 0)
            break;
        quota_charge(all->quota, association->user, payload->len);
        association->moved_ms = now_ms;
        association->bytes += payload->len;
        *to = association->sides[!i].endpoint;
        return UDP_RELAY;
    }
    association->dropped++;
    return UDP_DROP;
}

enum udp_verdict
associations_receive(struct associations *all, struct str bytes,
                     const char *host, const struct sockaddr_storage *from,
                     uint64_t now_ms, const char **jid, struct str *payload,
                     struct sockaddr_storage *to, char key[SOCKS_KEY + 1])
{
    struct udp_packet packet;
    struct association *association =
        udp_parse(&packet, bytes) ? find(all, packet.key) : NULL;
    enum udp_verdict verdict = UDP_DROP;

    all->datagrams++;
    if (association) {
        memcpy(key, packet.key, sizeof(packet.key));
        if (packet.port == 0)
            verdict =
                relay(all, association, &packet, from, now_ms, payload, to);
        else if (packet.port == 1 && !association->is_active &&
                 packet.fragment == 0 &&
                 initialize(all, association, &packet, host, from, jid))
            verdict = UDP_INITIALIZED;
    }
    if (verdict == UDP_DROP)
        all->dropped++;
    return verdict;
}
