#include "mem.h"

#include <stdio.h>
#include <stdlib.h>

static void *check(void *memory)
{
    if (!memory) {
        (void)fputs("out of memory\n", stderr);
        abort();
    }
    return memory;
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
