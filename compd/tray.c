#include "tray.h"

#include <stdlib.h>
#include <string.h>

static void make_room(struct tray *tray)
{
    if (tray->first + tray->count < tray->cap)
        return;
    if (tray->first > tray->cap / 2) {
        memmove(tray->pieces, tray->pieces + tray->first,
                tray->count * sizeof(*tray->pieces));
        tray->first = 0;
        return;
    }
    tray->cap = tray->cap ? tray->cap * 2 : 16;
    tray->pieces = mem_realloc(tray->pieces, tray->cap * sizeof(*tray->pieces));
}

void tray_add(struct tray *tray, struct str body, struct channel *channel,
              uint64_t seq)
{
    make_room(tray);
    tray->pieces[tray->first + tray->count++] =
        (struct tray_piece){body.len, channel, seq};
    buf_add(&tray->bytes, body);
}

struct str tray_pending(const struct tray *tray)
{
    struct str all = buf_view(&tray->bytes);

    if (all.len == 0)
        return all;
    return (struct str){all.p + tray->sent, all.len - tray->sent};
}

/* Takes the first piece out; its bytes stay in the buffer. */
static struct tray_piece pop(struct tray *tray)
{
    struct tray_piece piece = tray->pieces[tray->first++];

    if (--tray->count == 0)
        tray->first = 0;
    return piece;
}

void tray_written(struct tray *tray, size_t count,
                  void (*whole)(void *ctx, const struct tray_piece *piece),
                  void *ctx)
{
    tray->sent += count;
    while (tray->count > 0 && tray->pieces[tray->first].length <= tray->sent) {
        struct tray_piece piece = pop(tray);

        tray->sent -= piece.length;
        buf_consume(&tray->bytes, piece.length);
        whole(ctx, &piece);
    }
    if (tray->count == 0)
        buf_reset(&tray->bytes);
}

void tray_drain(struct tray *tray,
                void (*visit)(void *ctx, const struct tray_piece *piece,
                              struct str body),
                void *ctx)
{
    struct tray kept = {0};
    bool broken = tray->sent > 0;

    while (tray->count > 0) {
        struct tray_piece piece = pop(tray);
        struct str body = {buf_view(&tray->bytes).p, piece.length};

        if (piece.channel)
            visit(ctx, &piece, body);
        else if (!broken)
            tray_add(&kept, body, NULL, 0);
        buf_consume(&tray->bytes, piece.length);
    }
    tray_clear(tray);
    *tray = kept;
}

void tray_clear(struct tray *tray)
{
    buf_clear(&tray->bytes);
    free(tray->pieces);
    *tray = (struct tray){0};
}
