/* What was sent to a client and is not his yet. c2sd is its second holder: a
 * session manager that comes back without memory gets it from here. Before
 * XEP-0198 a stanza is the client's when the kernel has taken it, with it when
 * he has acknowledged it. */
#include <stdlib.h>
#include <string.h>

#include "client.h"
#include "common/link/control.h"
#include "parcel.h"

/* Places that an idle client keeps. */
#define PLACES_KEPT 8

static struct held *oldest(struct client *client)
{
    return &client->held[client->held_first];
}

static void make_room(struct client *client)
{
    size_t end = client->held_first + client->held_count;

    if (end < client->held_cap)
        return;
    if (client->held_first > end / 2) {
        memmove(client->held, oldest(client),
                client->held_count * sizeof(*client->held));
        client->held_first = 0;
        return;
    }
    client->held_cap = end ? 2 * end : PLACES_KEPT;
    client->held =
        mem_realloc(client->held, client->held_cap * sizeof(*client->held));
}

void client_hold(struct client *client, const struct frame *frame)
{
    make_room(client);
    client->held[client->held_first + client->held_count++] = (struct held){
        .n = frame->n,
        .end = client->out_end,
        .seq = frame->seq,
        .len = (uint32_t)frame->body.len,
        .at = (uint32_t)frame->origin.len,
    };
    buf_add(&client->held_bytes, frame->body);
    buf_add(&client->held_bytes, frame->origin);
}

void client_hold_part(struct client *client, struct parcel *parcel, uint64_t n,
                      struct str stanza)
{
    bool waits = !client->is_managed || client->is_owed;

    make_room(client);
    client->held[client->held_first + client->held_count++] = (struct held){
        .n = n,
        .end = client->out_end,
        .seq = waits ? parcel_seq(parcel) : 0,
        .len = (uint32_t)stanza.len,
        .at = parcel_hold(parcel, stanza, waits),
        .parcel = parcel,
    };
}

/* sm waits for no discharge: it has restored it from our copy, or knows that it
 * is held here. */
static void tell_written(struct client *client, uint64_t n)
{
    struct buf *out = &client->c2sd->scratch;

    buf_reset(out);
    buf_printf(out, "<" CTL_SESSION_ACKED " xmlns='" NS_LINK "' n='%llu'/>",
               (unsigned long long)n);
    client_control(client, client->sm, out);
}

/* Its bytes are not needed any more, and its frame is discharged. */
static void let_go(struct client *client, const struct held *held)
{
    if (held->parcel)
        parcel_drop(held->parcel, held->seq > 0);
    else if (held->seq)
        channel_discharge(client->sm, held->seq);
}

static void drop_oldest(struct client *client)
{
    struct held held = *oldest(client);

    if (!held.parcel)
        buf_consume(&client->held_bytes, held.len + held.at);
    client->held_first++;
    client->held_count--;
    let_go(client, &held);
    if (held.seq)
        return;
    if (held.n > client->out_acked) /* managed ones are acked by now */
        tell_written(client, held.n);
}

static bool is_his(const struct client *client, const struct held *held)
{
    if (client->is_managed && held->n > client->out_base)
        return held->n <= client->out_acked;
    return held->end <= client->out_written;
}

static void give_room_back(struct client *client)
{
    if (client->held_count > 0)
        return;
    client->held_first = 0;
    buf_clear(&client->held_bytes);
    if (client->held_cap <= PLACES_KEPT)
        return;
    free(client->held);
    client->held = NULL;
    client->held_cap = 0;
}

void client_trim_held(struct client *client)
{
    while (client->held_count > 0 && is_his(client, oldest(client)))
        drop_oldest(client);
    give_room_back(client);
}

/* Its cookie has no ordinal, as that of the session's end. */
void client_tell_held(struct client *client)
{
    struct buf *out = &client->c2sd->scratch;
    struct frame frame = {.sid = client->sid};
    struct xml *element;

    /* With XEP-0198 all is discharged as soon as it is here. */
    if (client->is_managed || client->is_held_told ||
        client->out_held == client->out_last)
        return;
    client->out_held = client->out_last;
    client->is_held_told = true;
    element = client_control_new(client, CTL_SESSION_HELD);
    xml_set_u64(element, CTL_A_N, client->out_held);
    buf_reset(out);
    xml_write(out, element, NS_CLIENT);
    frame.body = buf_view(out);
    channel_send(client->sm, &frame, (void *)(uintptr_t)(client->sid << 32));
}

/* sm knows that all up to `n` is held here. */
static void stop_waiting(struct client *client, uint64_t n)
{
    for (size_t i = 0; i < client->held_count; i++) {
        struct held *held = &client->held[client->held_first + i];

        if (held->n > n || !held->seq)
            continue;
        if (held->parcel)
            parcel_stop_waiting(held->parcel);
        else
            channel_discharge(client->sm, held->seq);
        held->seq = 0;
    }
}

void client_held_discharged(struct client *client)
{
    client->is_held_told = false;
    stop_waiting(client, client->out_held);
    client_after_write(client);
}

void client_told_held(struct client *client)
{
    stop_waiting(client, UINT64_MAX);
}

void client_discharge_held(struct client *client)
{
    while (client->held_count > 0) {
        let_go(client, oldest(client));
        client->held_first++;
        client->held_count--;
    }
    give_room_back(client);
}

void client_free_held(struct client *client)
{
    for (size_t i = 0; i < client->held_count; i++) {
        const struct held *held = &client->held[client->held_first + i];

        if (held->parcel)
            parcel_drop(held->parcel, false);
    }
    buf_clear(&client->held_bytes);
    free(client->held);
}

void client_forget_seqs(struct client *client)
{
    for (size_t i = 0; i < client->held_count; i++) {
        struct held *held = &client->held[client->held_first + i];

        if (held->parcel)
            parcel_forget_seq(held->parcel);
        held->seq = 0;
    }
}

/* A part as the client gets it, in the arena. */
static struct str part_for(struct client *client, const struct held *held)
{
    struct str stanza = parcel_part(held->parcel, held->at, held->len);
    size_t head = parcel_head(stanza);

    return arena_printf(&client->c2sd->arena, "%.*s%.*s%.*s", (int)head,
                        stanza.p, STR_ARG(client->to), (int)(stanza.len - head),
                        stanza.p + head);
}

void client_each_held(struct client *client,
                      void (*visit)(struct client *client, void *ctx,
                                    uint64_t n, struct str origin,
                                    struct str body),
                      void *ctx)
{
    struct str bytes = buf_view(&client->held_bytes);

    for (size_t i = 0; i < client->held_count; i++) {
        const struct held *held = &client->held[client->held_first + i];

        if (held->parcel) {
            visit(client, ctx, held->n, STR_NONE, part_for(client, held));
            continue;
        }
        visit(client, ctx, held->n, (struct str){bytes.p + held->len, held->at},
              (struct str){bytes.p, held->len});
        bytes.p += held->len + held->at;
        bytes.len -= held->len + held->at;
    }
}
