/* The table of other servers' domains, and whom to forget when it is full. */
#include <stdlib.h>
#include <utlist.h>

#include "target.h"

struct target *target_find(const struct s2sd *s2sd, struct str domain)
{
    struct target *target;

    HASH_FIND(hh, s2sd->targets, domain.p, domain.len, target);
    return target;
}

/* The target of this domain, made when there are not so many yet; NULL. */
static struct target *find_or_add(struct s2sd *s2sd, struct str domain,
                                  unsigned most)
{
    struct target *target = target_find(s2sd, domain);

    if (target)
        return target;
    if (HASH_COUNT(s2sd->targets) >= most)
        return NULL;
    target = NEW(struct target);
    target->s2sd = s2sd;
    target->domain = str_dup(domain);
    target->last_failure = ERR_REMOTE_SERVER_TIMEOUT;
    HASH_ADD_KEYPTR(hh, s2sd->targets, target->domain.p, target->domain.len,
                    target);
    return target;
}

struct target *target_of(struct s2sd *s2sd, struct str domain)
{
    return find_or_add(s2sd, domain,
                       (unsigned)config_int(s2sd->config, "s2sd.max-domains"));
}

void target_set_failed(struct target *target, bool is_failed)
{
    struct s2sd *s2sd = target->s2sd;

    if (target->is_failed)
        DL_DELETE2(s2sd->failed, target, failed_prev, failed_next);
    if (is_failed)
        DL_APPEND2(s2sd->failed, target, failed_prev, failed_next);
    target->is_failed = is_failed;
}

/* Whether something is under way. */
static bool is_busy(const struct target *target)
{
    return target->stream || target->lost || target->questions ||
           target->waiting_bytes > 0;
}

/* Makes room for one; what is busy is no failure any more. */
static void forget_a_failure(struct s2sd *s2sd)
{
    while (s2sd->failed && is_busy(s2sd->failed))
        target_set_failed(s2sd->failed, false);
    if (s2sd->failed)
        target_free(s2sd->failed);
}

struct target *target_for_stranger(struct s2sd *s2sd, struct str domain)
{
    unsigned most = (unsigned)config_int(s2sd->config, "s2sd.max-domains") / 2;

    if (HASH_COUNT(s2sd->targets) >= most && !target_find(s2sd, domain))
        forget_a_failure(s2sd);
    return find_or_add(s2sd, domain, most);
}

void target_free(struct target *target)
{
    struct lane *lane, *next;

    if (target->lost)
        target->lost->target = NULL;
    HASH_DEL(target->s2sd->targets, target);
    target_set_failed(target, false);
    while (target->questions)
        question_free(target, target->questions);
    LL_FOREACH_SAFE(target->lanes, lane, next)
    {
        struct parcel *parcel, *after;

        DL_FOREACH_SAFE(lane->waiting, parcel, after)
        parcel_forget(parcel);
        free((char *)lane->local.p);
        free(lane);
    }
    free((char *)target->domain.p);
    free(target);
}

void targets_clear(struct s2sd *s2sd)
{
    struct target *target, *next;

    HASH_ITER(hh, s2sd->targets, target, next)
    target_free(target);
}
