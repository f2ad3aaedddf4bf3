#include "invite.h"

#include "common/link/control.h"
#include "rate.h"
#include "send.h"

#define MAX_INVITES 20u /* of one message */

static bool may_invite(const struct room *room, const struct seat *seat,
                       const struct jid *from)
{
    enum affiliation standing = room_standing(room, from->bare);

    if (standing >= AFFILIATION_ADMIN)
        return true;
    if (!seat || room->settings.is_members_only)
        return false;
    return seat->occupant->role == ROLE_MODERATOR || room->settings.may_invite;
}

struct invitation {
    struct jid to;
    struct str from, reason;
    struct str inviter;     /* bare JID, whatever `from` shows */
    const struct xml *more; /* <continue/>; NULL: none */
};

/* The inviter's name may be hidden from the invited, but not from his sm: it asks
 * whether the one may know the other. */
static void tell_sm(struct room *room, struct xml *message,
                    const struct invitation *i)
{
    if (mucd_serves_users(room->mucd, i->to.domain))
        xml_set(xml_add(message, NS_LINK_CONTROL, STR(CTL_INVITER)),
                STR(CTL_A_JID), i->inviter);
}

static void send_invite(struct room *room, struct duty *duty,
                        const struct invitation *i)
{
    struct arena *arena = &room->mucd->arena;
    struct xml *message = xml_new(arena, NS_CLIENT, STR("message"));
    struct xml *x, *copy;

    xml_set(message, STR("from"), room->jid.bare);
    xml_set(message, STR("to"), i->to.full);
    x = xml_add(message, NS_MUC_USER, STR("x"));
    copy = xml_add(x, NS_MUC_USER, STR("invite"));
    xml_set(copy, STR("from"), i->from);
    if (i->reason.len)
        xml_add_leaf(copy, NS_MUC_USER, STR("reason"), i->reason);
    if (i->more)
        xml_append(copy, xml_dup(arena, i->more));
    if (room->settings.has_password)
        xml_add_leaf(x, NS_MUC_USER, STR("password"), room->settings.secret);
    x = xml_add(message, NS_CONFERENCE, STR("x"));
    xml_set(x, STR("jid"), room->jid.bare);
    if (i->reason.len)
        xml_set(x, STR("reason"), i->reason);
    if (room->settings.has_password)
        xml_set(x, STR("password"), room->settings.secret);
    tell_sm(room, message, i);
    send_stanza(room->mucd, duty, message);
}

/* Whom an invitation comes from: his nickname where addresses are hidden. */
static struct str inviter_of(const struct room *room, const struct jid *from)
{
    const struct occupant *occupant = room_occupant_of(room, from->bare);

    return occupant && room->settings.whois == WHOIS_MODERATORS
               ? room_occupant_jid(room, occupant->nick)
               : from->bare;
}

void invite_member(struct room *room, struct duty *duty, struct str bare,
                   const struct jid *from, struct str reason)
{
    struct invitation invitation = {.from = inviter_of(room, from),
                                    .inviter = from->bare,
                                    .reason = reason};

    if (jid_parse(&invitation.to, &room->mucd->arena, bare))
        send_invite(room, duty, &invitation);
}

/* Whoever is asked in must be able to enter; false when he cannot be. */
static bool let_in(struct room *room, struct duty *duty, struct str bare)
{
    if (!room->settings.is_members_only ||
        room_affiliation(room, bare) != AFFILIATION_NONE)
        return true;
    if (room->department.len || !room_has_space_for(room, 1))
        return false;
    room_set_affiliation(room, duty, bare, AFFILIATION_MEMBER, STR_NONE);
    return true;
}

static void invite_one(struct room *room, struct duty *duty,
                       const struct xml *message, const struct jid *from,
                       const struct xml *wanted)
{
    struct invitation invitation = {
        .from = inviter_of(room, from),
        .inviter = from->bare,
        .reason = xml_child_text(wanted, NS_MUC_USER, "reason"),
        .more = xml_child(wanted, NS_MUC_USER, "continue")};
    struct jid *to = &invitation.to;

    if (!jid_parse(to, &room->mucd->arena, xml_get(wanted, "to")))
        send_error(room->mucd, duty, message, ERR_JID_MALFORMED, NULL);
    else if (mucd_serves(room->mucd, to->domain))
        send_error(room->mucd, duty, message, ERR_NOT_ACCEPTABLE,
                   "Rooms enter no rooms");
    else if (room_affiliation(room, to->bare) == AFFILIATION_OUTCAST)
        send_error(room->mucd, duty, message, ERR_FORBIDDEN,
                   "The room has banned him");
    else if (!let_in(room, duty, to->bare))
        send_error(room->mucd, duty, message, ERR_FORBIDDEN,
                   "Nobody else may become a member");
    else
        send_invite(room, duty, &invitation);
}

static void invite(struct room *room, struct seat *seat, struct duty *duty,
                   struct xml *message, const struct jid *from,
                   const struct xml *first)
{
    unsigned count = 0;

    if (!may_invite(room, seat, from)) {
        send_error(room->mucd, duty, message, ERR_FORBIDDEN,
                   "You may not invite to this room");
        return;
    }
    for (const struct xml *i = first; i && count < MAX_INVITES;
         i = xml_next(i, NS_MUC_USER, "invite"), count++) {
        /* What a user sends here goes to whomever he names. */
        if (rate_exceeded(room->mucd, RATE_INVITE, from->bare)) {
            send_error(room->mucd, duty, message, ERR_RESOURCE_CONSTRAINT,
                       "You invite too many people");
            return;
        }
        invite_one(room, duty, message, from, i);
    }
}

/* The full JID that an invitation came from; an occupant's may stand for it. */
static struct str find_inviter(const struct room *room, const struct jid *to)
{
    const struct occupant *occupant;

    if (!str_eq(to->bare, room->jid.bare))
        return to->full;
    occupant = to->resource.len ? room_occupant(room, to->resource) : NULL;
    return occupant ? occupant->seats->jid.full : STR_NONE;
}

static void decline(struct room *room, struct duty *duty,
                    const struct jid *from, const struct xml *wanted)
{
    struct arena *arena = &room->mucd->arena;
    struct str reason = xml_child_text(wanted, NS_MUC_USER, "reason");
    struct xml *message, *copy;
    struct str inviter;
    struct jid to;

    if (!jid_parse(&to, arena, xml_get(wanted, "to")) ||
        room_affiliation(room, from->bare) == AFFILIATION_OUTCAST ||
        rate_exceeded(room->mucd, RATE_INVITE, from->bare))
        return;
    inviter = find_inviter(room, &to);
    /* Only who is in the room can have invited: no relay for strangers. */
    if (!inviter.p || !jid_parse(&to, arena, inviter) ||
        !room_occupant_of(room, to.bare))
        return;
    message = xml_new(arena, NS_CLIENT, STR("message"));
    xml_set(message, STR("from"), room->jid.bare);
    xml_set(message, STR("to"), inviter);
    copy = xml_add(xml_add(message, NS_MUC_USER, STR("x")), NS_MUC_USER,
                   STR("decline"));
    xml_set(copy, STR("from"), from->bare);
    if (reason.len)
        xml_add_leaf(copy, NS_MUC_USER, STR("reason"), reason);
    send_stanza(room->mucd, duty, message);
}

bool invite_receive(struct room *room, struct seat *seat, struct duty *duty,
                    struct xml *message, const struct jid *from)
{
    const struct xml *x = xml_child(message, NS_MUC_USER, "x");
    const struct xml *first = x ? xml_child(x, NS_MUC_USER, "invite") : NULL;
    const struct xml *declined =
        x ? xml_child(x, NS_MUC_USER, "decline") : NULL;

    if (first)
        invite(room, seat, duty, message, from, first);
    else if (declined)
        decline(room, duty, from, declined);
    return first || declined;
}
