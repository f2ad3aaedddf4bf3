#include "join.h"

#include <utlist.h>

#include "common/link/control.h"
#include "common/log/log.h"
#include "history.h"
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
    send_stanza(j->mucd, j->duty, reply);
}

/* --- nicknames ------------------------------------------------------------ */

static bool is_reserved(const struct room *room, struct str key,
                        struct str bare)
{
    for (const struct member *m = room->members; m; m = m->hh.next)
        if (m->nick.p && !str_eq(m->jid, bare) &&
            str_eq(nick_key(&room->mucd->arena, m->nick), key))
            return true;
    return false;
}

bool join_nick_is_free(const struct room *room, struct str nick,
                       const struct jid *user, const struct occupant *self,
                       enum stanza_error *error)
{
    struct mucd *mucd = room->mucd;
    struct str key = nick_key(&mucd->arena, nick);
    const struct occupant *other = room_occupant(room, nick);

    *error = ERR_NOT_ACCEPTABLE;
    if (key.len == 0 ||
        nick.len > (size_t)config_int(mucd->config, "mucd.max-nick-size"))
        return false;
    *error = ERR_CONFLICT;
    if (is_reserved(room, key, user->bare))
        return false;
    if (!other || other == self)
        return true;
    /* A second resource may share the nickname, a rename may not join two. */
    return !self && str_eq(other->bare, user->bare);
}

/* --- who may enter -------------------------------------------------------- */

static bool may_create(const struct joining *j)
{
    struct str policy = config_str(j->mucd->config, "mucd.create");
    unsigned created = 0;
    int64_t most = config_int(j->mucd->config, "mucd.max-rooms-per-user");

    if (xml_child(j->stanza, NS_LINK_CONTROL, CTL_RESTRICTED))
        return false;
    if (mucd_is_admin(j->mucd, j->from->bare))
        return true;
    if (str_is(policy, "admins"))
        return false;
    if (str_is(policy, "local") && !mucd_serves_users(j->mucd, j->from->domain))
        return false;
    for (const struct room *r = j->mucd->rooms; most && r; r = r->hh.next)
        created += room_affiliation(r, j->from->bare) == AFFILIATION_OWNER;
    return !most || created < (unsigned)most;
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
    else if (!join_nick_is_free(room, j->to->resource, j->from, NULL, &error))
        refuse(j, error, NULL);
    else if (is_full(j, room, affiliation))
        refuse(j, ERR_SERVICE_UNAVAILABLE, "The room is full");
    else
        return true;
    return false;
}

static unsigned bucket_of(struct str bare)
{
    unsigned hash;

    HASH_VALUE(bare.p, bare.len, hash);
    return hash % MUCD_JOIN_BUCKETS;
}

/* Every join is told to a whole room: one user may make ten seconds' worth at
 * once and no more. */
static bool joins_too_fast(struct mucd *mucd, struct str bare)
{
    int64_t rate = config_int(mucd->config, "mucd.join-rate");
    int64_t *bucket = &mucd->joins[bucket_of(bare)];

    if (rate == 0)
        return false;
    if (*bucket < mucd->steady_ms - 10000)
        *bucket = mucd->steady_ms - 10000;
    if (*bucket + 1000 / rate > mucd->steady_ms)
        return true;
    *bucket += 1000 / rate;
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
    send_stanza(j->mucd, j->duty, kick);
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
    if (joins_too_fast(mucd, from->bare)) {
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

void join_again(struct seat *seat, struct duty *duty, struct xml *stanza)
{
    const struct settings *settings = &seat->occupant->room->settings;
    const struct change change = {
        .own_codes = {settings->whois == WHOIS_ANYONE ? 100 : 0,
                      settings->is_logged ? 170 : 0}};

    show_room(seat, duty, xml_child(stanza, NS_MUC, "x"),
              presence_own(seat->occupant, &change));
}
