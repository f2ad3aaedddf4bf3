#include "streams.h"

#include <stdlib.h>
#include <string.h>

#include "common/log/log.h"

void streams_init(struct streams *streams, const struct streams_limits *limits,
                  uint64_t now_ms)
{
    streams->limits = *limits;
    rate_init(&streams->total, limits->total_rate, now_ms);
}

void streams_set_limits(struct streams *streams,
                        const struct streams_limits *limits, uint64_t now_ms)
{
    struct stream_user *user, *next;

    streams_init(streams, limits, now_ms);
    HASH_ITER(hh, streams->users, user, next)
    {
        rate_init(&user->rate, limits->user_rate, now_ms);
    }
}

static void user_drop(struct streams *streams, struct stream_user *user)
{
    if (--user->streams > 0)
        return;
    HASH_DEL(streams->users, user);
    free(user->jid);
    free(user);
}

static void stream_free(struct streams *streams, struct stream *stream)
{
    HASH_DEL(streams->by_key, stream);
    if (stream->user)
        user_drop(streams, stream->user);
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

static struct stream_user *find_user(const struct streams *streams,
                                     struct str bare)
{
    struct stream_user *user;

    HASH_FIND(hh, streams->users, bare.p, bare.len, user);
    return user;
}

static struct stream_user *take_user(struct streams *streams, struct str bare,
                                     uint64_t now_ms)
{
    struct stream_user *user = find_user(streams, bare);

    if (!user) {
        user = NEW(struct stream_user);
        user->jid = str_dup_heap(bare);
        rate_init(&user->rate, streams->limits.user_rate, now_ms);
        HASH_ADD_KEYPTR(hh, streams->users, user->jid, bare.len, user);
    }
    user->streams++;
    return user;
}

static bool is_full(const struct streams *streams, struct str bare)
{
    const struct streams_limits *limits = &streams->limits;
    const struct stream_user *user = find_user(streams, bare);

    return (limits->max_streams && streams->active >= limits->max_streams) ||
           (limits->max_streams_per_user && user &&
            user->streams >= limits->max_streams_per_user);
}

static enum streams_result judge(struct streams *streams,
                                 const struct stream *stream, struct str bare)
{
    if (!stream)
        return STREAMS_UNKNOWN;
    if (stream->is_active)
        return STREAMS_ACTIVE;
    if (!stream->sides[0] || !stream->sides[1])
        return STREAMS_ONE_SIDE;
    return is_full(streams, bare) ? STREAMS_FULL : STREAMS_OK;
}

enum streams_result streams_activate(struct streams *streams, struct str sid,
                                     struct str initiator, struct str bare,
                                     struct str target, uint64_t now_ms)
{
    char key[SOCKS_KEY + 1];
    struct stream *stream;
    enum streams_result result;

    key_make(key, sid, initiator, target);
    HASH_FIND_STR(streams->by_key, key, stream);
    result = judge(streams, stream, bare);
    if (result != STREAMS_OK) {
        streams->refused++;
        return result;
    }
    stream->is_active = true;
    stream->sid = str_dup_heap(sid);
    stream->initiator = str_dup_heap(initiator);
    stream->target = str_dup_heap(target);
    stream->user = take_user(streams, bare, now_ms);
    stream->activated_ms = stream->moved_ms = now_ms;
    streams->active++;
    streams->start(streams->ctx, stream);
    return STREAMS_OK;
}

size_t streams_allowance(struct streams *streams, struct stream *stream,
                         uint64_t now_ms)
{
    size_t total = rate_allows(&streams->total, now_ms);
    size_t own = rate_allows(&stream->user->rate, now_ms);

    return total < own ? total : own;
}

void streams_moved(struct streams *streams, struct stream *stream,
                   unsigned side, size_t bytes, uint64_t now_ms)
{
    if (bytes == 0)
        return;
    rate_take(&streams->total, bytes);
    rate_take(&stream->user->rate, bytes);
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
    streams->active--;
    streams->transfers++;
    stream_free(streams, stream);
}
