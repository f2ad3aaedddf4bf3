#include "presence.h"

#include <stdlib.h>
#include <utlist.h>

#include "common/log/log.h"
#include "hats.h"
#include "send.h"
#include "store.h"

static void add_status(struct xml *x, unsigned code)
{
    if (code > 0)
        xml_set_u64(xml_add(x, NS_MUC_USER, STR("status")), "code", code);
}

static void add_item(struct xml *x, const struct occupant *occupant,
                     enum role role, bool with_jid, const struct change *change)
{
    struct xml *item = xml_add(x, NS_MUC_USER, STR("item"));
    enum affiliation affiliation =
        room_affiliation(occupant->room, occupant->bare);

    xml_set(item, STR("affiliation"), str_of(affiliation_name(affiliation)));
    xml_set(item, STR("role"), str_of(role_name(role)));
    if (with_jid)
        xml_set(item, STR("jid"), occupant->seats->jid.full);
    if (!change)
        return;
    if (change->nick.p)
        xml_set(item, STR("nick"), change->nick);
    if (change->actor.p)
        xml_set(xml_add(item, NS_MUC_USER, STR("actor")), STR("nick"),
                change->actor);
    if (change->reason.len)
        xml_add_leaf(item, NS_MUC_USER, STR("reason"), change->reason);
}

/* The stanza's beginning: what the client said, or the end of it. */
static struct xml *base_of(const struct occupant *occupant, bool is_available,
                           const struct change *change)
{
    struct mucd *mucd = occupant->room->mucd;
    struct xml *presence = NULL;

    if (is_available && occupant->presence.p)
        presence = xml_parse(mucd->parser, &mucd->arena, occupant->presence);
    if (!presence)
        presence = xml_new(&mucd->arena, NS_CLIENT, STR("presence"));
    xml_set(presence, STR("from"),
            room_occupant_jid(occupant->room, occupant->nick));
    if (!is_available)
        xml_set(presence, STR("type"), STR("unavailable"));
    if (change && change->status.len)
        xml_add_leaf(presence, NS_CLIENT, STR("status"), change->status);
    return presence;
}

/* Presence of an occupant as one kind of reader sees it; in the arena. */
static struct str describe(const struct occupant *occupant, bool is_available,
                           bool with_jid, bool is_own,
                           const struct change *change)
{
    struct mucd *mucd = occupant->room->mucd;
    struct xml *presence = base_of(occupant, is_available, change);
    struct xml *x;

    xml_set(xml_add(presence, NS_OCCUPANT_ID, STR("occupant-id")), STR("id"),
            str_of(occupant->id));
    if (is_available)
        hats_show(occupant->room, occupant->bare, presence);
    x = xml_add(presence, NS_MUC_USER, STR("x"));
    add_item(x, occupant,
             is_available || (change && change->nick.p) ? occupant->role
                                                        : ROLE_NONE,
             with_jid, change);
    if (change && change->destroy)
        xml_append(x, xml_dup(&mucd->arena, change->destroy));
    if (is_own)
        add_status(x, 110);
    for (size_t i = 0; change && i < COUNT_OF(change->codes); i++)
        add_status(x, change->codes[i]);
    for (size_t i = 0; is_own && change && i < COUNT_OF(change->own_codes); i++)
        add_status(x, change->own_codes[i]);
    return arena_dup(&mucd->arena, send_bytes(mucd, presence));
}

void occupant_refresh(struct occupant *occupant)
{
    for (int with_jid = 0; with_jid <= 1; with_jid++) {
        struct str bytes = describe(occupant, true, with_jid, false, NULL);

        free((char *)occupant->shown[with_jid].p);
        occupant->shown[with_jid] = str_dup(bytes);
    }
}

bool occupant_sees_jids(const struct occupant *reader)
{
    return reader->room->settings.whois == WHOIS_ANYONE ||
           role_may(reader->role, MAY_SEE_JIDS);
}

bool occupant_is_shown(const struct occupant *occupant)
{
    return (occupant->room->settings.broadcast & (1u << occupant->role)) != 0;
}

/* To the others: those who see addresses, and those who do not. */
static void tell_others(struct occupant *occupant, struct str plain,
                        struct str with_jid)
{
    struct room *room = occupant->room;
    const struct str bytes[2] = {plain, with_jid};

    if (!occupant_is_shown(occupant))
        return;
    for (int sees = 0; sees <= 1; sees++) {
        for (struct seat *s = room->seats; s; s = s->hh.next)
            if (s->occupant != occupant &&
                occupant_sees_jids(s->occupant) == (sees == 1))
                fan_add(room->mucd, s);
        fan_out(room, bytes[sees], STR_NONE);
    }
}

static void tell_himself(struct occupant *occupant, struct str bytes)
{
    struct seat *seat;

    DL_FOREACH(occupant->seats, seat)
    fan_add(occupant->room->mucd, seat);
    fan_out(occupant->room, bytes, STR_NONE);
}

struct str presence_own(const struct occupant *occupant,
                        const struct change *change)
{
    return describe(occupant, true, true, true, change);
}

void presence_tell_others(struct occupant *occupant)
{
    tell_others(occupant, occupant->shown[0], occupant->shown[1]);
}

void occupant_show(struct occupant *occupant, const struct change *change)
{
    occupant_refresh(occupant);
    if (change)
        tell_others(occupant, describe(occupant, true, false, false, change),
                    describe(occupant, true, true, false, change));
    else
        presence_tell_others(occupant);
    tell_himself(occupant, describe(occupant, true, true, true, change));
}

void presence_tell_gone(struct occupant *occupant, const struct change *change)
{
    tell_others(occupant, describe(occupant, false, false, false, change),
                describe(occupant, false, true, false, change));
    tell_himself(occupant, describe(occupant, false, true, true, change));
}

static void forget_seat(struct seat *seat, struct duty *duty)
{
    struct room *room = seat->occupant->room;

    store_seat_remove(room->mucd->store, room, seat->jid.full, duty);
    seat_free(seat);
}

static void forget_occupant(struct occupant *occupant, struct duty *duty)
{
    struct seat *seat, *next;

    DL_FOREACH_SAFE(occupant->seats, seat, next)
    forget_seat(seat, duty);
}

void occupant_remove(struct occupant *occupant, struct duty *duty,
                     const struct change *change)
{
    presence_tell_gone(occupant, change);
    forget_occupant(occupant, duty);
}

void seat_leave(struct seat *seat, struct duty *duty,
                const struct change *change)
{
    struct occupant *occupant = seat->occupant;
    struct room *room = occupant->room;

    if (occupant->seats->next) {
        struct str bytes = describe(occupant, false, true, true, change);

        fan_add(room->mucd, seat);
        fan_out(room, bytes, STR_NONE);
        forget_seat(seat, duty);
        occupant_refresh(occupant);
        return;
    }
    /* Who leaves before he has configured his room gives it up (§10.1.3). */
    if (room->is_locked && HASH_COUNT(room->seats) == 1) {
        room_destroy(room, duty,
                     xml_new(&room->mucd->arena, NS_MUC_USER, STR("destroy")));
        return;
    }
    occupant_remove(occupant, duty, change);
    room_settle(room, duty);
}

void room_destroy(struct room *room, struct duty *duty,
                  const struct xml *destroy)
{
    struct occupant *occupant, *next;
    const struct change change = {.destroy = destroy};

    HASH_ITER(hh, room->occupants, occupant, next)
    {
        tell_himself(occupant, describe(occupant, false, true, true, &change));
        forget_occupant(occupant, duty);
    }
    log_event(LOG_LEVEL_INFO, "room-destroyed",
              LOG_STR("room", room->jid.bare));
    room_remove(room, duty);
}

void occupant_set_role(struct occupant *occupant, struct duty *duty,
                       enum role role, const struct change *change)
{
    struct seat *seat;

    occupant->role = role;
    occupant_show(occupant, change);
    DL_FOREACH(occupant->seats, seat)
    store_seat_put(occupant->room->mucd->store, seat, duty);
}
