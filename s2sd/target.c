#include "target.h"

#include <stdlib.h>
#include <utlist.h>

#include "policy.h"

#define CALL_AGAIN_MS 3000

/* --- lanes --------------------------------------------------------------- */

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
        struct lane *lane;

        parcel = parcels->prev;
        DL_DELETE(parcels, parcel);
        lane = parcel->lane;
        next = lane->waiting;
        lane->waiting = NULL;
        lane_keep(target, lane, parcel);
        DL_CONCAT(lane->waiting, next);
    }
}

/* --- connecting ----------------------------------------------------------- */

/* Who has called, and lost the connection, is given time to call again. */
static bool is_called_back(const struct target *target)
{
    return target->lost && !target->lost->is_outgoing &&
           target->s2sd->now_ms - target->lost->suspended_ms < CALL_AGAIN_MS;
}

/* On behalf of which domain of ours to connect; absent: there is no need to. */
static struct str who_needs(const struct target *target)
{
    if (target->lost && target->lost->is_outgoing)
        return target->lost->sm_local;
    for (const struct lane *lane = target->lanes; lane; lane = lane->next)
        if (lane->waiting && !is_called_back(target))
            return lane->local;
    return target->questions ? target->questions->local : STR_NONE;
}

void target_continue(struct target *target)
{
    struct str local = who_needs(target);

    if (!local.p || target->s2sd->is_draining || target->s2sd->is_stopping)
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
    parcel->lane = lane;
    if (target_is_resting(target)) {
        s2sd_bounce(s2sd, parcel, target->last_failure,
                    "That domain could not be reached a moment ago");
    } else if (lane->state == LANE_VERIFIED && !lane->waiting &&
               !target->lost) {
        stream_send(target->stream, parcel);
    } else {
        lane_keep(target, lane, parcel);
        target_continue(target);
    }
}

static void send_waiting(struct target *target, struct lane *lane)
{
    struct parcel *parcel, *next, *waiting = lane->waiting;

    lane->waiting = NULL;
    lane->deadline_ms = 0;
    DL_FOREACH_SAFE(waiting, parcel, next)
    {
        target->waiting_bytes -= parcel->body.len;
        DL_DELETE(waiting, parcel);
        stream_send(target->stream, parcel);
    }
}

void target_verified(struct target *target, struct lane *lane)
{
    lane->state = LANE_VERIFIED;
    target->failures = 0;
    target->retry_at_ms = 0;
    if (!target->lost)
        send_waiting(target, lane);
}

void target_go_on(struct target *target)
{
    struct stream *stream = target->stream;
    struct lane *lane;

    for (lane = target->lanes; lane; lane = lane->next) {
        if (!stream || lane->state != LANE_VERIFIED)
            continue;
        if (stream->is_outgoing)
            originating_enable(stream);
        send_waiting(target, lane);
    }
    target_continue(target);
}

void target_refused(struct target *target, struct lane *lane,
                    enum stanza_error condition, const char *text)
{
    log_event(LOG_LEVEL_WARN, "federation-not-verified",
              LOG_STR("domain", target->domain), LOG_STR("as", lane->local),
              LOG_TEXT("reason", stanza_error_name(condition)));
    lane->state = LANE_NEW;
    target_return(target, lane, condition, text);
    if (resume_needs(target, lane))
        resume_give_up(target->lost);
}

void target_adopt(struct s2sd *s2sd, struct stream *stream, struct str local,
                  struct str remote)
{
    struct target *target = target_of(s2sd, remote);

    if (!target || (target->stream && target->stream != stream) ||
        (stream->target && stream->target != target) ||
        (target->lost && target->lost->is_outgoing)) /* ours to resume */
        return;
    target->stream = stream;
    stream->target = target;
    target_verified(target, lane_of(target, local));
}
