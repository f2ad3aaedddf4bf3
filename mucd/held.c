#include "held.h"

#include <stdlib.h>
#include <utlist.h>

struct held {
    struct held *prev, *next;
    struct letter letter; /* its texts are on the heap */
};

/* A room does not wait for its slowest occupant, unless so much waits for him
 * that the window is full. */
void letter_send(struct mucd *mucd, const struct letter *letter)
{
    const struct frame frame = {.origin = letter->origin, .body = letter->body};
    struct channel *channel =
        channels_get(mucd->channels, letter->local, letter->remote);
    struct duty *until =
        letter->is_owed || channel_is_full(channel) ? letter->duty : NULL;

    duty_hold(until);
    mucd->deliveries++;
    channel_send(channel, &frame, until);
}

static bool must_wait(const struct letter *letter)
{
    return letter->is_behind_commit && letter->duty && letter->duty->writes > 0;
}

static size_t size_of(const struct letter *letter)
{
    return sizeof(struct held) + letter->origin.len + letter->body.len;
}

static void keep(struct room *room, const struct letter *letter)
{
    struct held *held = NEW(struct held);

    held->letter = *letter;
    held->letter.local = str_dup(letter->local);
    held->letter.remote = str_dup(letter->remote);
    held->letter.origin = str_dup(letter->origin);
    held->letter.body = str_dup(letter->body);
    duty_hold(letter->duty);
    room->mucd->held_bytes += size_of(letter);
    DL_APPEND(room->held, held);
}

static void drop(struct room *room, struct held *held)
{
    DL_DELETE(room->held, held);
    room->mucd->held_bytes -= size_of(&held->letter);
    text_drop(&held->letter.local);
    text_drop(&held->letter.remote);
    text_drop(&held->letter.origin);
    text_drop(&held->letter.body);
    free(held);
}

void held_post(struct room *room, const struct letter *letter)
{
    if (!room->held && !must_wait(letter)) {
        letter_send(room->mucd, letter);
        return;
    }
    keep(room, letter);
    if (must_wait(letter))
        duty_tell_room(letter->duty, room->jid.bare);
}

static void send_first(struct room *room)
{
    struct held *held = room->held;
    struct duty *duty = held->letter.duty;

    letter_send(room->mucd, &held->letter);
    drop(room, held);
    duty_drop(duty);
}

void held_release(struct room *room)
{
    while (room->held && !must_wait(&room->held->letter))
        send_first(room);
}

void held_end(struct room *room)
{
    while (room->held)
        send_first(room);
}

void held_forget(struct room *room)
{
    while (room->held)
        drop(room, room->held);
}

bool held_is_full(const struct mucd *mucd)
{
    return mucd->held_bytes >=
           (size_t)config_int(mucd->config, "mucd.max-held-size");
}
