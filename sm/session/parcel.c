#include "sm/session/parcel.h"

#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "common/link/parcel.h"
#include "sm/session/seen.h"
#include "sm/session/session_queue.h"

/* One frame to one c2sd, and its channel's cookie. */
struct parcel {
    enum cargo cargo;
    struct parcel *next;
    struct channel *channel;
    struct buf to;
    size_t count, cap;
    struct queued **queued; /* of each receiver, each stanza */
};

struct shared *shared_new(struct str bytes, bool is_solid)
{
    struct shared *shared = mem_alloc(sizeof(*shared) + bytes.len);

    *shared = (struct shared){.holders = 1,
                              .is_solid = is_solid,
                              .head = parcel_head(bytes),
                              .len = bytes.len};
    memcpy(shared->bytes, bytes.p, bytes.len);
    return shared;
}

void shared_drop(struct shared *shared)
{
    if (--shared->holders == 0)
        free(shared);
}

/* --- receivers ------------------------------------------------------------ */

static struct parcel *parcel_to(struct parcels *parcels,
                                struct channel *channel)
{
    struct parcel *parcel;

    LL_FOREACH(parcels->first, parcel)
    if (parcel->channel == channel)
        return parcel;
    parcel = NEW(struct parcel);
    parcel->cargo = CARGO_PARCEL;
    parcel->channel = channel;
    LL_PREPEND(parcels->first, parcel);
    return parcel;
}

static void hold(struct parcel *parcel, struct queued *queued)
{
    if (parcel->count == parcel->cap) {
        parcel->cap = parcel->cap ? 2 * parcel->cap : 16;
        parcel->queued =
            mem_realloc(parcel->queued, parcel->cap * sizeof(struct queued *));
    }
    queued->sent++;
    parcel->queued[parcel->count++] = queued;
}

void parcels_add(struct parcels *parcels, struct session *session)
{
    struct channel *channel = session->key.channel;
    struct parcel *parcel = channel ? parcel_to(parcels, channel) : NULL;

    if (session->seen &&
        seen_take(session, queued_origin(parcels->sm, parcels->duty)))
        return;
    if (parcel)
        parcel_add_receiver(&parcel->to, session->key.sid, session->out + 1);
    for (size_t i = 0; i < parcels->count; i++) {
        struct queued *queued =
            session_enqueue_shared(session, parcels->duty, parcels->stanzas[i]);

        if (parcel)
            hold(parcel, queued);
        else
            session_store_queued(session, queued);
    }
}

/* --- sending -------------------------------------------------------------- */

/* The stanzas, one behind the other, and their lengths. */
static void pack(const struct parcels *parcels, struct buf *stanzas,
                 struct buf *lens)
{
    for (size_t i = 0; i < parcels->count; i++) {
        const struct shared *shared = parcels->stanzas[i];

        buf_add(stanzas, (struct str){shared->bytes, shared->len});
        parcel_add_len(lens, shared->len);
    }
}

static void send_one(struct parcels *parcels, struct parcel *parcel,
                     struct parcel_text *text)
{
    struct buf *out = &parcels->sm->out;
    struct frame frame = {
        .origin = queued_origin(parcels->sm, parcels->duty),
    };

    text->to = buf_view(&parcel->to);
    buf_reset(out);
    parcel_write(out, text);
    frame.body = buf_view(out);
    channel_send(parcel->channel, &frame, parcel);
    buf_clear(&parcel->to);
    for (size_t i = 0; i < parcel->count; i += parcels->count)
        session_check_queue(parcel->queued[i]->session);
}

void parcels_send(struct parcels *parcels)
{
    struct parcel_text text = {0};
    struct buf stanzas = {0}, lens = {0};
    struct parcel *parcel;

    if (!parcels->first)
        return;
    pack(parcels, &stanzas, &lens);
    text.stanzas = buf_view(&stanzas);
    text.lens = buf_view(&lens);
    while ((parcel = parcels->first)) {
        LL_DELETE(parcels->first, parcel);
        send_one(parcels, parcel, &text);
    }
    buf_clear(&stanzas);
    buf_clear(&lens);
}

void parcel_discharged(struct parcel *parcel)
{
    for (size_t i = 0; i < parcel->count; i++)
        queued_discharged(parcel->queued[i]);
    free(parcel->queued);
    free(parcel);
}
