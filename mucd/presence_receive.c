/* Presence that comes from clients (XEP-0045 §7.2, §7.6, §7.7, §7.14). */
#include <stdlib.h>
#include <utlist.h>

#include "ghost.h"
#include "join.h"
#include "nick.h"
#include "presence.h"
#include "send.h"
#include "store.h"

/* A client must not speak for the room. */
static bool is_ours_to_say(const struct room *room, const struct xml *child)
{
    if (str_eq(child->ns, NS_STANZA_ID))
        return str_eq(xml_get(child, "by"), room->jid.bare);
    return str_eq(child->ns, NS_MUC) || str_eq(child->ns, NS_MUC_USER) ||
           str_eq(child->ns, NS_OCCUPANT_ID) || str_eq(child->ns, NS_HATS) ||
           str_eq(child->ns, NS_LINK_CONTROL);
}

bool occupant_keep_presence(struct occupant *occupant, struct xml *stanza)
{
    struct mucd *mucd = occupant->room->mucd;
    struct xml *copy = xml_dup(&mucd->arena, stanza);
    struct xml *child = xml_child(copy, STR_NONE, NULL), *next;
    struct str bytes;

    for (; child; child = next) {
        next = xml_next(child, STR_NONE, NULL);
        if (is_ours_to_say(occupant->room, child))
            xml_remove(child);
    }
    xml_set(copy, STR("to"), STR_NONE);
    xml_set(copy, STR("from"), STR_NONE);
    xml_set(copy, STR("id"), STR_NONE);
    bytes = send_bytes(mucd, copy);
    if (bytes.len > (size_t)config_int(mucd->config, "mucd.max-presence-size"))
        return false;
    free((char *)occupant->presence.p);
    occupant->presence = str_dup(bytes);
    return true;
}

static void update(struct seat *seat, struct duty *duty, struct xml *stanza)
{
    struct occupant *occupant = seat->occupant;
    struct mucd *mucd = occupant->room->mucd;

    if (!occupant_keep_presence(occupant, stanza)) {
        send_error(mucd, duty, stanza, ERR_POLICY_VIOLATION,
                   "The presence is too large for a room");
        return;
    }
    store_seat_put(mucd->store, seat, duty);
    occupant_show(occupant, NULL);
}

static void rename(struct seat *seat, struct duty *duty, struct xml *stanza,
                   struct str nick)
{
    struct occupant *occupant = seat->occupant;
    struct room *room = occupant->room;
    struct change change = {.codes = {303}, .nick = nick};
    enum stanza_error error;
    struct seat *each;

    if (!nick_is_free(room, nick, &seat->jid, occupant, &error)) {
        send_error(room->mucd, duty, stanza, error, NULL);
        return;
    }
    presence_tell_gone(occupant, &change);
    occupant_rename(occupant, nick);
    (void)!occupant_keep_presence(occupant, stanza);
    DL_FOREACH(occupant->seats, each)
    store_seat_put(room->mucd->store, each, duty);
    occupant_show(occupant, NULL);
}

static void available(struct mucd *mucd, struct duty *duty, struct xml *stanza,
                      const struct jid *from, const struct jid *to)
{
    struct room *room = room_find(mucd, to->bare);
    struct seat *seat = room ? room_seat(room, from->full) : NULL;

    if (!to->resource.len) {
        send_error(mucd, duty, stanza, ERR_JID_MALFORMED,
                   "A nickname is missing");
        return;
    }
    if (!seat) {
        join_receive(mucd, duty, stanza, from, to);
        return;
    }
    seat->heard_ms = mucd->steady_ms;
    seat->pinged_ms = 0;
    if (seat_is_too_fast(seat))
        send_error(mucd, duty, stanza, ERR_POLICY_VIOLATION,
                   "You change your presence too fast");
    else if (!str_eq(seat->occupant->nick, to->resource))
        rename(seat, duty, stanza, to->resource);
    else if (xml_child(stanza, NS_MUC, "x"))
        join_again(seat, duty, stanza); /* it lost its memory (§7.2.1) */
    else
        update(seat, duty, stanza);
}

static void unavailable(struct mucd *mucd, struct duty *duty,
                        const struct xml *stanza, const struct jid *from,
                        const struct jid *to)
{
    struct room *room = room_find(mucd, to->bare);
    struct seat *seat = room ? room_seat(room, from->full) : NULL;
    const struct change change = {
        .status = xml_child_text(stanza, NS_CLIENT, "status")};

    if (seat)
        seat_leave(seat, duty, &change);
}

void presence_receive(struct mucd *mucd, struct duty *duty, struct xml *stanza,
                      const struct jid *from, const struct jid *to)
{
    switch (presence_type(stanza)) {
    case PRESENCE_AVAILABLE:
        available(mucd, duty, stanza, from, to);
        break;
    case PRESENCE_UNAVAILABLE:
        unavailable(mucd, duty, stanza, from, to);
        break;
    case PRESENCE_ERROR:
        ghost_bounced(mucd, duty, stanza, from, to);
        break;
    default:
        break; /* rooms have no rosters */
    }
}
