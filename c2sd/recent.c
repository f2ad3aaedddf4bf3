#include "recent.h"

#include <stdlib.h>
#include <string.h>
#include <utlist.h>

struct recent {
    struct recent *prev, *next;
    uint64_t seq;     /* of the frame; 0: of an earlier epoch */
    int64_t until_ms; /* with seq 0 */
    uint64_t sid;
    size_t len;
    char origin[];
};

static void forget(struct recent **list, struct recent *recent)
{
    DL_DELETE(*list, recent);
    free(recent);
}

void recent_note(struct recent **list, const struct frame *frame)
{
    struct recent *recent, *next;

    DL_FOREACH_SAFE(*list, recent, next)
    {
        if (recent->seq && recent->seq >= frame->low)
            break;
        if (recent->seq)
            forget(list, recent);
    }
    if (frame->origin.len) {
        recent = mem_zalloc(sizeof(*recent) + frame->origin.len);
        recent->seq = frame->seq;
        recent->sid = frame->sid;
        recent->len = frame->origin.len;
        memcpy(recent->origin, frame->origin.p, frame->origin.len);
        DL_APPEND(*list, recent);
    }
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

void recent_each(struct recent **list,
                 void (*visit)(void *ctx, uint64_t sid, struct str origin),
                 void *ctx)
{
    struct recent *recent;

    DL_FOREACH(*list, recent)
    visit(ctx, recent->sid, (struct str){recent->origin, recent->len});
}

void recent_clear(struct recent **list)
{
    while (*list)
        forget(list, *list);
}
