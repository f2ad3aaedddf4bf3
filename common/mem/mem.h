/* Memory: slices, arenas and growing buffers.
 *
 * Allocators never return NULL: a process without memory says so on standard
 * error and aborts; the suite loses nothing by it. */
#ifndef POSTHOUSE_MEM_H
#define POSTHOUSE_MEM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdarg.h>
#include <string.h>

#define MUST_CHECK             __attribute__((warn_unused_result))
#define PRINTF_LIKE(fmt, args) __attribute__((format(printf, fmt, args)))
#define COUNT_OF(array)        (sizeof(array) / sizeof((array)[0]))

/* A borrowed slice of bytes, not terminated. {NULL, 0} means absent; an empty
 * but present value has a non-NULL pointer. */
struct str {
    const char *p;
    size_t len;
};

/* A slice of a string literal, and an absent one. */
#define STR(literal) ((struct str){"" literal, sizeof(literal) - 1})
#define STR_NONE     ((struct str){NULL, 0})
/* For printf's "%.*s". */
#define STR_ARG(s) (int)(s).len, (s).p ? (s).p : ""

/* The slice of a NUL-terminated string; NULL gives STR_NONE. Borrowed. */
static inline struct str str_of(const char *text)
{
    return text ? (struct str){text, strlen(text)} : STR_NONE;
}
/* Whether both hold the same bytes (absent equals empty). */
static inline bool str_eq(struct str a, struct str b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.p, b.p, a.len) == 0);
}
/* Whether s equals the NUL-terminated text. */
static inline bool str_is(struct str s, const char *text)
{
    return str_eq(s, str_of(text));
}
/* Whether s begins with prefix. */
bool str_starts(struct str s, struct str prefix);
/* Whether both are equal when ASCII letters are folded. */
bool str_eq_nocase(struct str a, struct str b);
/* Cuts *rest at the first `separator`: returns what stands before it and leaves
 * in *rest what stands behind (STR_NONE when there was no separator). */
struct str str_cut(struct str *rest, char separator);
/* Without spaces and tabs at its ends; a slice of it. */
struct str str_trim(struct str s);
/* Orders bytes as memcmp does, the shorter first. */
int str_cmp(struct str a, struct str b);
/* Reads an unsigned decimal of the whole slice. False on anything else or on
 * overflow; *value is then untouched. */
MUST_CHECK bool str_to_u64(struct str s, uint64_t *value);
/* The same for a signed decimal. */
MUST_CHECK bool str_to_i64(struct str s, int64_t *value);
/* A NUL-terminated heap copy (never NULL, absent gives ""); free() it. */
char *str_dup_heap(struct str s);
/* A heap copy as a slice; free((char *)s.p) it. Absent stays absent. */
struct str str_dup(struct str s);
/* Compares in time that depends on the lengths alone. */
bool str_eq_constant_time(struct str a, struct str b);

/* Sets how much freed memory the process keeps for itself: some MiB. */
void mem_tune(void);
/* malloc, calloc, realloc that abort instead of returning NULL. */
void *mem_alloc(size_t size);
/* Zeroed. */
void *mem_zalloc(size_t size);
/* As realloc(3); `old` may be NULL. */
void *mem_realloc(void *old, size_t size);
/* A zeroed heap object of a type. */
#define NEW(type) ((type *)mem_zalloc(sizeof(type)))

/* An arena: memory that is freed all at once. Zeroed struct = empty arena. The
 * first block is kept by arena_reset so that a hot path allocates nothing. */
struct arena_block;
struct arena {
    struct arena_block *first;
    struct arena_block *current;
    size_t total; /* bytes handed out since the last reset */
};
/* Zeroed memory, aligned for any type; lives until reset or clear. */
void *arena_alloc(struct arena *arena, size_t size);
/* Not zeroed and not aligned: for bytes. */
char *arena_bytes(struct arena *arena, size_t size);
/* A copy (NUL behind it, not counted). Absent stays absent. */
struct str arena_dup(struct arena *arena, struct str s);
/* printf into the arena; NUL behind it, not counted. */
struct str arena_printf(struct arena *arena, const char *format, ...)
    PRINTF_LIKE(2, 3);
/* Forgets everything, keeps one block for reuse. */
void arena_reset(struct arena *arena);
/* Frees everything; the arena is empty and usable again. */
void arena_clear(struct arena *arena);

/* A growing byte buffer with a read position: append at the end, consume at the
 * front. Zeroed struct = empty buffer without memory. */
struct buf {
    char *data;
    size_t start; /* first byte not yet consumed */
    size_t end;   /* one behind the last byte */
    size_t cap;
};
/* The bytes not yet consumed; borrowed until the next append or consume. */
static inline struct str buf_view(const struct buf *buf)
{
    return buf->data
               ? (struct str){buf->data + buf->start, buf->end - buf->start}
               : STR("");
}
/* How many bytes are not yet consumed. */
static inline size_t buf_len(const struct buf *buf)
{
    return buf->end - buf->start;
}
/* More memory for `more` bytes, of which buf_reserve has found that it needs.
 */
void buf_grow(struct buf *buf, size_t more);
/* Makes room for `more` bytes and returns where they go; buf_added() tells how
 * many were written there. */
static inline char *buf_reserve(struct buf *buf, size_t more)
{
    if (buf->cap - buf->end < more || !buf->data)
        buf_grow(buf, more);
    return buf->data + buf->end;
}
/* So many bytes were written where buf_reserve said. */
static inline void buf_added(struct buf *buf, size_t count)
{
    buf->end += count;
}
/* Appends a copy of the bytes. */
static inline void buf_add(struct buf *buf, struct str bytes)
{
    if (bytes.len == 0)
        return;
    memcpy(buf_reserve(buf, bytes.len), bytes.p, bytes.len);
    buf->end += bytes.len;
}
/* Appends one byte. */
static inline void buf_add_char(struct buf *buf, char c)
{
    *buf_reserve(buf, 1) = c;
    buf->end++;
}
/* Appends a C string without its NUL. */
static inline void buf_add_text(struct buf *buf, const char *text)
{
    buf_add(buf, str_of(text));
}
/* In decimal, without a NUL; returns behind the last digit. `into` has room for
 * 20 bytes. */
char *u64_write(char *into, uint64_t value);
/* Appends a number in decimal. */
void buf_add_u64(struct buf *buf, uint64_t value);
/* Appends formatted text. */
void buf_printf(struct buf *buf, const char *format, ...) PRINTF_LIKE(2, 3);
/* Drops `count` bytes at the front. */
void buf_consume(struct buf *buf, size_t count);
/* Empty, memory kept. */
void buf_reset(struct buf *buf);
/* Empty, memory freed. */
void buf_clear(struct buf *buf);

/* Text of an error for a person, filled by whoever fails. */
struct error {
    char text[512];
};
/* Fills in the text; a NULL error is allowed. Always returns false, so that
 * `return error_set(error, …)` refuses. */
bool error_set(struct error *error, const char *format, ...) PRINTF_LIKE(2, 3);

#endif
