/* Lists of affiliations and roles, and changes of them (XEP-0045 §8, §9). */
#include "affiliation.h"
#include "invite.h"
#include "iq.h"
#include "nick.h"
#include "presence.h"

#define MAX_ITEMS 500u

/* One <item/> of a request, judged before any is applied. */
struct wish {
    struct str jid; /* bare, or a domain; of an occupant or not */
    struct occupant *occupant;
    bool is_role;
    enum role role;
    enum affiliation affiliation;
    struct str nick; /* to be reserved; absent: as it was */
    struct str reason;
};

/* --- lists ---------------------------------------------------------------- */

static bool may_list(const struct iq_request *request,
                     enum affiliation affiliation)
{
    enum affiliation standing = iq_standing(request);
    const struct settings *settings = &request->room->settings;
    enum role role = request->seat ? request->seat->occupant->role : ROLE_NONE;

    if (standing >= AFFILIATION_ADMIN)
        return true;
    /* The list tells real addresses (§5.2.1). */
    return affiliation == AFFILIATION_MEMBER &&
           affiliation_may(standing, MAY_LIST_MEMBERS) &&
           (settings->listers & (1u << role)) != 0 &&
           settings->whois == WHOIS_ANYONE;
}

static void list_affiliation(struct iq_request *request,
                             enum affiliation affiliation)
{
    struct xml *result = iq_make_result(request);
    struct xml *query = xml_add(result, NS_MUC_ADMIN, STR("query"));

    for (const struct member *m = request->room->members; m; m = m->hh.next) {
        struct xml *item;

        if (m->affiliation != affiliation)
            continue;
        item = xml_add(query, NS_MUC_ADMIN, STR("item"));
        xml_set(item, STR("affiliation"),
                str_of(affiliation_name(affiliation)));
        xml_set(item, STR("jid"), m->jid);
        xml_set(item, STR("nick"), m->nick);
        if (m->reason.len)
            xml_add_leaf(item, NS_MUC_ADMIN, STR("reason"), m->reason);
    }
    iq_answer(request, result);
}

static void list_role(struct iq_request *request, enum role role)
{
    struct xml *result = iq_make_result(request);
    struct xml *query = xml_add(result, NS_MUC_ADMIN, STR("query"));

    for (const struct occupant *o = request->room->occupants; o;
         o = o->hh.next) {
        struct xml *item;

        if (o->role != role)
            continue;
        item = xml_add(query, NS_MUC_ADMIN, STR("item"));
        xml_set(
            item, STR("affiliation"),
            str_of(affiliation_name(room_affiliation(request->room, o->bare))));
        xml_set(item, STR("role"), str_of(role_name(role)));
        xml_set(item, STR("nick"), o->nick);
        xml_set(item, STR("jid"), o->seats->jid.full);
    }
    iq_answer(request, result);
}

static bool is_moderator(const struct iq_request *request)
{
    return iq_standing(request) >= AFFILIATION_ADMIN ||
           (request->seat && request->seat->occupant->role == ROLE_MODERATOR);
}

void handle_admin_get(struct iq_request *request)
{
    const struct xml *item = xml_child(request->payload, NS_MUC_ADMIN, "item");
    enum affiliation affiliation =
        affiliation_by_name(item ? xml_get(item, "affiliation") : STR_NONE);
    enum role role = role_by_name(item ? xml_get(item, "role") : STR_NONE);

    if (affiliation != AFFILIATION_COUNT) {
        if (affiliation == AFFILIATION_NONE)
            iq_refuse(request, ERR_BAD_REQUEST, NULL);
        else if (may_list(request, affiliation))
            list_affiliation(request, affiliation);
        else
            iq_refuse(request, ERR_FORBIDDEN, NULL);
    } else if (role == ROLE_COUNT || role == ROLE_NONE) {
        iq_refuse(request, ERR_BAD_REQUEST, NULL);
    } else if (is_moderator(request)) {
        list_role(request, role);
    } else {
        iq_refuse(request, ERR_FORBIDDEN, NULL);
    }
}

/* --- judging -------------------------------------------------------------- */

static bool read_wish(struct iq_request *request, const struct xml *item,
                      struct wish *wish, enum stanza_error *error)
{
    struct str nick = xml_get(item, "nick");
    struct str address = xml_get(item, "jid");
    struct jid jid;

    *wish = (struct wish){
        .role = role_by_name(xml_get(item, "role")),
        .affiliation = affiliation_by_name(xml_get(item, "affiliation")),
        .reason = xml_child_text(item, NS_MUC_ADMIN, "reason")};
    wish->is_role = wish->affiliation == AFFILIATION_COUNT;
    *error = ERR_BAD_REQUEST;
    if (wish->is_role ? wish->role == ROLE_COUNT
                      : xml_get(item, "role").p != NULL) /* §15.4 */
        return false;
    if (wish->reason.len > room_max_text(request->room))
        return false;
    if (address.p) {
        *error = ERR_JID_MALFORMED;
        if (!jid_parse(&jid, request->arena, address))
            return false;
        wish->jid = jid.bare;
        wish->occupant = room_occupant_of(request->room, jid.bare);
        wish->nick = nick.len ? jid_prep_resource(request->arena, nick) : nick;
        if (nick.len && !wish->nick.len)
            return false;
    } else if (nick.p) {
        wish->occupant = room_occupant(request->room, nick);
        wish->jid = wish->occupant ? wish->occupant->bare : STR_NONE;
    } else {
        return false;
    }
    *error = ERR_ITEM_NOT_FOUND;
    return wish->is_role ? wish->occupant != NULL : wish->jid.p != NULL;
}

static bool may_change_role(const struct iq_request *request,
                            const struct wish *wish, enum stanza_error *error)
{
    const struct standpoint actor = {is_moderator(request) ? ROLE_MODERATOR
                                                           : ROLE_NONE,
                                     iq_standing(request)};
    const struct standpoint target = {
        wish->occupant->role,
        room_affiliation(request->room, wish->occupant->bare)};

    *error = ERR_FORBIDDEN;
    if (actor.role != ROLE_MODERATOR)
        return false;
    *error = ERR_NOT_ALLOWED;
    return role_may_change(actor, target, wish->role);
}

static bool is_new_member(const struct iq_request *request,
                          const struct wish *wish)
{
    return !wish->is_role && wish->affiliation != AFFILIATION_NONE &&
           !room_member(request->room, wish->jid);
}

/* The nickname that an item gives a member (§9.5); the empty one frees his. */
static bool may_reserve(const struct iq_request *request,
                        const struct wish *wish, enum stanza_error *error)
{
    struct jid user;

    if (!wish->nick.len)
        return true;
    *error = ERR_BAD_REQUEST;
    if (wish->affiliation < AFFILIATION_MEMBER)
        return false;
    return jid_parse(&user, request->arena, wish->jid) &&
           nick_is_free(request->room, wish->nick, &user, NULL, error);
}

static bool may_change_affiliation(const struct iq_request *request,
                                   const struct wish *wish,
                                   enum stanza_error *error)
{
    enum affiliation actor = iq_standing(request);
    enum affiliation old = room_affiliation(request->room, wish->jid);
    bool is_self = str_eq(wish->jid, request->from.bare);

    *error = ERR_NOT_ALLOWED;
    if (request->room->department.len)
        return false;      /* the directory decides */
    *error = ERR_CONFLICT; /* §9.1 */
    if (is_self && wish->affiliation == AFFILIATION_OUTCAST &&
        affiliation_may(actor, MAY_BAN))
        return false;
    *error =
        wish->affiliation == AFFILIATION_OUTCAST && actor == AFFILIATION_ADMIN
            ? ERR_NOT_ALLOWED
            : ERR_FORBIDDEN;
    if (!affiliation_may_change(actor, old, wish->affiliation))
        return false;
    if (!may_reserve(request, wish, error))
        return false;
    *error = ERR_CONFLICT;
    /* A room keeps an owner (§10.2). */
    return old != AFFILIATION_OWNER || wish->affiliation == AFFILIATION_OWNER ||
           room_count_affiliation(request->room, AFFILIATION_OWNER) > 1;
}

/* --- applying ------------------------------------------------------------- */

static struct str actor_nick(const struct iq_request *request)
{
    return request->seat ? request->seat->occupant->nick : STR_NONE;
}

static void apply_role(struct iq_request *request, const struct wish *wish)
{
    struct change change = {.reason = wish->reason,
                            .actor = actor_nick(request)};

    if (wish->role != ROLE_NONE) {
        occupant_set_role(wish->occupant, request->duty, wish->role, &change);
        return;
    }
    change.codes[0] = 307;
    occupant_remove(wish->occupant, request->duty, &change);
}

static void apply_affiliation(struct iq_request *request,
                              const struct wish *wish)
{
    struct room *room = request->room;
    bool was_stranger = room_affiliation(room, wish->jid) == AFFILIATION_NONE;

    affiliation_apply(room, request->duty, wish->jid, wish->affiliation,
                      wish->reason, actor_nick(request));
    if (wish->nick.p && wish->affiliation >= AFFILIATION_MEMBER)
        room_reserve_nick(room, request->duty, wish->jid, wish->nick);
    if (was_stranger && wish->affiliation == AFFILIATION_MEMBER &&
        room->settings.is_members_only)
        invite_member(room, request->duty, wish->jid, &request->from,
                      wish->reason); /* §9.5 */
}

static bool judge(struct iq_request *request, const struct xml *item,
                  struct wish *wish, enum stanza_error *error)
{
    if (!read_wish(request, item, wish, error))
        return false;
    return wish->is_role ? may_change_role(request, wish, error)
                         : may_change_affiliation(request, wish, error);
}

void handle_admin_set(struct iq_request *request)
{
    enum stanza_error error = ERR_BAD_REQUEST;
    const struct xml *item;
    struct room *room = request->room;
    struct wish wish;
    unsigned count = 0, fresh = 0;

    /* All are judged before the first is applied. */
    for (item = xml_child(request->payload, NS_MUC_ADMIN, "item"); item;
         item = xml_next(item, NS_MUC_ADMIN, "item"))
        if (++count > MAX_ITEMS || !judge(request, item, &wish, &error)) {
            iq_refuse(request, error, NULL);
            return;
        } else if (is_new_member(request, &wish) &&
                   !room_has_space_for(room, ++fresh)) {
            iq_refuse(request, ERR_RESOURCE_CONSTRAINT,
                      "The lists of the room are full");
            return;
        }
    if (count == 0) {
        iq_refuse(request, ERR_BAD_REQUEST, NULL);
        return;
    }
    for (item = xml_child(request->payload, NS_MUC_ADMIN, "item"); item;
         item = xml_next(item, NS_MUC_ADMIN, "item")) {
        /* One before it may have changed what this one found. */
        if (!judge(request, item, &wish, &error))
            continue;
        if (wish.is_role)
            apply_role(request, &wish);
        else
            apply_affiliation(request, &wish);
        if (request->seat)
            request->seat = room_seat(room, request->from.full);
    }
    iq_done(request);
    room_settle(room, request->duty);
}
