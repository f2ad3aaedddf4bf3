#include "spare.h"

void spare_take(struct spare *spare, struct buf *buf)
{
    if (buf->data)
        return;
    if (spare->count > 0)
        *buf = spare->buffers[--spare->count];
    else
        (void)buf_reserve(buf, SPARE_BYTES);
}

void spare_give(struct spare *spare, struct buf *buf)
{
    buf_reset(buf);
    /* What has grown is not kept for who needs less. */
    if (buf->cap != SPARE_BYTES || spare->count == SPARE_BUFFERS) {
        buf_clear(buf);
        return;
    }
    spare->buffers[spare->count++] = *buf;
    *buf = (struct buf){0};
}

void spare_clear(struct spare *spare)
{
    while (spare->count > 0)
        buf_clear(&spare->buffers[--spare->count]);
}
