#include "mem.h"

#include <stdio.h>
#include <malloc.h>
#include <stdlib.h>

static void *check(void *memory)
{
    if (!memory) {
        (void)fputs("out of memory\n", stderr);
        abort();
    }
    return memory;
}

/* glibc gives memory back at the first 128 KiB and asks for it again in the
 * next loop turn, page by page. */
void mem_tune(void)
{
    (void)mallopt(M_MMAP_THRESHOLD, 1 << 20);
    (void)mallopt(M_TRIM_THRESHOLD, 4 << 20);
    (void)mallopt(M_TOP_PAD, 256 << 10);
}

void *mem_alloc(size_t size)
{
    return check(malloc(size ? size : 1));
}

void *mem_zalloc(size_t size)
{
    return check(calloc(1, size ? size : 1));
}

void *mem_realloc(void *old, size_t size)
{
    return check(realloc(old, size ? size : 1));
}

bool error_set(struct error *error, const char *format, ...)
{
    va_list args;

    if (error) {
        va_start(args, format);
        (void)vsnprintf(error->text, sizeof(error->text), format, args);
        va_end(args);
    }
    return false;
}
