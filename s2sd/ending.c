/* The end of a stream: its last words, and what becomes of what it held. */
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "caller.h"
#include "stream.h"
#include "target.h"

#define SHORT_LIFE_MS   2000
#define MAX_SHORT_LIVES 3u

/* --- last words ----------------------------------------------------------- */

static void add_error(struct buf *out, const char *condition, const char *text)
{
    buf_printf(out,
               "<stream:error><%s xmlns='urn:ietf:params:xml:ns:"
               "xmpp-streams'/>",
               condition);
    if (text)
        buf_printf(out,
                   "<text xmlns='urn:ietf:params:xml:ns:xmpp-streams'>%s"
                   "</text>",
                   text);
    buf_add_text(out, "</stream:error>");
}

static void log_end(struct stream *stream, const char *reason, const char *text)
{
    if (log_limit_allows(&stream->s2sd->log_limit, "stream-ended"))
        log_event(LOG_LEVEL_WARN, "stream-ended",
                  LOG_STR("domain", stream->remote),
                  LOG_TEXT("peer", stream->peer), LOG_TEXT("reason", reason),
                  LOG_TEXT("text", text ? text : ""));
}

void stream_end(struct stream *stream, const char *condition, const char *text)
{
    struct buf out = {0};

    if (stream->state == STREAM_CLOSING || stream->state == STREAM_SUSPENDED)
        return;
    stream->is_final = true;
    if (!stream->header_sent)
        stream_send_header(stream);
    acks_say_count(stream); /* what is told now is not returned there */
    if (condition) {
        add_error(&out, condition, text);
        log_end(stream, condition, text);
    }
    buf_add_text(&out, "</stream:stream>");
    buf_add_char(&out, '\0');
    stream_say(stream, buf_view(&out).p);
    buf_clear(&out);
    stream->state = STREAM_CLOSING;
    stream->progress_ms = stream->s2sd->now_ms;
}

void stream_abandon(struct stream *stream, const char *why)
{
    log_end(stream, "connection-timeout", why);
    stream_say(stream, ""); /* the shell has to look */
    stream->state = STREAM_CLOSING;
    stream->progress_ms = stream->s2sd->now_ms;
}

/* --- what it held --------------------------------------------------------- */

/* What the kernel has not begun to take goes another way; the rest may have
 * arrived or not, which its sender has to know. */
void stream_return_parcels(struct stream *stream)
{
    struct parcel *parcel, *next, *whole = NULL;

    DL_FOREACH_SAFE(stream->sent, parcel, next)
    {
        DL_DELETE(stream->sent, parcel);
        if (stream->target && parcel->owed &&
            parcel->end - parcel->body.len >= stream->written)
            DL_APPEND(whole, parcel);
        else
            s2sd_bounce(stream->s2sd, parcel, ERR_REMOTE_SERVER_TIMEOUT,
                        "The connection was lost");
    }
    if (whole)
        target_take_back(stream->target, whole);
}

/* Whether it has come as far as dialback, and has been of use: one that ends at
 * once is no better than one that does not begin, but for a few of them that were
 * verified, as when a link is cut twice, or a server restarted. */
static bool was_of_use(const struct stream *stream, struct target *target)
{
    if (!stream->is_open || !target)
        return stream->is_open;
    if (stream->s2sd->now_ms - stream->started_ms >= SHORT_LIFE_MS) {
        target->short_lives = 0;
        return true;
    }
    return stream->sm_local.p && target->short_lives++ < MAX_SHORT_LIVES;
}

void stream_lost(struct stream *stream, const char *why)
{
    struct target *target = stream->target;
    enum stanza_error failure = stream->failure;
    bool was_open = was_of_use(stream, target);
    bool was_its_stream = target && target->stream == stream;

    if (was_its_stream)
        target->stream = NULL;
    targets_forget_asker(stream->s2sd, stream);
    stream->connection = NULL;
    if (!resume_suspend(stream)) {
        stream_return_parcels(stream);
        stream_free(stream);
    }
    if (was_its_stream)
        target_stream_ended(target, was_open, failure, why);
}

void stream_leave_caller(struct stream *stream)
{
    if (stream->caller)
        caller_leave(stream->s2sd, stream->caller);
    stream->caller = NULL;
}

void stream_free(struct stream *stream)
{
    struct parcel *parcel, *next;

    if (stream->target && stream->target->lost == stream)
        stream->target->lost = NULL;
    DL_DELETE(stream->s2sd->streams, stream);
    DL_FOREACH_SAFE(stream->sent, parcel, next)
    parcel_forget(parcel);
    acks_forget_arrivals(stream);
    while (stream->pairs)
        stream_remove_pair(stream, stream->pairs);
    stream_leave_caller(stream);
    xml_stream_free(stream->xml);
    arena_clear(&stream->arena);
    buf_clear(&stream->out);
    free((char *)stream->local.p);
    free((char *)stream->remote.p);
    free((char *)stream->sm_id.p);
    free((char *)stream->sm_local.p);
    free(stream);
}
