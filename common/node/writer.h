/* Gathered writing to a stream: what was appended to a buffer since the last
 * time leaves in one write. Shared by the daemons' end of the link and by
 * routerd's. */
#ifndef POSTHOUSE_WRITER_H
#define POSTHOUSE_WRITER_H

#include <uv.h>
#include "../mem/mem.h"

/* Zeroed until writer_begin. */
struct writer {
    uv_stream_t *stream;
    uv_write_t request;
    struct buf sending; /* with the kernel or on its way to it */
    bool is_busy;
};

/* A connected stream, whose kernel is asked to hold more of what is written. */
void writer_begin(struct writer *writer, uv_stream_t *stream);
/* Writes all of `pending`, which is empty afterwards, unless an earlier write
 * is still under way: then nothing happens until the next call. False when the
 * connection is broken. */
MUST_CHECK bool writer_flush(struct writer *writer, struct buf *pending);
/* Only when the stream has been closed. */
void writer_clear(struct writer *writer);

#endif
