/* XEP-0198 between servers: acknowledgements. What came in is acknowledged when
 * the suite has discharged it; what went out is kept until the peer has
 * acknowledged it. */
#include <stdlib.h>
#include <utlist.h>

#include "stream.h"

#define ASK_AGAIN_MS 1000

void acks_say_count(struct stream *stream)
{
    struct buf out = {0};

    if (!stream->counts_in)
        return;
    buf_printf(&out, "<a xmlns='urn:xmpp:sm:3' h='%llu'/>",
               (unsigned long long)(stream->in_done & UINT32_MAX));
    buf_add_char(&out, '\0');
    stream_say(stream, buf_view(&out).p);
    buf_clear(&out);
    stream->owes_ack = stream->arrivals != NULL;
}

/* --- what came in --------------------------------------------------------- */

static void settle(struct stream *stream)
{
    struct arrival *first;

    while ((first = stream->arrivals) && first->is_done) {
        DL_DELETE(stream->arrivals, first);
        stream->in_done++;
        arrival_free(first);
    }
    if (stream->counts_in && stream->owes_ack && !stream->arrivals)
        acks_say_count(stream);
}

static void on_discharged(struct errand *errand)
{
    struct arrival *arrival = (struct arrival *)errand;

    if (!arrival->stream) {
        arrival_free(arrival);
        return;
    }
    acks_arrived(arrival->stream, arrival);
}

void arrival_free(struct arrival *arrival)
{
    free(arrival);
}

struct arrival *arrival_new(struct stream *stream)
{
    struct arrival *arrival = NEW(struct arrival);

    arrival->errand.done = on_discharged;
    arrival->stream = stream;
    DL_APPEND(stream->arrivals, arrival);
    stream->in++;
    return arrival;
}

void acks_arrived(struct stream *stream, struct arrival *arrival)
{
    arrival->is_done = true;
    settle(stream);
}

void acks_forget_arrivals(struct stream *stream)
{
    struct arrival *arrival, *next;

    DL_FOREACH_SAFE(stream->arrivals, arrival, next)
    {
        DL_DELETE(stream->arrivals, arrival);
        if (arrival->is_done)
            arrival_free(arrival);
        else
            arrival->stream = NULL; /* freed when it is discharged */
    }
}

/* Counting begins here: what is older is not told of. */
static void begin_counting_in(struct stream *stream)
{
    acks_forget_arrivals(stream);
    stream->in = stream->in_done = 0;
    stream->counts_in = true;
}

/* --- what went out -------------------------------------------------------- */

void stream_before_write(struct stream *stream)
{
    const struct parcel *last =
        stream->sent ? stream->sent->prev : NULL; /* utlist: the tail */

    if (!stream->counts_out || stream->asked_ack_ms || !last ||
        !last->is_counted || stream->state != STREAM_OPEN ||
        stream->out_asked == stream->out_count)
        return;
    stream->asked_ack_ms = stream->s2sd->now_ms;
    stream->out_asked = stream->out_count;
    stream_say(stream, "<r xmlns='urn:xmpp:sm:3'/>");
}

/* Who has answered and not acknowledged all tells the rest when he can; he is
 * not asked at the speed of the network. */
void acks_tick(struct stream *stream)
{
    if (!stream->counts_out || stream->asked_ack_ms || !stream->sent ||
        stream->s2sd->now_ms - stream->sent->sent_ms < ASK_AGAIN_MS)
        return;
    stream->out_asked = stream->out_acked;
    stream_say(stream, ""); /* the shell comes by stream_before_write */
}

bool acks_take_count(struct stream *stream, uint64_t h)
{
    struct parcel *parcel, *next;
    uint32_t more = (uint32_t)(h - stream->out_acked);

    if (more > stream->out_count - stream->out_acked)
        return false;
    stream->out_acked += more;
    DL_FOREACH_SAFE(stream->sent, parcel, next)
    {
        if (!parcel->is_counted)
            continue;
        if (more-- == 0)
            break;
        DL_DELETE(stream->sent, parcel);
        parcel_done(parcel);
    }
    return true;
}

static void take_count(struct stream *stream, const struct xml *element)
{
    uint64_t h = 0;

    if (!stream->counts_out || !str_to_u64(xml_get(element, "h"), &h)) {
        stream_end(stream, "bad-format", NULL);
        return;
    }
    stream->asked_ack_ms = 0;
    if (!acks_take_count(stream, h))
        stream_end(stream, "undefined-condition",
                   "More is acknowledged than was sent");
    else if (stream->sent)
        stream_say(stream, ""); /* to be asked about, perhaps */
}

/* The peer does not count after all: the kernel's word is enough. */
static void stop_counting_out(struct stream *stream)
{
    struct parcel *parcel;

    stream->asked_enable = false;
    DL_FOREACH(stream->sent, parcel)
    parcel->is_counted = false;
    stream_written(stream, 0);
}

static void enable(struct stream *stream, const struct xml *element)
{
    struct buf out = {0};

    if (stream->is_outgoing || stream->counts_in ||
        !stream_has_verified(stream)) {
        stream_say(stream, "<failed xmlns='urn:xmpp:sm:3'><unexpected-request "
                           "xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>"
                           "</failed>");
        return;
    }
    begin_counting_in(stream);
    stream->counts_out = stream->is_bidi;
    buf_add_text(&out, "<enabled xmlns='urn:xmpp:sm:3'");
    resume_offer(stream, element, &out);
    buf_add_text(&out, "/>");
    buf_add_char(&out, '\0');
    stream_say(stream, buf_view(&out).p);
    buf_clear(&out);
    resume_superseded(stream);
}

static void enabled(struct stream *stream, const struct xml *element)
{
    stream->counts_out = true;
    if (stream->is_bidi)
        begin_counting_in(stream);
    resume_note(stream, element);
    stream_say(stream, "");
}

/* Elements that are answers are taken once, after what they answer. */
static bool take_answer(struct stream *stream, const struct xml *element)
{
    bool is_counting = stream->asked_enable && !stream->counts_out;

    if (xml_is(element, NS_SM, "enabled") && is_counting)
        enabled(stream, element);
    else if (xml_is(element, NS_SM, "failed") && is_counting)
        stop_counting_out(stream);
    else if (xml_is(element, NS_SM, "failed") && stream->asked_resume)
        resume_refused(stream, element);
    else if (xml_is(element, NS_SM, "resumed") && stream->asked_resume)
        resume_accepted(stream, element);
    else
        return false;
    return true;
}

bool acks_element(struct stream *stream, const struct xml *element)
{
    if (!str_eq(element->ns, NS_SM))
        return false;
    if (xml_is(element, NS_SM, "enable"))
        enable(stream, element);
    else if (xml_is(element, NS_SM, "resume"))
        resume_answer(stream, element);
    else if (xml_is(element, NS_SM, "r") && stream->counts_in)
        acks_say_count(stream);
    else if (xml_is(element, NS_SM, "a"))
        take_count(stream, element);
    else if (!take_answer(stream, element))
        stream_end(stream, "unsupported-stanza-type", NULL);
    return true;
}
