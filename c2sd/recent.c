#include "recent.h"

#include <stdlib.h>
#include <string.h>
#include <utlist.h>

struct recent {
    struct recent *prev, *next;
    uint64_t seq; /* of the frame; 0: of an earlier epoch */
    int64_t noted_ms;
    int64_t until_ms; /* kept at least so long */
    size_t sid_count;
    size_t len;
    uint64_t sids[]; /* of the streams it went to; the origin lies behind */
};

static char *origin_of(struct recent *recent)
{
    return (char *)&recent->sids[recent->sid_count];
}

static void forget(struct recent **list, struct recent *recent)
{
    DL_DELETE(*list, recent);
    free(recent);
}

/* All below `low` have been discharged towards their senders. */
static void forget_below(struct recent **list, uint64_t low, int64_t now_ms)
{
    struct recent *recent, *next;

    DL_FOREACH_SAFE(*list, recent, next)
    {
        if (recent->seq && (recent->seq >= low || recent->until_ms > now_ms))
            break;
        if (recent->seq)
            forget(list, recent);
    }
}

void recent_note_many(struct recent **list, const struct frame *frame,
                      const uint64_t *sids, size_t count, int64_t now_ms)
{
    struct recent *recent;

    forget_below(list, frame->low, now_ms);
    if (!frame->origin.len || count == 0)
        return;
    recent =
        mem_zalloc(sizeof(*recent) + count * sizeof(*sids) + frame->origin.len);
    recent->seq = frame->seq;
    recent->noted_ms = now_ms;
    recent->until_ms = now_ms + RECENT_MS;
    recent->sid_count = count;
    recent->len = frame->origin.len;
    memcpy(recent->sids, sids, count * sizeof(*sids));
    memcpy(origin_of(recent), frame->origin.p, frame->origin.len);
    DL_APPEND(*list, recent);
}

void recent_note(struct recent **list, const struct frame *frame,
                 int64_t now_ms)
{
    recent_note_many(list, frame, &frame->sid, 1, now_ms);
}

void recent_keep(struct recent **list, int64_t until_ms)
{
    struct recent *recent;

    DL_FOREACH(*list, recent)
    if (recent->seq) {
        recent->seq = 0;
        recent->until_ms = until_ms;
    }
}

void recent_expire(struct recent **list, int64_t now_ms)
{
    while (*list && !(*list)->seq && (*list)->until_ms <= now_ms)
        forget(list, *list);
}

bool recent_reaches(const struct recent *list, int64_t ms)
{
    return list && list->noted_ms <= ms;
}

void recent_each(struct recent **list,
                 void (*visit)(void *ctx, uint64_t sid, struct str origin),
                 void *ctx)
{
    struct recent *recent;

    DL_FOREACH(*list, recent)
    for (size_t i = 0; i < recent->sid_count; i++)
        visit(ctx, recent->sids[i],
              (struct str){origin_of(recent), recent->len});
}

void recent_clear(struct recent **list)
{
    while (*list)
        forget(list, *list);
}
