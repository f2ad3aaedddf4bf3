#include "room.h"

#include <stdlib.h>
#include <string.h>

#include "common/codec/codec.h"
#include "hats.h"
#include "held.h"
#include "nick.h"
#include "store.h"

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

void room_free(struct room *room)
{
    struct seat *seat, *next_seat;
    struct member *member, *next_member;

    HASH_ITER(hh, room->seats, seat, next_seat)
    seat_free(seat);
    HASH_ITER(hh, room->members, member, next_member)
    room_member_free(room, member);
    room_forget_entries(room);
    held_forget(room);
    HASH_DEL(room->mucd->rooms, room);
    room->mucd->room_count--;
    settings_clear(&room->settings);
    hats_clear(room);
    text_drop(&room->department);
    text_drop(&room->subject);
    text_drop(&room->subject_nick);
    text_drop(&room->vcard);
    text_drop(&room->avatar);
    text_drop(&room->jid.full);
    free(room);
}

void room_remove(struct room *room, struct duty *duty)
{
    held_end(room);
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

    struct str domain = bare;

    if (member)
        return member->affiliation;
    while (domain.len && *domain.p != '@')
        domain = (struct str){domain.p + 1, domain.len - 1};
    if (domain.len)
        member = room_member(room, (struct str){domain.p + 1, domain.len - 1});
    return member && member->affiliation == AFFILIATION_OUTCAST
               ? AFFILIATION_OUTCAST
               : AFFILIATION_NONE;
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

void member_set_nick(const struct room *room, struct member *member,
                     struct str nick)
{
    text_drop(&member->nick);
    text_drop(&member->key);
    if (!nick.len)
        return;
    member->nick = str_dup(nick);
    member->key = str_dup(nick_key(&room->mucd->arena, nick));
}

void room_member_free(struct room *room, struct member *member)
{
    HASH_DEL(room->members, member);
    text_drop(&member->jid);
    member_set_nick(room, member, STR_NONE);
    text_drop(&member->reason);
    free(member);
}

void room_set_affiliation(struct room *room, struct duty *duty, struct str bare,
                          enum affiliation affiliation, struct str reason)
{
    struct member *member = room_member_get(room, bare);

    member->affiliation = affiliation;
    if (affiliation < AFFILIATION_MEMBER)
        /* Who is no member has nothing reserved. */
        member_set_nick(room, member, STR_NONE);
    text_drop(&member->reason);
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

    member_set_nick(room, member, nick);
    store_member_put(room->mucd->store, room, member, duty);
}

bool room_has_space_for(const struct room *room, unsigned more)
{
    unsigned most =
        (unsigned)config_int(room->mucd->config, "mucd.max-affiliations");

    return !most || HASH_COUNT(room->members) + more <= most;
}

size_t room_max_text(const struct room *room)
{
    return (size_t)config_int(room->mucd->config, "mucd.max-text-size");
}

unsigned room_count_affiliation(const struct room *room,
                                enum affiliation affiliation)
{
    unsigned count = 0;

    for (const struct member *m = room->members; m; m = m->hh.next)
        count += m->affiliation == affiliation;
    return count;
}

void room_set_lang(const struct room *room, struct xml *message)
{
    enum language language = text_language(room->settings.language);

    if (language != text_default())
        xml_set_lang(message, text_tag(language));
}
