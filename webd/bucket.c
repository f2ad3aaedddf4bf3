#include "bucket.h"

static void leak(struct bucket *bucket, uint64_t limit, uint64_t period_s,
                 int64_t now_s)
{
    uint64_t elapsed =
        now_s > bucket->at_s ? (uint64_t)(now_s - bucket->at_s) : 0;
    uint64_t gone;

    gone = (uint64_t)((unsigned __int128)limit * elapsed / period_s);
    if (gone == 0 && bucket->level > 0)
        return; /* the seconds add up */
    bucket->level -= gone < bucket->level ? gone : bucket->level;
    bucket->at_s = now_s;
}

int64_t bucket_wait(struct bucket *bucket, uint64_t limit, uint64_t period_s,
                    uint64_t amount, int64_t now_s)
{
    uint64_t over;

    if (limit == 0)
        return 0;
    if (amount > limit)
        return BUCKET_NEVER;
    leak(bucket, limit, period_s, now_s);
    if (bucket->level + amount <= limit)
        return 0;
    over = bucket->level + amount - limit;
    return (int64_t)(((unsigned __int128)over * period_s + limit - 1) / limit);
}

void bucket_add(struct bucket *bucket, uint64_t limit, uint64_t period_s,
                uint64_t amount, int64_t now_s)
{
    if (limit == 0)
        return;
    leak(bucket, limit, period_s, now_s);
    bucket->level += amount;
}
