#include "streams.h"

#include <stdlib.h>
#include <string.h>

#include "common/log/log.h"

static void stream_free(struct streams *streams, struct stream *stream)
{
    HASH_DEL(streams->by_key, stream);
    if (stream->user)
        quota_give_back(streams->quota, stream->user);
    free(stream->sid);
    free(stream->initiator);
    free(stream->target);
    free(stream);
}

void streams_clear(struct streams *streams)
{
    struct stream *stream, *next;

    HASH_ITER(hh, streams->by_key, stream, next)
    {
        stream_free(streams, stream);
    }
}

struct stream *streams_join(struct streams *streams, const char *key,
                            void *side)
{
    struct stream *stream;

    HASH_FIND_STR(streams->by_key, key, stream);
    if (!stream) {
        stream = NEW(struct stream);
        memcpy(stream->key, key, sizeof(stream->key));
        HASH_ADD_STR(streams->by_key, key, stream);
    }
    for (unsigned i = 0; i < 2; i++) {
        if (!stream->sides[i] && !stream->is_active) {
            stream->sides[i] = side;
            return stream;
        }
    }
    streams->refused++;
    return NULL;
}

void streams_leave(struct streams *streams, struct stream *stream,
                   const void *side)
{
    for (unsigned i = 0; i < 2; i++)
        if (stream->sides[i] == side)
            stream->sides[i] = NULL;
    if (!stream->is_active && !stream->sides[0] && !stream->sides[1])
        stream_free(streams, stream);
}

static enum streams_result judge(const struct stream *stream)
{
    if (!stream)
        return STREAMS_UNKNOWN;
    if (stream->is_active)
        return STREAMS_ACTIVE;
    if (!stream->sides[0] || !stream->sides[1])
        return STREAMS_ONE_SIDE;
    return STREAMS_OK;
}

enum streams_result streams_activate(struct streams *streams, struct str sid,
                                     struct str initiator, struct str bare,
                                     struct str target, uint64_t now_ms)
{
    char key[SOCKS_KEY + 1];
    struct stream *stream;
    enum streams_result result;

    socks_make_key(key, sid, initiator, target);
    HASH_FIND_STR(streams->by_key, key, stream);
    result = judge(stream);
    if (result == STREAMS_OK) {
        stream->user = quota_take(streams->quota, bare, now_ms);
        result = stream->user ? STREAMS_OK : STREAMS_FULL;
    }
    if (result != STREAMS_OK) {
        streams->refused++;
        return result;
    }
    stream->is_active = true;
    stream->sid = str_dup_heap(sid);
    stream->initiator = str_dup_heap(initiator);
    stream->target = str_dup_heap(target);
    stream->activated_ms = stream->moved_ms = now_ms;
    streams->start(streams->ctx, stream);
    return STREAMS_OK;
}

size_t streams_allowance(struct streams *streams, const struct stream *stream,
                         uint64_t now_ms)
{
    return quota_allowance(streams->quota, stream->user, now_ms);
}

void streams_moved(struct streams *streams, struct stream *stream,
                   unsigned side, size_t bytes, uint64_t now_ms)
{
    if (bytes == 0)
        return;
    quota_charge(streams->quota, stream->user, bytes);
    stream->bytes[side] += bytes;
    stream->moved_ms = now_ms;
    streams->bytes += bytes;
}

void streams_end(struct streams *streams, struct stream *stream,
                 const char *reason, uint64_t now_ms)
{
    uint64_t ms = now_ms - stream->activated_ms;

    log_event(LOG_LEVEL_INFO, "transfer",
              LOG_TEXT("initiator", stream->initiator),
              LOG_TEXT("target", stream->target), LOG_TEXT("sid", stream->sid),
              LOG_INT("bytes", stream->bytes[0] + stream->bytes[1]),
              LOG_INT("ms", ms), LOG_TEXT("end", reason));
    streams->transfers++;
    stream_free(streams, stream);
}
