/* Messages from one occupant to another (XEP-0045 §7.5). */
#include <utlist.h>

#include "message.h"
#include "send.h"

static bool may_send_pm(const struct occupant *from, const struct occupant *to)
{
    switch (from->room->settings.pm) {
    case PM_ANYONE:
        return true;
    case PM_PARTICIPANTS:
        return from->role >= ROLE_PARTICIPANT;
    case PM_MODERATORS:
        return from->role == ROLE_MODERATOR;
    default: /* moderators are always reached by those who need them */
        return to->role == ROLE_MODERATOR && from->role == ROLE_MODERATOR;
    }
}

void message_private(struct seat *seat, struct duty *duty, struct xml *message,
                     struct str nick)
{
    struct room *room = seat->occupant->room;
    struct occupant *target = room_occupant(room, nick);
    struct seat *each;

    if (!target) {
        send_error(room->mucd, duty, message, ERR_ITEM_NOT_FOUND,
                   "Nobody here has this nickname");
        return;
    }
    if (!may_send_pm(seat->occupant, target)) {
        send_error(room->mucd, duty, message, ERR_FORBIDDEN,
                   "Private messages are not for you here");
        return;
    }
    if (message_is_too_fast(seat, duty, message))
        return;
    message_clean(room, message);
    xml_add(message, NS_MUC_USER, STR("x"));
    message_add_occupant_id(message, seat->occupant);
    xml_set(message, STR("from"),
            room_occupant_jid(room, seat->occupant->nick));
    DL_FOREACH(target->seats, each)
    {
        xml_set(message, STR("to"), each->jid.full);
        send_stanza(room->mucd, duty, message);
    }
}
