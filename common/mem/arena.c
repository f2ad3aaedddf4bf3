#include "mem.h"

#include <stdalign.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_BLOCK 2048u
#define LARGE_BLOCK (64u << 10)

struct arena_block {
    struct arena_block *next;
    size_t used;
    size_t cap;
    alignas(max_align_t) char data[];
};

static struct arena_block *block_new(size_t cap)
{
    struct arena_block *block = mem_alloc(sizeof(*block) + cap);

    block->next = NULL;
    block->used = 0;
    block->cap = cap;
    return block;
}

static struct arena_block *block_with_room(struct arena *arena, size_t size)
{
    struct arena_block *block = arena->current;
    size_t cap = block ? block->cap * 2 : FIRST_BLOCK;

    if (block && block->cap - block->used >= size)
        return block;
    if (cap > LARGE_BLOCK)
        cap = LARGE_BLOCK;
    if (cap < size)
        cap = size;
    arena->current = block_new(cap);
    if (block)
        block->next = arena->current;
    else
        arena->first = arena->current;
    return arena->current;
}

char *arena_bytes(struct arena *arena, size_t size)
{
    struct arena_block *block = block_with_room(arena, size);
    char *bytes = block->data + block->used;

    block->used += size;
    arena->total += size;
    return bytes;
}

void *arena_alloc(struct arena *arena, size_t size)
{
    size_t align = alignof(max_align_t);
    struct arena_block *block;
    char *bytes;

    if (arena->current)
        arena->current->used =
            (arena->current->used + align - 1) / align * align;
    if (arena->current && arena->current->used > arena->current->cap)
        arena->current->used = arena->current->cap;
    block = block_with_room(arena, size);
    bytes = block->data + block->used;
    block->used += size;
    arena->total += size;
    return memset(bytes, 0, size);
}

struct str arena_dup(struct arena *arena, struct str s)
{
    char *copy;

    if (!s.p)
        return STR_NONE;
    copy = arena_bytes(arena, s.len + 1);
    if (s.len)
        memcpy(copy, s.p, s.len);
    copy[s.len] = '\0';
    return (struct str){copy, s.len};
}

struct str arena_printf(struct arena *arena, const char *format, ...)
{
    va_list args;
    int length;
    char *text;

    va_start(args, format);
    length = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (length < 0)
        abort(); /* a format of our own that libc refuses */
    text = arena_bytes(arena, (size_t)length + 1);
    va_start(args, format);
    (void)vsnprintf(text, (size_t)length + 1, format, args);
    va_end(args);
    return (struct str){text, (size_t)length};
}

static void free_blocks(struct arena_block *block)
{
    while (block) {
        struct arena_block *next = block->next;
        free(block);
        block = next;
    }
}

void arena_reset(struct arena *arena)
{
    if (!arena->first)
        return;
    free_blocks(arena->first->next);
    arena->first->next = NULL;
    arena->first->used = 0;
    arena->current = arena->first;
    arena->total = 0;
}

void arena_clear(struct arena *arena)
{
    free_blocks(arena->first);
    *arena = (struct arena){0};
}
