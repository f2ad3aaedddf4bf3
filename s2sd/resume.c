/* Suspended streams go on upon another connection (XEP-0198 §5). Whoever made
 * the connection makes the next one, and asks.
 *
 * A count tells what the suite has discharged, as everywhere. More may have
 * come in by then: the peer sends that again, and it is counted off as
 * repeated. */
#include <stdlib.h>
#include <utlist.h>

#include "stream.h"
#include "target.h"

/* <resume/> or <resumed/>: which stream, and what of it has arrived here. */
static void say_place(struct stream *stream, const char *name,
                      const struct stream *lost)
{
    struct buf out = {0};

    buf_printf(&out, "<%s xmlns='urn:xmpp:sm:3' h='%llu' previd='", name,
               (unsigned long long)(lost->in_done & UINT32_MAX));
    xml_escape(&out, lost->sm_id);
    buf_add_text(&out, "'/>");
    buf_add_char(&out, '\0');
    stream_say(stream, buf_view(&out).p);
    buf_clear(&out);
}

/* The stream goes on where `lost` ended, with what has not arrived there.
 * told_in: what the peer was told to have arrived here; it begins behind that.
 */
static void take_over(struct stream *stream, struct stream *lost,
                      uint64_t told_in)
{
    struct parcel *parcel, *next;
    struct arrival *arrival;

    acks_forget_arrivals(stream);
    stream->arrivals = lost->arrivals;
    lost->arrivals = NULL;
    DL_FOREACH(stream->arrivals, arrival)
    arrival->stream = stream;
    stream->counts_in = lost->counts_in;
    stream->in = lost->in;
    stream->in_done = lost->in_done;
    stream->repeats = lost->in - told_in;
    stream->owes_ack = stream->arrivals != NULL;
    stream->asked_enable = lost->asked_enable;
    stream->counts_out = lost->counts_out;
    stream->out_acked = stream->out_count = stream->out_asked = lost->out_acked;
    free((char *)stream->sm_id.p);
    stream->sm_id = lost->sm_id;
    lost->sm_id = STR_NONE;
    DL_FOREACH_SAFE(lost->sent, parcel, next)
    {
        DL_DELETE(lost->sent, parcel);
        stream_send(stream, parcel);
    }
    log_event(LOG_LEVEL_INFO, "stream-resumed",
              LOG_STR("domain", stream->remote), LOG_TEXT("peer", stream->peer),
              LOG_TEXT("direction", stream->is_outgoing ? "out" : "in"));
}

/* It has given all away. */
static void forget_lost(struct stream *lost)
{
    struct target *target = lost->target;

    if (target && target->lost == lost)
        target->lost = NULL;
    lost->target = NULL;
    if (lost->state == STREAM_SUSPENDED)
        stream_free(lost);
    else
        stream_end(lost, "conflict", "The stream was resumed");
}

/* It is not resumed, whether its connection is alive or not. */
static void end_lost(struct stream *lost)
{
    struct target *target = lost->target;

    if (lost->state == STREAM_SUSPENDED) {
        resume_give_up(lost);
        return;
    }
    forget_lost(lost);
    if (target)
        target_go_on(target);
}

/* --- who asks ------------------------------------------------------------- */

bool resume_needs(const struct target *target, const struct lane *lane)
{
    const struct stream *lost = target->lost;
    const struct parcel *parcel;

    if (!lost || !lost->is_outgoing)
        return false;
    if (str_eq(lane->local, lost->sm_local))
        return true;
    DL_FOREACH(lost->sent, parcel)
    if (parcel->lane == lane)
        return true;
    return false;
}

void resume_continue(struct stream *stream)
{
    struct target *target = stream->target;
    struct stream *lost = target->lost;

    if (!lost || !lost->is_outgoing || stream->asked_resume)
        return;
    if (!stream->offers_sm) {
        resume_give_up(lost);
        return;
    }
    for (const struct lane *lane = target->lanes; lane; lane = lane->next)
        if (lane->state != LANE_VERIFIED && resume_needs(target, lane))
            return;
    stream->asked_resume = true;
    stream->told_in = lost->in_done;
    say_place(stream, "resume", lost);
}

void resume_accepted(struct stream *stream, const struct xml *resumed)
{
    struct target *target = stream->target;
    struct stream *lost = target ? target->lost : NULL;
    uint64_t h = 0;

    stream->asked_resume = false;
    if (!lost || !str_eq(xml_get(resumed, "previd"), lost->sm_id) ||
        !str_to_u64(xml_get(resumed, "h"), &h) || !acks_take_count(lost, h)) {
        stream_end(stream, "undefined-condition", "Nothing is resumed so");
        return;
    }
    take_over(stream, lost, stream->told_in);
    forget_lost(lost);
    target_go_on(target);
}

void resume_refused(struct stream *stream, const struct xml *failed)
{
    struct target *target = stream->target;
    struct stream *lost = target ? target->lost : NULL;
    uint64_t h = 0;
    bool is_told;

    stream->asked_resume = false;
    if (!lost)
        return;
    /* It may still know what had arrived; a wrong count tells nothing. */
    is_told = str_to_u64(xml_get(failed, "h"), &h) && acks_take_count(lost, h);
    log_event(LOG_LEVEL_WARN, "stream-not-resumed",
              LOG_STR("domain", stream->remote), LOG_TEXT("peer", stream->peer),
              LOG_TEXT("count-told", is_told ? "yes" : "no"));
    resume_give_up(lost);
}

/* --- who is asked --------------------------------------------------------- */

static struct stream *find(const struct s2sd *s2sd, struct str id)
{
    struct stream *stream;

    DL_FOREACH(s2sd->streams, stream)
    if (!stream->is_outgoing && stream->sm_id.p && !stream->is_final &&
        str_eq_constant_time(stream->sm_id, id))
        return stream;
    return NULL;
}

/* What waits to be sent on a bidirectional stream needs one that is, and whose
 * domains it has proved already. */
static bool may_carry_back(const struct stream *stream,
                           const struct stream *lost)
{
    const struct parcel *parcel;

    if (!lost->target)
        return true;
    if (!stream->is_bidi || stream->target != lost->target)
        return false;
    DL_FOREACH(lost->sent, parcel)
    if (parcel->lane->state != LANE_VERIFIED)
        return false;
    return true;
}

/* The old connection may be alive here, and dead for the peer: its target gets
 * the new one. */
static void step_aside(struct stream *lost)
{
    struct target *target = lost->target;

    if (lost->state == STREAM_SUSPENDED || !target || target->stream != lost)
        return;
    target->stream = NULL;
    target->lost = lost;
    for (struct lane *lane = target->lanes; lane; lane = lane->next)
        lane->state = LANE_NEW;
}

static void adopt(struct stream *stream)
{
    for (const struct pair *pair = stream->pairs; pair; pair = pair->next)
        if (pair->is_verified && stream->is_bidi)
            target_adopt(stream->s2sd, stream, pair->to, pair->from);
}

static void say_failed(struct stream *stream)
{
    stream_say(stream, "<failed xmlns='urn:xmpp:sm:3'><item-not-found "
                       "xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>"
                       "</failed>");
}

void resume_answer(struct stream *stream, const struct xml *resume)
{
    struct stream *lost = find(stream->s2sd, xml_get(resume, "previd"));
    struct target *target;
    uint64_t h = 0;

    if (stream->is_outgoing || stream->counts_in || !lost || lost == stream ||
        !resume_is_same_peer(stream, lost) ||
        !str_to_u64(xml_get(resume, "h"), &h)) {
        say_failed(stream);
        return;
    }
    step_aside(lost);
    adopt(stream);
    if (!may_carry_back(stream, lost) || !acks_take_count(lost, h)) {
        say_failed(stream);
        end_lost(lost);
        return;
    }
    target = lost->target;
    say_place(stream, "resumed", lost);
    take_over(stream, lost, lost->in_done);
    forget_lost(lost);
    if (target)
        target_go_on(target);
}
