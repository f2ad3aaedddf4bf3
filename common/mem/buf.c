#include "mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LEAST_CAPACITY 256u

struct str buf_view(const struct buf *buf)
{
    if (!buf->data)
        return STR("");
    return (struct str){buf->data + buf->start, buf->end - buf->start};
}

size_t buf_len(const struct buf *buf)
{
    return buf->end - buf->start;
}

char *buf_reserve(struct buf *buf, size_t more)
{
    size_t length = buf_len(buf);

    if (buf->cap - buf->end >= more && buf->data)
        return buf->data + buf->end;
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
    return buf->data + buf->end;
}

void buf_added(struct buf *buf, size_t count)
{
    buf->end += count;
}

void buf_add(struct buf *buf, struct str bytes)
{
    if (bytes.len == 0)
        return;
    memcpy(buf_reserve(buf, bytes.len), bytes.p, bytes.len);
    buf->end += bytes.len;
}

void buf_add_char(struct buf *buf, char c)
{
    *buf_reserve(buf, 1) = c;
    buf->end++;
}

void buf_add_text(struct buf *buf, const char *text)
{
    buf_add(buf, str_of(text));
}

void buf_add_u64(struct buf *buf, uint64_t value)
{
    char digits[20];
    size_t at = sizeof(digits);

    do {
        digits[--at] = (char)('0' + value % 10);
        value /= 10;
    } while (value);
    buf_add(buf, (struct str){digits + at, sizeof(digits) - at});
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
