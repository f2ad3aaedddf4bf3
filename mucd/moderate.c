/* Moderators take messages back (XEP-0425). */
#include <stdlib.h>

#include "iq.h"
#include "message.h"
#include "send.h"
#include "store.h"

static struct xml *add_retract(struct iq_request *request, struct xml *message,
                               const char *name, struct str id)
{
    const struct occupant *by = request->seat->occupant;
    struct str reason = xml_child_text(request->payload, NS_MODERATE, "reason");
    struct xml *retract = xml_add(message, NS_RETRACT, str_of(name));
    struct xml *moderated;

    xml_set(retract, STR("id"), id);
    moderated = xml_add(retract, NS_MODERATE, STR("moderated"));
    xml_set(moderated, STR("by"), room_occupant_jid(request->room, by->nick));
    xml_set(xml_add(moderated, NS_OCCUPANT_ID, STR("occupant-id")), STR("id"),
            str_of(by->id));
    if (reason.len)
        xml_add_leaf(retract, NS_RETRACT, STR("reason"), reason);
    return retract;
}

static struct xml *room_message(struct iq_request *request, struct str from)
{
    struct xml *message = xml_new(request->arena, NS_CLIENT, STR("message"));

    xml_set(message, STR("from"), from);
    xml_set(message, STR("type"), STR("groupchat"));
    xml_set(message, STR("id"), stanza_new_id(request->arena));
    return message;
}

/* What stands in the place of the message from now on. */
static void bury(struct iq_request *request, struct str text,
                 struct entry *entry)
{
    struct room *room = request->room;
    struct xml *tomb = room_message(
        request, entry && entry->nick.p ? room_occupant_jid(room, entry->nick)
                                        : room->jid.bare);
    struct xml *retracted = add_retract(request, tomb, "retracted", text);
    struct xml *stanza_id;
    struct str bytes;

    xml_set(retracted, STR("stamp"),
            stanza_timestamp(request->arena, room->mucd->now_ms));
    stanza_id = xml_add(tomb, NS_STANZA_ID, STR("stanza-id"));
    xml_set(stanza_id, STR("id"), text);
    xml_set(stanza_id, STR("by"), room->jid.bare);
    bytes = send_bytes(room->mucd, tomb);
    store_message_replace(room->mucd->store, room, text, bytes, request->duty);
    if (entry)
        entry_replace(room, entry, bytes);
}

void handle_moderate(struct iq_request *request)
{
    struct str text = xml_get(request->payload, "id");
    struct room *room = request->room;
    struct entry *entry;
    struct xml *message;

    if (!request->seat || request->seat->occupant->role != ROLE_MODERATOR) {
        iq_refuse(request, ERR_FORBIDDEN, NULL);
        return;
    }
    if (text.len != STANZA_ID_LEN ||
        !xml_child(request->payload, NS_RETRACT, "retract")) {
        iq_refuse(request, ERR_BAD_REQUEST, NULL);
        return;
    }
    entry = room_entry_by_stanza_id(room, text);
    bury(request, text, entry);
    message = room_message(request, room->jid.bare);
    add_retract(request, message, "retract", text);
    message_publish(room, request->duty, message, STR_NONE, request->from.full);
    iq_done(request);
}
