#include "quota.h"

#include <stdlib.h>

void quota_set_limits(struct quota *quota, const struct quota_limits *limits,
                      uint64_t now_ms)
{
    struct quota_user *user, *next;

    quota->limits = *limits;
    rate_init(&quota->total, limits->total_rate, now_ms);
    HASH_ITER(hh, quota->users, user, next)
    {
        rate_init(&user->rate, limits->user_rate, now_ms);
    }
}

struct quota_user *quota_take(struct quota *quota, struct str bare,
                              uint64_t now_ms)
{
    const struct quota_limits *limits = &quota->limits;
    struct quota_user *user;

    HASH_FIND(hh, quota->users, bare.p, bare.len, user);
    if ((limits->max_streams && quota->active >= limits->max_streams) ||
        (limits->max_streams_per_user && user &&
         user->streams >= limits->max_streams_per_user))
        return NULL;
    if (!user) {
        user = NEW(struct quota_user);
        user->jid = str_dup_heap(bare);
        rate_init(&user->rate, limits->user_rate, now_ms);
        HASH_ADD_KEYPTR(hh, quota->users, user->jid, bare.len, user);
    }
    user->streams++;
    quota->active++;
    return user;
}

void quota_give_back(struct quota *quota, struct quota_user *user)
{
    quota->active--;
    if (--user->streams > 0)
        return;
    HASH_DEL(quota->users, user);
    free(user->jid);
    free(user);
}

size_t quota_allowance(struct quota *quota, struct quota_user *user,
                       uint64_t now_ms)
{
    size_t total = rate_allows(&quota->total, now_ms);
    size_t own = rate_allows(&user->rate, now_ms);

    return total < own ? total : own;
}

void quota_charge(struct quota *quota, struct quota_user *user, size_t bytes)
{
    rate_take(&quota->total, bytes);
    rate_take(&user->rate, bytes);
}
