#include "mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LEAST_CAPACITY 256u

void buf_grow(struct buf *buf, size_t more)
{
    size_t length = buf_len(buf);

    /* Moving is worth it only when it frees at least half of the buffer. */
    if (buf->data && buf->start >= buf->cap / 2 && buf->cap - length >= more) {
        memmove(buf->data, buf->data + buf->start, length);
    } else {
        size_t cap = buf->cap ? buf->cap : LEAST_CAPACITY;
        char *data;

        while (cap - length < more)
            cap *= 2;
        data = mem_alloc(cap);
        if (length)
            memcpy(data, buf->data + buf->start, length);
        free(buf->data);
        buf->data = data;
        buf->cap = cap;
    }
    buf->start = 0;
    buf->end = length;
}

char *u64_write(char *into, uint64_t value)
{
    char digits[20];
    size_t at = sizeof(digits);

    do {
        digits[--at] = (char)('0' + value % 10);
        value /= 10;
    } while (value);
    memcpy(into, digits + at, sizeof(digits) - at);
    return into + sizeof(digits) - at;
}

void buf_add_u64(struct buf *buf, uint64_t value)
{
    char *at = buf_reserve(buf, 20);

    buf_added(buf, (size_t)(u64_write(at, value) - at));
}

void buf_printf(struct buf *buf, const char *format, ...)
{
    va_list args;
    int length;

    va_start(args, format);
    length = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (length < 0)
        abort(); /* a format of our own that libc refuses */
    va_start(args, format);
    (void)vsnprintf(buf_reserve(buf, (size_t)length + 1), (size_t)length + 1,
                    format, args);
    va_end(args);
    buf->end += (size_t)length;
}

void buf_consume(struct buf *buf, size_t count)
{
    buf->start += count;
    if (buf->start == buf->end)
        buf_reset(buf);
}

void buf_reset(struct buf *buf)
{
    buf->start = 0;
    buf->end = 0;
}

void buf_clear(struct buf *buf)
{
    free(buf->data);
    *buf = (struct buf){0};
}
