/* Occupants and their seats: nicknames, addresses, rates. Memory alone. */
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "common/codec/codec.h"
#include "room.h"

struct str nick_key(struct arena *arena, struct str nick)
{
    char *tight = arena_bytes(arena, nick.len + 1);
    size_t len = 0;
    struct str folded;

    for (size_t i = 0; i < nick.len; i++)
        if (nick.p[i] != ' ')
            tight[len++] = nick.p[i];
    folded = jid_fold(arena, (struct str){tight, len});
    return folded.p ? folded : (struct str){tight, len};
}

struct seat *room_seat(const struct room *room, struct str full)
{
    struct seat *seat;

    HASH_FIND(hh, room->seats, full.p, full.len, seat);
    return seat;
}

struct occupant *room_occupant(const struct room *room, struct str nick)
{
    struct str key = nick_key(&room->mucd->arena, nick);
    struct occupant *occupant;

    HASH_FIND(hh, room->occupants, key.p, key.len, occupant);
    return occupant;
}

struct occupant *room_occupant_of(const struct room *room, struct str bare)
{
    struct occupant *occupant = room->occupants;

    while (occupant && !str_eq(occupant->bare, bare))
        occupant = occupant->hh.next;
    return occupant;
}

struct str room_occupant_jid(const struct room *room, struct str nick)
{
    return arena_printf(&room->mucd->arena, "%.*s/%.*s",
                        STR_ARG(room->jid.bare), STR_ARG(nick));
}

/* The same for one user in one room, and telling nothing else (XEP-0421). */
static void make_occupant_id(struct occupant *occupant)
{
    unsigned char mac[32];
    struct arena arena = {0};
    struct str text;

    hmac_sha256(str_of(occupant->room->secret), occupant->bare, mac);
    text = base64_encode(&arena, (struct str){(const char *)mac, sizeof(mac)});
    memcpy(occupant->id, text.p, OCCUPANT_ID_LEN);
    arena_clear(&arena);
}

static struct occupant *occupant_new(struct room *room, struct str bare,
                                     struct str nick, enum role role)
{
    struct occupant *occupant = NEW(struct occupant);

    occupant->room = room;
    occupant->nick = str_dup(nick);
    occupant->key = str_dup(nick_key(&room->mucd->arena, nick));
    occupant->bare = str_dup(bare);
    occupant->role = role;
    make_occupant_id(occupant);
    HASH_ADD_KEYPTR(hh, room->occupants, occupant->key.p, occupant->key.len,
                    occupant);
    return occupant;
}

static void occupant_free(struct occupant *occupant)
{
    HASH_DEL(occupant->room->occupants, occupant);
    text_drop(&occupant->nick);
    text_drop(&occupant->key);
    text_drop(&occupant->bare);
    text_drop(&occupant->presence);
    text_drop(&occupant->shown[0]);
    text_drop(&occupant->shown[1]);
    free(occupant);
}

static struct str escaped(struct str text)
{
    struct buf out = {0};
    struct str copy;

    xml_escape(&out, text);
    copy = str_dup(buf_view(&out));
    buf_clear(&out);
    return copy;
}

struct seat *seat_new(struct room *room, const struct jid *full,
                      struct str nick, enum role role)
{
    struct mucd *mucd = room->mucd;
    struct occupant *occupant = room_occupant(room, nick);
    struct seat *seat = NEW(struct seat);
    struct str copy = str_dup(full->full);

    seat->jid.full = copy;
    seat->jid.bare = (struct str){copy.p, full->bare.len};
    seat->jid.domain = (struct str){copy.p + (full->domain.p - full->full.p),
                                    full->domain.len};
    seat->wire = escaped(copy);
    seat->shard = jid_shard(seat->jid.bare);
    seat->is_local = mucd_serves_users(mucd, seat->jid.domain);
    seat->heard_ms = mucd->steady_ms;
    seat->occupant =
        occupant ? occupant : occupant_new(room, full->bare, nick, role);
    DL_APPEND(seat->occupant->seats, seat);
    HASH_ADD_KEYPTR(hh, room->seats, seat->jid.full.p, seat->jid.full.len,
                    seat);
    mucd->occupant_count++;
    return seat;
}

void seat_free(struct seat *seat)
{
    struct occupant *occupant = seat->occupant;

    HASH_DEL(occupant->room->seats, seat);
    DL_DELETE(occupant->seats, seat);
    occupant->room->mucd->occupant_count--;
    if (!occupant->seats)
        occupant_free(occupant);
    text_drop(&seat->jid.full);
    text_drop(&seat->wire);
    free(seat);
}

void occupant_rename(struct occupant *occupant, struct str nick)
{
    struct room *room = occupant->room;

    HASH_DEL(room->occupants, occupant);
    text_drop(&occupant->nick);
    text_drop(&occupant->key);
    occupant->nick = str_dup(nick);
    occupant->key = str_dup(nick_key(&room->mucd->arena, nick));
    HASH_ADD_KEYPTR(hh, room->occupants, occupant->key.p, occupant->key.len,
                    occupant);
}

/* A bucket that holds two seconds' worth, told in time. */
bool seat_is_too_fast(struct seat *seat)
{
    const struct mucd *mucd = seat->occupant->room->mucd;
    int64_t rate = config_int(mucd->config, "mucd.message-rate");
    int64_t earliest = mucd->steady_ms - 2000;

    if (rate == 0 || seat->occupant->role == ROLE_MODERATOR)
        return false;
    if (seat->tokens_ms < earliest)
        seat->tokens_ms = earliest;
    if (seat->tokens_ms + 1000 / rate > mucd->steady_ms)
        return true;
    seat->tokens_ms += 1000 / rate;
    return false;
}
