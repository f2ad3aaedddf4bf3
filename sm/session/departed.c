#include "sm/session/departed.h"

#include <stdlib.h>
#include <string.h>
#include "common/mem/hash.h"

struct departed {
    UT_hash_handle hh;
    char key[]; /* bare JID and origin, a space between */
};

static struct str key_of(struct arena *arena, struct str bare,
                         struct str origin)
{
    return arena_printf(arena, "%.*s %.*s", STR_ARG(bare), STR_ARG(origin));
}

static struct departed *find(const struct sm *sm, struct str key)
{
    struct departed *departed;

    HASH_FIND(hh, sm->departed, key.p, key.len, departed);
    return departed;
}

/* A hash shows its rows in the order in which they came. */
static void forget_oldest(struct sm *sm)
{
    struct departed *oldest = sm->departed;

    HASH_DEL(sm->departed, oldest);
    free(oldest);
}

void departed_note(struct sm *sm, struct str bare, struct str origin)
{
    struct str key = key_of(&sm->arena, bare, origin);
    struct departed *departed;

    if (find(sm, key))
        return;
    if (HASH_COUNT(sm->departed) >= DEPARTED_MAX)
        forget_oldest(sm);
    departed = mem_zalloc(sizeof(*departed) + key.len);
    memcpy(departed->key, key.p, key.len);
    HASH_ADD(hh, sm->departed, key, key.len, departed);
}

bool departed_had(const struct sm *sm, struct str bare, struct str origin)
{
    struct arena arena = {0};
    bool had;

    if (!sm->departed || !origin.len)
        return false;
    had = find(sm, key_of(&arena, bare, origin)) != NULL;
    arena_clear(&arena);
    return had;
}

void departed_clear(struct sm *sm)
{
    while (sm->departed)
        forget_oldest(sm);
}
