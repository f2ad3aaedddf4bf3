/* An orderly stop: what is under way is brought to its end, nothing new begins.
 * Other servers acknowledge what they have and are told what came in, so that
 * neither side has anything to send again or to return. What the suite sends
 * meanwhile stays with its senders, for the next s2sd. */
#include "stream.h"
#include "target.h"

void s2sd_drain_begin(struct s2sd *s2sd)
{
    s2sd->is_draining = true;
    s2sd->drain_until_ms =
        s2sd->now_ms + config_int(s2sd->config, "s2sd.drain-timeout") * 1000;
}

bool s2sd_drain(const struct s2sd *s2sd)
{
    for (const struct stream *stream = s2sd->streams; stream;
         stream = stream->next)
        if (stream->connection && (stream->sent || stream->arrivals))
            return s2sd->now_ms >= s2sd->drain_until_ms;
    return true;
}
