#include "target.h"

#include <stdlib.h>
#include <utlist.h>

#include "policy.h"

/* --- finding -------------------------------------------------------------- */

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
    return target->stream || target->questions || target->waiting_bytes > 0;
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

struct lane *target_lane(const struct target *target, struct str local)
{
    struct lane *lane = target->lanes;

    while (lane && !str_eq(lane->local, local))
        lane = lane->next;
    return lane;
}

static struct lane *lane_of(struct target *target, struct str local)
{
    struct lane *lane = target_lane(target, local);

    if (lane)
        return lane;
    lane = NEW(struct lane);
    lane->local = str_dup(local);
    LL_APPEND(target->lanes, lane);
    return lane;
}

/* --- what waits ----------------------------------------------------------- */

void target_return(struct target *target, struct lane *lane,
                   enum stanza_error condition, const char *text)
{
    struct parcel *waiting = lane->waiting, *parcel, *next;

    lane->waiting = NULL; /* a bounce may send anew */
    lane->deadline_ms = 0;
    DL_FOREACH_SAFE(waiting, parcel, next)
    {
        target->waiting_bytes -= parcel->body.len;
        s2sd_bounce(target->s2sd, parcel, condition, text);
    }
}

static void lane_keep(struct target *target, struct lane *lane,
                      struct parcel *parcel)
{
    const struct config *config = target->s2sd->config;

    target->waiting_bytes += parcel->body.len;
    DL_APPEND(lane->waiting, parcel);
    if (!lane->deadline_ms)
        lane->deadline_ms = target->s2sd->now_ms +
                            config_int(config, "s2sd.connect-timeout") * 1000;
}

void target_take_back(struct target *target, struct parcel *parcels)
{
    struct parcel *parcel, *next;

    /* From the last to the first, each in front of what waits. */
    while (parcels) {
        struct jid from;
        struct xml *stanza;
        struct lane *lane;

        parcel = parcels->prev;
        DL_DELETE(parcels, parcel);
        stanza =
            xml_parse(target->s2sd->parser, &target->s2sd->arena, parcel->body);
        if (!stanza ||
            !jid_parse(&from, &target->s2sd->arena, xml_get(stanza, "from"))) {
            parcel_done(parcel); /* it was valid when it was taken */
            continue;
        }
        lane = lane_of(target, from.domain);
        next = lane->waiting;
        lane->waiting = NULL;
        lane_keep(target, lane, parcel);
        DL_CONCAT(lane->waiting, next);
    }
}

/* --- connecting ----------------------------------------------------------- */

/* On behalf of which domain of ours to connect; absent: there is no need to. */
static struct str who_needs(const struct target *target)
{
    for (const struct lane *lane = target->lanes; lane; lane = lane->next)
        if (lane->waiting)
            return lane->local;
    return target->questions ? target->questions->local : STR_NONE;
}

void target_continue(struct target *target)
{
    struct str local = who_needs(target);

    if (!local.p || target->s2sd->is_stopping)
        return;
    if (target->stream) {
        originating_continue(target->stream);
        return;
    }
    target->stream = stream_new_outgoing(target, local);
    target->s2sd->effects->dial(target->s2sd->ctx, target->stream);
}

bool target_is_resting(const struct target *target)
{
    return !target->stream && target->s2sd->now_ms < target->retry_at_ms;
}

void target_send(struct s2sd *s2sd, struct str local, struct str remote,
                 struct parcel *parcel)
{
    struct target *target;
    struct lane *lane;

    if (!policy_allows(s2sd->config, remote)) {
        s2sd_bounce(s2sd, parcel, ERR_NOT_ALLOWED,
                    "This server does not talk to that domain");
        return;
    }
    target = target_of(s2sd, remote);
    if (!target || target->waiting_bytes + parcel->body.len >
                       (size_t)config_int(s2sd->config, "s2sd.max-queue")) {
        s2sd_bounce(s2sd, parcel, ERR_RESOURCE_CONSTRAINT,
                    "Too much waits for that domain");
        return;
    }
    lane = lane_of(target, local);
    if (target_is_resting(target)) {
        s2sd_bounce(s2sd, parcel, target->last_failure,
                    "That domain could not be reached a moment ago");
    } else if (lane->state == LANE_VERIFIED && !lane->waiting) {
        stream_send(target->stream, parcel);
    } else {
        lane_keep(target, lane, parcel);
        target_continue(target);
    }
}

void target_verified(struct target *target, struct lane *lane)
{
    struct parcel *parcel, *next, *waiting = lane->waiting;

    lane->state = LANE_VERIFIED;
    lane->waiting = NULL;
    lane->deadline_ms = 0;
    target->failures = 0;
    target->retry_at_ms = 0;
    DL_FOREACH_SAFE(waiting, parcel, next)
    {
        target->waiting_bytes -= parcel->body.len;
        DL_DELETE(waiting, parcel);
        stream_send(target->stream, parcel);
    }
}

void target_refused(struct target *target, struct lane *lane,
                    enum stanza_error condition, const char *text)
{
    log_event(LOG_LEVEL_WARN, "federation-not-verified",
              LOG_STR("domain", target->domain), LOG_STR("as", lane->local),
              LOG_TEXT("reason", stanza_error_name(condition)));
    lane->state = LANE_NEW;
    target_return(target, lane, condition, text);
}

void target_adopt(struct s2sd *s2sd, struct stream *stream, struct str local,
                  struct str remote)
{
    struct target *target = target_of(s2sd, remote);

    if (!target || (target->stream && target->stream != stream) ||
        (stream->target && stream->target != target))
        return;
    target->stream = stream;
    stream->target = target;
    target_verified(target, lane_of(target, local));
}

/* --- end ------------------------------------------------------------------ */

void target_free(struct target *target)
{
    struct lane *lane, *next;

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
