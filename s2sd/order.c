/* The order of SRV records (RFC 2782). */
#include <stdlib.h>

#include "resolver.h"

static int by_priority(const void *left, const void *right)
{
    const struct place *a = left, *b = right;

    if (a->priority != b->priority)
        return a->priority < b->priority ? -1 : 1;
    return (a->weight > 0) - (b->weight > 0); /* those of weight 0 first */
}

static void swap(struct place *a, struct place *b)
{
    struct place c = *a;

    *a = *b;
    *b = c;
}

/* Among equals each is next with the chance of its weight. */
static void draw(struct place *places, size_t count, uint32_t (*random)(void))
{
    for (size_t done = 0; done + 1 < count; done++) {
        uint32_t sum = 0, point;
        size_t chosen = done;

        for (size_t i = done; i < count; i++)
            sum += places[i].weight;
        point = sum ? random() % (sum + 1) : 0;
        for (sum = places[done].weight; sum < point;
             sum += places[chosen].weight)
            chosen++;
        swap(&places[done], &places[chosen]);
    }
}

void resolver_order(struct place *places, size_t count,
                    uint32_t (*random)(void))
{
    size_t first = 0;

    qsort(places, count, sizeof(*places), by_priority);
    for (size_t i = 1; i <= count; i++) {
        if (i < count && places[i].priority == places[first].priority)
            continue;
        draw(places + first, i - first, random);
        first = i;
    }
}
