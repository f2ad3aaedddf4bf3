#include "codec.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/random.h>

void random_bytes(void *into, size_t count)
{
    char *at = into;

    while (count > 0) {
        ssize_t got = getrandom(at, count, 0);

        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            abort(); /* without randomness no secret is one */
        at += got;
        count -= (size_t)got;
    }
}

struct str random_id(struct arena *arena, size_t chars)
{
    static const char letters[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    char *text = arena_bytes(arena, chars + 1);

    random_bytes(text, chars);
    for (size_t i = 0; i < chars; i++)
        text[i] = letters[(unsigned char)text[i] & 63];
    text[chars] = '\0';
    return (struct str){text, chars};
}
