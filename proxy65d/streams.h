/* The bytestreams of one process, without I/O: which two connections belong
 * together, who may activate them, and what they have carried. */
#ifndef POSTHOUSE_STREAMS_H
#define POSTHOUSE_STREAMS_H

#include "common/mem/hash.h"

#include "key.h"
#include "quota.h"

struct stream {
    char key[SOCKS_KEY + 1];
    void *sides[2]; /* the shell's connections; NULL: not there yet */
    bool is_active;
    char *sid, *initiator, *target; /* NULL before the activation */
    struct quota_user *user;        /* NULL before the activation */
    uint64_t activated_ms;
    uint64_t moved_ms; /* when bytes came, or went on, last */
    uint64_t bytes[2]; /* that came from each side */
    UT_hash_handle hh;
};

/* Zeroed, but for quota, start and ctx, which are the caller's to set. */
struct streams {
    struct stream *by_key;
    struct quota *quota;
    /* The stream is active: both sides may move their bytes. */
    void (*start)(void *ctx, struct stream *stream);
    void *ctx;
    uint64_t transfers, bytes, refused; /* for <stats/> */
};

/* Frees all; the connections are the shell's. */
void streams_clear(struct streams *streams);

/* A connection asked for this key. NULL when two have done so already: a third
 * gets nothing. */
MUST_CHECK struct stream *streams_join(struct streams *streams, const char *key,
                                       void *side);
/* A connection is gone before the activation; frees the stream with its last
 * side. */
void streams_leave(struct streams *streams, struct stream *stream,
                   const void *side);

enum streams_result {
    STREAMS_OK,
    STREAMS_UNKNOWN,  /* nobody has asked for this key */
    STREAMS_ONE_SIDE, /* one of the two is not connected */
    STREAMS_ACTIVE,   /* it is active already */
    STREAMS_FULL      /* a limit is reached */
};
/* The initiator asks for the activation; bare is his bare JID. Borrowed. */
MUST_CHECK enum streams_result
streams_activate(struct streams *streams, struct str sid, struct str initiator,
                 struct str bare, struct str target, uint64_t now_ms);

/* Bytes that may come from either side now. */
size_t streams_allowance(struct streams *streams, const struct stream *stream,
                         uint64_t now_ms);
/* Bytes came from a side and count against the quota. */
void streams_moved(struct streams *streams, struct stream *stream,
                   unsigned side, size_t bytes, uint64_t now_ms);
/* An active stream is over: writes its one line to the log and frees it. */
void streams_end(struct streams *streams, struct stream *stream,
                 const char *reason, uint64_t now_ms);

#endif
