#include "writer.h"

/* The more is under way, the more a busy receiver finds at once, and writes on
 * with one call; by itself the kernel takes 208 KiB. */
#define SEND_BUFFER (1 << 20)

void writer_begin(struct writer *writer, uv_stream_t *stream)
{
    int size = SEND_BUFFER;

    writer->stream = stream;
    /* It gives what its own limit lets it. */
    (void)uv_send_buffer_size((uv_handle_t *)stream, &size);
}

static void on_written(uv_write_t *request, int status)
{
    struct writer *writer = request->data;

    /* A failure also ends the reading side, which tells. */
    (void)status;
    writer->is_busy = false;
    buf_reset(&writer->sending);
}

bool writer_flush(struct writer *writer, struct buf *pending)
{
    struct buf gathered = *pending;
    uv_buf_t bytes;
    int written;

    if (writer->is_busy || buf_len(pending) == 0)
        return true;
    *pending = writer->sending;
    writer->sending = gathered;
    bytes = uv_buf_init(gathered.data + gathered.start,
                        (unsigned)buf_len(&gathered));
    written = uv_try_write(writer->stream, &bytes, 1);
    if (written < 0 && written != UV_EAGAIN)
        return false;
    if (written > 0)
        buf_consume(&writer->sending, (size_t)written);
    if (buf_len(&writer->sending) == 0) {
        buf_reset(&writer->sending);
        return true;
    }
    bytes = uv_buf_init(writer->sending.data + writer->sending.start,
                        (unsigned)buf_len(&writer->sending));
    writer->request.data = writer;
    writer->is_busy = true;
    return uv_write(&writer->request, writer->stream, &bytes, 1, on_written) ==
           0;
}

void writer_clear(struct writer *writer)
{
    buf_clear(&writer->sending);
    writer->is_busy = false;
}
