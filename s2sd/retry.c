/* What becomes of a target when its stream ends, or takes too long. */
#include "target.h"

static void rest(struct target *target)
{
    const struct config *config = target->s2sd->config;
    int64_t delay = config_int(config, "s2sd.retry-delay");
    int64_t most = config_int(config, "s2sd.max-retry-delay");

    for (unsigned i = 0; i < target->failures && delay < most; i++)
        delay *= 2;
    target->failures++;
    target_set_failed(target, true);
    target->retry_at_ms =
        target->s2sd->now_ms + (delay < most ? delay : most) * 1000;
}

static void fail_all(struct target *target, enum stanza_error condition,
                     const char *why)
{
    target->last_failure = condition;
    rest(target);
    log_event(LOG_LEVEL_WARN, "domain-unreachable",
              LOG_STR("domain", target->domain), LOG_TEXT("reason", why),
              LOG_INT("retry-seconds",
                      (target->retry_at_ms - target->s2sd->now_ms) / 1000));
    for (struct lane *lane = target->lanes; lane; lane = lane->next) {
        lane->state = LANE_NEW; /* its stream may have been verified briefly */
        target_return(target, lane, condition, why);
    }
    while (target->questions)
        question_answer(target, target->questions, NULL,
                        stanza_error_name(condition));
}

void target_stream_ended(struct target *target, bool was_open,
                         enum stanza_error condition, const char *why)
{
    target->stream = NULL;
    if (!was_open) {
        fail_all(target, condition, why);
        return;
    }
    /* Whatever it was asked will not be answered any more. */
    for (struct lane *lane = target->lanes; lane; lane = lane->next) {
        enum lane_state state = lane->state;

        lane->state = LANE_NEW;
        if (state == LANE_ASKED)
            target_return(target, lane, ERR_REMOTE_SERVER_TIMEOUT,
                          "The server closed the stream");
    }
    for (struct question *q = target->questions, *next; q; q = next) {
        next = q->next;
        if (q->is_asked)
            question_answer(target, q, NULL, "remote-server-timeout");
    }
    target_continue(target);
}

static void give_up_dialling(struct target *target)
{
    struct stream *stream = target->stream;

    if (stream->state == STREAM_DIALLING) {
        stream->s2sd->effects->give_up(stream->s2sd->ctx, stream);
        stream_not_connected(stream, ERR_REMOTE_SERVER_TIMEOUT,
                             "no connection in time");
    } else {
        stream->s2sd->effects->give_up(stream->s2sd->ctx, stream);
        stream_end(stream, "connection-timeout", NULL);
    }
}

static void target_tick(struct target *target)
{
    int64_t now = target->s2sd->now_ms;
    bool is_late = false, is_waiting = false;

    for (struct question *q = target->questions, *next; q; q = next) {
        next = q->next;
        if (now >= q->deadline_ms) {
            is_late = true;
            question_answer(target, q, NULL, "remote-server-timeout");
        }
    }
    for (struct lane *lane = target->lanes; lane; lane = lane->next) {
        is_waiting |= lane->deadline_ms > now;
        if (!lane->deadline_ms || now < lane->deadline_ms)
            continue;
        is_late = true;
        target_return(target, lane, ERR_REMOTE_SERVER_TIMEOUT,
                      "The server did not answer in time");
        if (lane->state == LANE_ASKED)
            lane->state = LANE_NEW;
    }
    /* A stranger's question has less time than our own stanzas. */
    if (!target->stream && !target_is_resting(target))
        target_continue(target);
    if (is_late && !is_waiting && target->stream && !target->stream->is_open)
        give_up_dialling(target);
}

/* Nothing waits, nothing is remembered. */
static bool is_idle(const struct target *target)
{
    return !target->stream && !target->lost && !target->questions &&
           target->waiting_bytes == 0 &&
           target->s2sd->now_ms >=
               target->retry_at_ms + (target->failures ? 600000 : 0);
}

void targets_tick(struct s2sd *s2sd)
{
    struct target *target, *next;

    HASH_ITER(hh, s2sd->targets, target, next)
    {
        target_tick(target);
        if (is_idle(target))
            target_free(target);
    }
}
