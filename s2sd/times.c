/* How long a stream may take, or stand still. */
#include "stream.h"

static bool is_older(const struct stream *stream, int64_t since_ms,
                     const char *option)
{
    int64_t seconds = config_int(stream->s2sd->config, option);

    return seconds && stream->s2sd->now_ms - since_ms >= seconds * 1000;
}

/* Nothing is read, or what was sent first has not arrived: a server that reads a
 * byte a minute, or acknowledges nothing, keeps no stanza of ours for ever. */
static bool is_stalled(const struct stream *stream)
{
    return (buf_len(&stream->out) > 0 &&
            is_older(stream, stream->progress_ms, "s2sd.ack-timeout")) ||
           (stream->sent &&
            is_older(stream, stream->sent->sent_ms, "s2sd.ack-timeout"));
}

void stream_tick(struct stream *stream)
{
    bool is_stranger = !stream->is_outgoing && !stream->is_authed &&
                       !stream_has_verified(stream);

    if (stream->state == STREAM_SUSPENDED) {
        if (is_older(stream, stream->suspended_ms, "s2sd.resume-timeout"))
            resume_give_up(stream);
        return;
    }
    if (stream->state == STREAM_CLOSING || stream->state == STREAM_DIALLING)
        return;
    acks_tick(stream);
    if (is_stranger &&
        is_older(stream, stream->started_ms, "s2sd.pre-auth-timeout"))
        stream_end(stream, "connection-timeout", NULL);
    else if (is_stalled(stream))
        stream_abandon(stream, "The server stands still");
    else if (stream->is_open && !stream->sent &&
             is_older(stream, stream->active_ms, "s2sd.idle-timeout"))
        stream_end(stream, NULL, NULL);
    if (stream->rate_count && stream->connection)
        stream->s2sd->effects->wake(stream->connection);
}
