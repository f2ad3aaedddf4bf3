#include "room.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "common/codec/codec.h"
#include "hats.h"
#include "store.h"

static void drop(struct str *text)
{
    free((char *)text->p);
    *text = STR_NONE;
}

struct room *room_find(const struct mucd *mucd, struct str bare)
{
    struct room *room;

    HASH_FIND(hh, mucd->rooms, bare.p, bare.len, room);
    return room;
}

struct room *room_new(struct mucd *mucd, const struct jid *jid)
{
    struct room *room = NEW(struct room);
    struct arena arena = {0};
    struct str secret = random_id(&arena, ROOM_SECRET_LEN);
    struct str bare = str_dup(jid->bare);

    room->mucd = mucd;
    room->jid.full = room->jid.bare = bare;
    room->jid.local = (struct str){bare.p, jid->local.len};
    room->jid.domain =
        (struct str){bare.p + jid->local.len + 1, jid->domain.len};
    room->created_ms = mucd->now_ms;
    memcpy(room->secret, secret.p, ROOM_SECRET_LEN);
    settings_init(&room->settings,
                  (unsigned)config_int(mucd->config, "mucd.history"));
    HASH_ADD_KEYPTR(hh, mucd->rooms, bare.p, bare.len, room);
    mucd->room_count++;
    arena_clear(&arena);
    return room;
}

static void entry_free(struct room *room, struct entry *entry)
{
    DL_DELETE(room->entries, entry);
    room->entry_count--;
    drop(&entry->stanza);
    drop(&entry->origin);
    drop(&entry->nick);
    free(entry);
}

void room_free(struct room *room)
{
    struct seat *seat, *next_seat;
    struct member *member, *next_member;

    HASH_ITER(hh, room->seats, seat, next_seat)
    seat_free(seat);
    HASH_ITER(hh, room->members, member, next_member)
    room_member_free(room, member);
    while (room->entries)
        entry_free(room, room->entries);
    HASH_DEL(room->mucd->rooms, room);
    room->mucd->room_count--;
    settings_clear(&room->settings);
    hats_clear(room);
    drop(&room->department);
    drop(&room->subject);
    drop(&room->subject_nick);
    drop(&room->vcard);
    drop(&room->avatar);
    drop(&room->jid.full);
    free(room);
}

void room_remove(struct room *room, struct duty *duty)
{
    store_room_remove(room->mucd->store, room, duty);
    room_free(room);
}

void room_settle(struct room *room, struct duty *duty)
{
    if (!room->seats && !room->settings.is_persistent)
        room_remove(room, duty);
}

/* --- affiliations --------------------------------------------------------- */

struct member *room_member(const struct room *room, struct str bare)
{
    struct member *member;

    HASH_FIND(hh, room->members, bare.p, bare.len, member);
    return member;
}

enum affiliation room_affiliation(const struct room *room, struct str bare)
{
    const struct member *member = room_member(room, bare);

    return member ? member->affiliation : AFFILIATION_NONE;
}

enum affiliation room_standing(const struct room *room, struct str bare)
{
    return mucd_is_admin(room->mucd, bare) ? AFFILIATION_OWNER
                                           : room_affiliation(room, bare);
}

struct member *room_member_get(struct room *room, struct str bare)
{
    struct member *member = room_member(room, bare);

    if (member)
        return member;
    member = NEW(struct member);
    member->jid = str_dup(bare);
    member->affiliation = AFFILIATION_NONE;
    HASH_ADD_KEYPTR(hh, room->members, member->jid.p, member->jid.len, member);
    return member;
}

void room_member_free(struct room *room, struct member *member)
{
    HASH_DEL(room->members, member);
    drop(&member->jid);
    drop(&member->nick);
    drop(&member->reason);
    free(member);
}

void room_set_affiliation(struct room *room, struct duty *duty, struct str bare,
                          enum affiliation affiliation, struct str reason)
{
    struct member *member = room_member_get(room, bare);

    member->affiliation = affiliation;
    if (affiliation < AFFILIATION_MEMBER)
        drop(&member->nick); /* who is no member has nothing reserved */
    drop(&member->reason);
    member->reason = reason.len ? str_dup(reason) : STR_NONE;
    if (affiliation != AFFILIATION_NONE) {
        store_member_put(room->mucd->store, room, member, duty);
        return;
    }
    store_member_remove(room->mucd->store, room, member->jid, duty);
    room_member_free(room, member);
}

void room_reserve_nick(struct room *room, struct duty *duty, struct str bare,
                       struct str nick)
{
    struct member *member = room_member_get(room, bare);

    drop(&member->nick);
    member->nick = nick.len ? str_dup(nick) : STR_NONE;
    store_member_put(room->mucd->store, room, member, duty);
}

unsigned room_count_affiliation(const struct room *room,
                                enum affiliation affiliation)
{
    unsigned count = 0;

    for (const struct member *m = room->members; m; m = m->hh.next)
        count += m->affiliation == affiliation;
    return count;
}

/* --- occupants ------------------------------------------------------------ */

struct str nick_key(struct arena *arena, struct str nick)
{
    char *tight = arena_bytes(arena, nick.len + 1);
    size_t len = 0;
    struct str folded;

    for (size_t i = 0; i < nick.len; i++)
        if (nick.p[i] != ' ')
            tight[len++] = nick.p[i];
    folded = jid_prep_local(arena, (struct str){tight, len});
    if (folded.p)
        return folded;
    /* A character that only a resource may have: at least ASCII is folded. */
    for (size_t i = 0; i < len; i++)
        tight[i] = (char)tolower((unsigned char)tight[i]);
    return (struct str){tight, len};
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
    drop(&occupant->nick);
    drop(&occupant->key);
    drop(&occupant->bare);
    drop(&occupant->presence);
    drop(&occupant->shown[0]);
    drop(&occupant->shown[1]);
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
    drop(&seat->jid.full);
    drop(&seat->wire);
    free(seat);
}

void occupant_rename(struct occupant *occupant, struct str nick)
{
    struct room *room = occupant->room;

    HASH_DEL(room->occupants, occupant);
    drop(&occupant->nick);
    drop(&occupant->key);
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

/* --- messages ------------------------------------------------------------- */

struct entry *room_entry_of(const struct room *room, struct str origin)
{
    struct entry *entry;

    DL_FOREACH(room->entries, entry)
    if (origin.len && str_eq(entry->origin, origin))
        return entry;
    return NULL;
}

struct entry *room_entry_by_stanza_id(const struct room *room, struct str id)
{
    struct entry *entry;

    DL_FOREACH(room->entries, entry)
    if (entry->stanza.p && str_is(id, entry->stanza_id))
        return entry;
    return NULL;
}

void room_stanza_id(const struct room *room, struct str origin,
                    char into[STANZA_ID_LEN + 1])
{
    unsigned char mac[32];
    struct arena arena = {0};
    struct str text;

    hmac_sha256(str_of(room->secret), origin, mac);
    text =
        hex_encode(&arena, (struct str){(const char *)mac, STANZA_ID_LEN / 2});
    memcpy(into, text.p, STANZA_ID_LEN);
    into[STANZA_ID_LEN] = 0;
    arena_clear(&arena);
}

struct entry *room_add_entry(struct room *room, uint64_t id, int64_t sent_ms,
                             struct str stanza, struct str origin,
                             struct str nick)
{
    struct entry *entry = NEW(struct entry);

    entry->id = id;
    entry->sent_ms = sent_ms;
    entry->stanza = str_dup(stanza);
    entry->origin = str_dup(origin);
    entry->nick = str_dup(nick);
    room_stanza_id(room, origin, entry->stanza_id);
    DL_APPEND(room->entries, entry);
    if (++room->entry_count > REMEMBERED)
        entry_free(room, room->entries);
    if (id > room->last_id)
        room->last_id = id;
    return entry;
}

uint64_t room_next_id(struct room *room)
{
    uint64_t by_clock = (uint64_t)room->mucd->now_ms << 10;

    return by_clock > room->last_id ? by_clock : room->last_id + 1;
}
