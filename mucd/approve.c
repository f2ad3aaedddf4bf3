#include "approve.h"

#include "invite.h"
#include "nick.h"
#include "presence.h"
#include "rate.h"
#include "register.h"
#include "send.h"

#define FIELD_JID   "posthouse#register_jid"
#define FIELD_ALLOW "muc#register_allow"

static struct xml *form_for(struct iq_request *request, struct str nick)
{
    struct xml *message = xml_new(request->arena, NS_CLIENT, STR("message"));
    struct xml *form = xml_add(message, NS_DATA, STR("x"));

    xml_set(message, STR("from"), request->room->jid.bare);
    room_set_lang(request->room, message);
    xml_set(form, STR("type"), STR("form"));
    xml_add_leaf(form, NS_DATA, STR("title"),
                 stanza_text(message, "Registration request"));
    form_add(form, "FORM_TYPE", "hidden", STR(FORM_REGISTER));
    xml_set(form_add(form, FIELD_JID, "jid-single", request->from.bare),
            STR("label"), stanza_text(message, "Who asks"));
    xml_set(form_add(form, FIELD_ROOMNICK, "text-single", nick), STR("label"),
            stanza_text(message, "Desired nickname"));
    xml_set(form_add(form, FIELD_ALLOW, "boolean", STR("0")), STR("label"),
            stanza_text(message,
                        "Allow this person to register with the room?"));
    return message;
}

void approve_ask(struct iq_request *request, struct str nick)
{
    struct room *room = request->room;
    struct xml *message;
    unsigned asked = 0;

    if (rate_exceeded(room->mucd, RATE_REQUEST, request->from.bare)) {
        iq_refuse(request, ERR_RESOURCE_CONSTRAINT, "You have asked already");
        return;
    }
    message = form_for(request, nick);
    for (struct seat *s = room->seats; s; s = s->hh.next)
        if (room_affiliation(room, s->jid.bare) >= AFFILIATION_ADMIN) {
            fan_add(room->mucd, s);
            asked++;
        }
    if (asked == 0) {
        iq_refuse(request, ERR_RECIPIENT_UNAVAILABLE,
                  "Nobody is in the room who could approve it");
        return;
    }
    fan_out(room, send_bytes(room->mucd, message), STR_NONE);
    iq_done(request);
}

/* False with the error when it cannot be granted any more. */
static bool may_grant(struct room *room, const struct jid *user,
                      struct str nick, enum stanza_error *error)
{
    *error = ERR_NOT_ALLOWED;
    if (room->department.len ||
        room_affiliation(room, user->bare) == AFFILIATION_OUTCAST)
        return false;
    *error = ERR_RESOURCE_CONSTRAINT;
    if (!room_member(room, user->bare) && !room_has_space_for(room, 1))
        return false;
    return nick_is_free(room, nick, user, NULL, error);
}

static void grant(struct room *room, struct duty *duty,
                  const struct xml *message, const struct xml *form,
                  const struct jid *by)
{
    struct arena *arena = &room->mucd->arena;
    struct str nick =
        jid_prep_resource(arena, form_value(form, FIELD_ROOMNICK));
    enum stanza_error error = ERR_BAD_REQUEST;
    struct jid user;

    if (!nick.len || !jid_parse(&user, arena, form_value(form, FIELD_JID)) ||
        !may_grant(room, &user, nick, &error)) {
        send_error(room->mucd, duty, message, error, NULL);
        return;
    }
    register_member(room, duty, user.bare, nick);
    if (room->settings.is_members_only)
        invite_member(room, duty, user.bare, by, STR_NONE);
}

bool approve_receive(struct room *room, const struct seat *seat,
                     struct duty *duty, struct xml *message,
                     const struct jid *from)
{
    const struct xml *form = form_of(message, "submit");
    struct str allowed = form ? form_value(form, FIELD_ALLOW) : STR_NONE;

    if (!form || !str_is(form_value(form, "FORM_TYPE"), FORM_REGISTER))
        return false;
    if (!seat || room_affiliation(room, from->bare) < AFFILIATION_ADMIN)
        send_error(room->mucd, duty, message, ERR_FORBIDDEN,
                   "Administrators approve of members");
    else if (str_is(allowed, "1") || str_is(allowed, "true"))
        grant(room, duty, message, form, from);
    return true;
}
