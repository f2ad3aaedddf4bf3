#include "ended.h"

#include <stdlib.h>

struct ended {
    UT_hash_handle hh;
    uint64_t sid;
    int64_t ended_ms;
    struct str jid, grant; /* heap */
};

void ended_note(const struct client *client)
{
    struct c2sd *c2sd = client->c2sd;
    struct ended *ended;

    if (!client->noted_ms ||
        !recent_reaches(c2sd->recents[client->shard], client->noted_ms))
        return;
    ended = NEW(struct ended);
    *ended = (struct ended){
        .sid = client->sid,
        .ended_ms = c2sd->now_ms,
        .jid = str_dup(client->jid),
        .grant = str_dup(client->grant),
    };
    HASH_ADD(hh, c2sd->ended[client->shard], sid, sizeof(ended->sid), ended);
}

const struct ended *ended_find(const struct ended *list, uint64_t sid)
{
    struct ended *ended;

    HASH_FIND(hh, list, &sid, sizeof(sid), ended);
    return ended;
}

struct str ended_jid(const struct ended *ended)
{
    return ended->jid;
}

struct str ended_grant(const struct ended *ended)
{
    return ended->grant;
}

static void forget(struct ended **list, struct ended *ended)
{
    HASH_DEL(*list, ended);
    free((char *)ended->jid.p);
    free((char *)ended->grant.p);
    free(ended);
}

/* A hash shows its rows in the order in which they came. */
void ended_expire(struct ended **list, const struct recent *recents)
{
    while (*list && !recent_reaches(recents, (*list)->ended_ms))
        forget(list, *list);
}

void ended_clear(struct ended **list)
{
    while (*list)
        forget(list, *list);
}
