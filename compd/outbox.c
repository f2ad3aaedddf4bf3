#include "outbox.h"

#include <stdlib.h>
#include <string.h>

static void make_room(struct outbox *outbox)
{
    if (outbox->first + outbox->count < outbox->cap)
        return;
    if (outbox->first > outbox->cap / 2) {
        memmove(outbox->pieces, outbox->pieces + outbox->first,
                outbox->count * sizeof(*outbox->pieces));
        outbox->first = 0;
        return;
    }
    outbox->cap = outbox->cap ? outbox->cap * 2 : 16;
    outbox->pieces =
        mem_realloc(outbox->pieces, outbox->cap * sizeof(*outbox->pieces));
}

void outbox_add(struct outbox *outbox, struct str body, struct channel *channel,
                uint64_t seq)
{
    make_room(outbox);
    outbox->pieces[outbox->first + outbox->count++] =
        (struct outbox_piece){body.len, channel, seq};
    buf_add(&outbox->bytes, body);
}

struct str outbox_pending(const struct outbox *outbox)
{
    struct str all = buf_view(&outbox->bytes);

    if (all.len == 0)
        return all;
    return (struct str){all.p + outbox->sent, all.len - outbox->sent};
}

/* Takes the first piece out; its bytes stay in the buffer. */
static struct outbox_piece pop(struct outbox *outbox)
{
    struct outbox_piece piece = outbox->pieces[outbox->first++];

    if (--outbox->count == 0)
        outbox->first = 0;
    return piece;
}

void outbox_written(struct outbox *outbox, size_t count,
                    void (*whole)(void *ctx, const struct outbox_piece *piece),
                    void *ctx)
{
    outbox->sent += count;
    while (outbox->count > 0 &&
           outbox->pieces[outbox->first].length <= outbox->sent) {
        struct outbox_piece piece = pop(outbox);

        outbox->sent -= piece.length;
        buf_consume(&outbox->bytes, piece.length);
        whole(ctx, &piece);
    }
    if (outbox->count == 0)
        buf_reset(&outbox->bytes);
}

void outbox_drain(struct outbox *outbox,
                  void (*visit)(void *ctx, const struct outbox_piece *piece,
                                struct str body),
                  void *ctx)
{
    struct outbox kept = {0};
    bool broken = outbox->sent > 0;

    while (outbox->count > 0) {
        struct outbox_piece piece = pop(outbox);
        struct str body = {buf_view(&outbox->bytes).p, piece.length};

        if (piece.channel)
            visit(ctx, &piece, body);
        else if (!broken)
            outbox_add(&kept, body, NULL, 0);
        buf_consume(&outbox->bytes, piece.length);
    }
    outbox_clear(outbox);
    *outbox = kept;
}

void outbox_clear(struct outbox *outbox)
{
    buf_clear(&outbox->bytes);
    free(outbox->pieces);
    *outbox = (struct outbox){0};
}
