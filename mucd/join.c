#include "join.h"

#include <stdlib.h>
#include <utlist.h>

#include "common/link/control.h"
#include "common/log/log.h"
#include "department.h"
#include "history.h"
#include "nick.h"
#include "rate.h"
#include "send.h"
#include "store.h"

/* Administrators get in beyond the limit, up to this many more (§7.2.9). */
#define ADMIN_SEATS 10u

struct joining {
    struct mucd *mucd;
    struct duty *duty;
    struct xml *stanza;
    const struct jid *from, *to;
    const struct xml *x; /* of muc; NULL: groupchat 1.0 */
};

static void refuse(const struct joining *j, enum stanza_error error,
                   const char *text)
{
    struct xml *reply =
        stanza_error_reply(&j->mucd->arena, j->stanza, error, text);

    if (!reply)
        return;
    /* By this clients know an error of joining (§7.2). */
    if (j->x)
        xml_add(reply, NS_MUC, STR("x"));
    send_at_once(j->mucd, j->duty, reply);
}

/* --- who may enter -------------------------------------------------------- */

static bool has_rooms_enough(const struct joining *j)
{
    int64_t most = config_int(j->mucd->config, "mucd.max-rooms-per-user");
    unsigned owned = 0;

    for (const struct room *r = j->mucd->rooms; most && r; r = r->hh.next)
        owned += room_affiliation(r, j->from->bare) == AFFILIATION_OWNER;
    return most && owned >= (unsigned)most;
}

static bool may_create(const struct joining *j)
{
    struct str policy = config_str(j->mucd->config, "mucd.create");
    int64_t most = config_int(j->mucd->config, "mucd.max-rooms");

    if (xml_child(j->stanza, NS_LINK_CONTROL, CTL_RESTRICTED))
        return false;
    if (mucd_is_admin(j->mucd, j->from->bare))
        return true;
    if (str_is(policy, "admins") || department_reserves(j->mucd, j->to->bare))
        return false;
    if (str_is(policy, "local") && !mucd_serves_users(j->mucd, j->from->domain))
        return false;
    if (most && j->mucd->room_count >= (uint64_t)most)
        return false;
    return !has_rooms_enough(j);
}

static bool has_password(const struct joining *j, const struct room *room)
{
    struct str given =
        j->x ? xml_child_text(j->x, NS_MUC, "password") : STR_NONE;

    return !room->settings.has_password ||
           str_eq_constant_time(given, room->settings.secret);
}

static bool is_full(const struct joining *j, const struct room *room,
                    enum affiliation affiliation)
{
    unsigned most = (unsigned)config_int(j->mucd->config, "mucd.max-occupants");
    unsigned own = room->settings.max_users;

    if (own && (!most || own < most))
        most = own;
    if (affiliation >= AFFILIATION_ADMIN && most)
        most += ADMIN_SEATS;
    return most && HASH_COUNT(room->seats) >= most;
}

/* More resources of one user than anybody has. */
static bool sits_everywhere(const struct joining *j, const struct room *room)
{
    int64_t most = config_int(j->mucd->config, "mucd.max-resources");

    return most && room_count_seats_of(room, j->from->bare) >= (unsigned)most;
}

static bool may_enter(const struct joining *j, const struct room *room,
                      enum affiliation affiliation)
{
    enum stanza_error error;

    if (affiliation == AFFILIATION_OUTCAST)
        refuse(j, ERR_FORBIDDEN, "You are banned from this room");
    else if (room->is_locked && affiliation != AFFILIATION_OWNER)
        refuse(j, ERR_ITEM_NOT_FOUND, "The room is not configured yet");
    else if (room->settings.is_members_only &&
             !affiliation_may(affiliation, MAY_ENTER_MEMBERS_ONLY))
        refuse(j, ERR_REGISTRATION_REQUIRED, "The room is for members");
    else if (!has_password(j, room))
        refuse(j, ERR_NOT_AUTHORIZED, "The password is missing or wrong");
    else if (!nick_is_free(room, j->to->resource, j->from, NULL, &error))
        refuse(j, error, NULL);
    else if (sits_everywhere(j, room))
        refuse(j, ERR_RESOURCE_CONSTRAINT,
               "You are in the room already, with "
               "many resources");
    else if (is_full(j, room, affiliation))
        refuse(j, ERR_SERVICE_UNAVAILABLE, "The room is full");
    else
        return true;
    return false;
}

/* --- entering ------------------------------------------------------------- */

/* Everybody, then himself, then what was said, then the subject (§7.1). */
static void show_room(struct seat *seat, struct duty *duty, const struct xml *x,
                      struct str own)
{
    struct room *room = seat->occupant->room;
    struct batch batch = {.seat = seat, .duty = duty};
    bool sees = occupant_sees_jids(seat->occupant);

    for (const struct occupant *o = room->occupants; o; o = o->hh.next)
        if (o != seat->occupant && occupant_is_shown(o))
            batch_add(&batch, o->shown[sees ? 1 : 0]);
    batch_add(&batch, own);
    history_send(room, &batch, x ? xml_child(x, NS_MUC, "history") : NULL);
    batch_end(&batch);
}

static struct room *create(const struct joining *j)
{
    struct room *room;

    if (!may_create(j)) {
        refuse(j, ERR_NOT_ALLOWED, "You may not create a room here");
        return NULL;
    }
    room = room_new(j->mucd, j->to);
    room->is_locked = j->x != NULL; /* groupchat 1.0 knows no forms */
    store_room_put(j->mucd->store, room, j->duty);
    room_set_affiliation(room, j->duty, j->from->bare, AFFILIATION_OWNER,
                         STR_NONE);
    log_event(LOG_LEVEL_INFO, "room-created", LOG_STR("room", room->jid.bare),
              LOG_STR("jid", j->from->full));
    return room;
}

static void sit_down(const struct joining *j, struct room *room,
                     enum affiliation affiliation, bool is_new)
{
    enum role role = role_on_entry(affiliation, room->settings.is_moderated,
                                   room->settings.is_members_only);
    struct seat *seat = seat_new(room, j->from, j->to->resource, role);
    struct occupant *occupant = seat->occupant;
    const struct change change = {
        .own_codes = {room->settings.whois == WHOIS_ANYONE ? 100 : 0,
                      room->settings.is_logged ? 170 : 0, is_new ? 201 : 0}};

    if (!occupant_keep_presence(occupant, j->stanza)) {
        refuse(j, ERR_POLICY_VIOLATION, "The presence is too large");
        seat_free(seat);
        room_settle(room, j->duty);
        return;
    }
    store_seat_put(j->mucd->store, seat, j->duty);
    occupant_refresh(occupant);
    show_room(seat, j->duty, j->x, presence_own(occupant, &change));
    presence_tell_others(occupant);
}

/* Its client believes to be in the room and is not: a kick tells it so
 * (§7.2.17).
 */
static void tell_desynchronized(const struct joining *j)
{
    static const unsigned codes[] = {110, 307, 333};
    struct xml *kick = xml_new(&j->mucd->arena, NS_CLIENT, STR("presence"));
    struct xml *x = xml_add(kick, NS_MUC_USER, STR("x"));
    struct xml *item = xml_add(x, NS_MUC_USER, STR("item"));

    xml_set(kick, STR("type"), STR("unavailable"));
    xml_set(kick, STR("from"), j->to->full);
    xml_set(kick, STR("to"), j->from->full);
    xml_set(kick, STR("id"), xml_get(j->stanza, "id"));
    xml_set(item, STR("affiliation"), STR("none"));
    xml_set(item, STR("role"), STR("none"));
    xml_add_leaf(item, NS_MUC_USER, STR("reason"),
                 STR("You are not in this room"));
    for (size_t i = 0; i < COUNT_OF(codes); i++)
        xml_set_u64(xml_add(x, NS_MUC_USER, STR("status")), "code", codes[i]);
    send_at_once(j->mucd, j->duty, kick);
}

void join_receive(struct mucd *mucd, struct duty *duty, struct xml *stanza,
                  const struct jid *from, const struct jid *to)
{
    struct joining j = {mucd, duty, stanza,
                        from, to,   xml_child(stanza, NS_MUC, "x")};
    struct room *room = room_find(mucd, to->bare);
    bool is_new = room == NULL;
    enum affiliation affiliation;

    if (!j.x && !config_bool(mucd->config, "mucd.legacy-join")) {
        tell_desynchronized(&j);
        return;
    }
    if (rate_exceeded(mucd, RATE_JOIN, from->bare)) {
        refuse(&j, ERR_RESOURCE_CONSTRAINT, "You enter rooms too fast");
        return;
    }
    if (!room)
        room = create(&j);
    if (!room)
        return;
    affiliation = room_affiliation(room, from->bare);
    if (may_enter(&j, room, affiliation))
        sit_down(&j, room, affiliation, is_new);
    else if (is_new)
        room_remove(room, duty);
}

/* What it says of itself now, when that is something else (§15.3). */
static void take_news(struct seat *seat, struct duty *duty, struct xml *stanza)
{
    struct occupant *occupant = seat->occupant;
    struct str before = occupant->presence;
    bool is_changed;

    occupant->presence = STR_NONE;
    is_changed = occupant_keep_presence(occupant, stanza) &&
                 !str_eq(before, occupant->presence);
    if (!occupant->presence.p)
        occupant->presence = before; /* it was too large */
    else
        free((char *)before.p);
    if (!is_changed)
        return;
    store_seat_put(occupant->room->mucd->store, seat, duty);
    occupant_refresh(occupant);
    presence_tell_others(occupant);
}

void join_again(struct seat *seat, struct duty *duty, struct xml *stanza)
{
    struct mucd *mucd = seat->occupant->room->mucd;
    const struct settings *settings = &seat->occupant->room->settings;
    const struct change change = {
        .own_codes = {settings->whois == WHOIS_ANYONE ? 100 : 0,
                      settings->is_logged ? 170 : 0}};

    if (rate_exceeded(mucd, RATE_JOIN, seat->jid.bare)) {
        send_error(mucd, duty, stanza, ERR_RESOURCE_CONSTRAINT,
                   "You enter rooms too fast");
        return;
    }
    take_news(seat, duty, stanza);
    show_room(seat, duty, xml_child(stanza, NS_MUC, "x"),
              presence_own(seat->occupant, &change));
}
