#include "voice.h"

#include "presence.h"
#include "rate.h"
#include "send.h"

#define FORM_REQUEST "http://jabber.org/protocol/muc#request"

static struct xml *request_of(const struct room *room,
                              const struct occupant *visitor)
{
    struct xml *message =
        xml_new(&room->mucd->arena, NS_CLIENT, STR("message"));
    struct xml *form;

    xml_set(message, STR("from"), room->jid.bare);
    room_set_lang(room, message);
    form = xml_add(message, NS_DATA, STR("x"));
    xml_set(form, STR("type"), STR("form"));
    xml_add_leaf(form, NS_DATA, STR("title"),
                 stanza_text(message, "Voice request"));
    form_add(form, "FORM_TYPE", "hidden", STR(FORM_REQUEST));
    form_add(form, "muc#role", "list-single", STR("participant"));
    form_add(form, "muc#jid", "jid-single", visitor->seats->jid.full);
    form_add(form, "muc#roomnick", "text-single", visitor->nick);
    form_add(form, "muc#request_allow", "boolean", STR("0"));
    return message;
}

static void ask_moderators(struct room *room, const struct occupant *visitor)
{
    struct xml *message = request_of(room, visitor);

    for (struct seat *s = room->seats; s; s = s->hh.next)
        if (s->occupant->role == ROLE_MODERATOR)
            fan_add(room->mucd, s);
    fan_out(room, send_bytes(room->mucd, message), STR_NONE);
}

static void grant(struct room *room, struct duty *duty, const struct seat *by,
                  const struct xml *form)
{
    struct occupant *visitor =
        room_occupant(room, form_value(form, "muc#roomnick"));
    struct str allowed = form_value(form, "muc#request_allow");
    const struct change change = {.actor = by->occupant->nick};

    if (visitor && visitor->role == ROLE_VISITOR &&
        (str_is(allowed, "1") || str_is(allowed, "true")))
        occupant_set_role(visitor, duty, ROLE_PARTICIPANT, &change);
}

bool voice_receive(struct room *room, struct seat *seat, struct duty *duty,
                   struct xml *message, const struct jid *from)
{
    const struct xml *form = form_of(message, "submit");

    if (!form || !str_is(form_value(form, "FORM_TYPE"), FORM_REQUEST))
        return false;
    if (!seat)
        send_error(room->mucd, duty, message, ERR_NOT_ACCEPTABLE,
                   "You are not in this room");
    else if (seat->occupant->role == ROLE_MODERATOR)
        grant(room, duty, seat, form);
    else if (seat->occupant->role == ROLE_VISITOR &&
             rate_exceeded(room->mucd, RATE_REQUEST, from->bare))
        send_error(room->mucd, duty, message, ERR_RESOURCE_CONSTRAINT,
                   "You have asked already");
    else if (seat->occupant->role == ROLE_VISITOR)
        ask_moderators(room, seat->occupant);
    return true;
}
