/* Streams that have lost their connection and may be resumed (XEP-0198 §5):
 * what is agreed on, what waits with them, and when it is given up. What one
 * side had sent and the other has not acknowledged waits with the suspended
 * stream, and what is sent meanwhile waits behind it, so that nothing is lost,
 * doubled or overtaken. */
#include <stdlib.h>
#include <utlist.h>

#include "common/codec/codec.h"
#include "stream.h"
#include "target.h"

#define MAX_ID 4000u /* XEP-0198 §5 */

static int64_t timeout_ms(const struct stream *stream)
{
    return config_int(stream->s2sd->config, "s2sd.resume-timeout") * 1000;
}

static bool wants_resumption(const struct xml *element)
{
    struct str value = xml_get(element, "resume");

    return str_is(value, "true") || str_is(value, "1");
}

/* --- agreement ------------------------------------------------------------ */

void resume_offer(struct stream *stream, const struct xml *enable,
                  struct buf *enabled)
{
    int64_t seconds = timeout_ms(stream) / 1000;

    if (!wants_resumption(enable) || seconds == 0)
        return;
    stream->sm_id = str_dup(random_id(&stream->arena, 24));
    buf_printf(enabled, " resume='true' id='%.*s' max='%lld'",
               STR_ARG(stream->sm_id), (long long)seconds);
}

void resume_note(struct stream *stream, const struct xml *enabled)
{
    struct str id = xml_get(enabled, "id");

    if (wants_resumption(enabled) && id.len > 0 && id.len <= MAX_ID)
        stream->sm_id = str_dup(id);
}

/* --- suspension ----------------------------------------------------------- */

static bool may_be_resumed(const struct stream *stream)
{
    const struct parcel *first = stream->sent;
    int64_t patience_ms =
        timeout_ms(stream) +
        config_int(stream->s2sd->config, "s2sd.ack-timeout") * 1000;

    if (!stream->sm_id.p || stream->is_final || stream->s2sd->is_stopping)
        return false;
    /* What is sent again and again, and never acknowledged, is given up; what
     * was sent before counting began cannot be told of. */
    return !first || first->end == UINT64_MAX ||
           (first->is_counted &&
            stream->s2sd->now_ms - first->first_ms < patience_ms);
}

/* A stream of ours that owes nothing need not be resumed, unless the other side
 * may owe something on it. */
static bool has_a_point(const struct stream *stream)
{
    return !stream->is_outgoing || stream->is_bidi ||
           (stream->sent && stream->sent->is_counted);
}

/* What came in after the end of the stream was never sent on it. */
static void take_back_unsent(struct stream *stream)
{
    struct parcel *parcel, *next, *unsent = NULL;

    DL_FOREACH_SAFE(stream->sent, parcel, next)
    {
        if (parcel->is_counted)
            continue;
        DL_DELETE(stream->sent, parcel);
        if (parcel->owed)
            DL_APPEND(unsent, parcel);
        else
            parcel_forget(parcel);
    }
    if (unsent)
        target_take_back(stream->target, unsent);
}

static void free_what_a_connection_needs(struct stream *stream)
{
    struct pair *pair, *next;

    for (pair = stream->pairs; pair; pair = next) {
        next = pair->next;
        if (!pair->is_verified)
            stream_remove_pair(stream, pair);
    }
    stream_leave_caller(stream);
    xml_stream_free(stream->xml);
    stream->xml = NULL;
    arena_clear(&stream->arena);
    buf_clear(&stream->out);
}

bool resume_suspend(struct stream *stream)
{
    struct target *target = stream->target;

    if (!may_be_resumed(stream) || !has_a_point(stream))
        return false;
    if (target && target->lost)
        resume_give_up(target->lost);
    if (!stream->is_outgoing)
        resume_superseded(stream); /* a domain has one to be resumed */
    take_back_unsent(stream);
    free_what_a_connection_needs(stream);
    stream->state = STREAM_SUSPENDED;
    stream->suspended_ms = stream->s2sd->now_ms;
    if (target)
        target->lost = stream;
    log_event(LOG_LEVEL_INFO, "stream-suspended",
              LOG_STR("domain", stream->remote), LOG_TEXT("peer", stream->peer),
              LOG_TEXT("direction", stream->is_outgoing ? "out" : "in"));
    return true;
}

void resume_give_up(struct stream *lost)
{
    struct target *target = lost->target;

    if (target && target->lost == lost)
        target->lost = NULL;
    lost->target = NULL; /* nothing goes another way: it may have arrived */
    stream_return_parcels(lost);
    stream_free(lost);
    if (!target)
        return;
    if (target->stream && target->stream->asked_resume)
        stream_end(target->stream, NULL, NULL); /* an answer would be late */
    target_go_on(target);
}

/* Whether some domain has proved itself on both. */
bool resume_is_same_peer(const struct stream *a, const struct stream *b)
{
    for (const struct pair *pair = a->pairs; pair; pair = pair->next) {
        const struct pair *other = stream_pair(b, pair->from, pair->to);

        if (pair->is_verified && other && other->is_verified)
            return true;
    }
    return false;
}

void resume_superseded(struct stream *stream)
{
    struct stream *other, *next;

    DL_FOREACH_SAFE(stream->s2sd->streams, other, next)
    if (other->state == STREAM_SUSPENDED && !other->is_outgoing &&
        other != stream && resume_is_same_peer(stream, other)) {
        resume_give_up(other);
        return;
    }
}
