/* Moderators take messages back (XEP-0425). Clients from before its version
 * 0.3, such as Gajim of Debian 12, wrap their wish and look for the news in
 * XEP-0422's element and older namespaces; each news is said in both ways. */
#include <stdlib.h>

#include "iq.h"
#include "message.h"
#include "send.h"
#include "store.h"

/* What a moderator asks for. */
struct wish {
    struct str id; /* of the message */
    struct str reason;
    bool is_right;
};

static struct wish wish_of(const struct xml *moderate, struct str id,
                           struct str ns, struct str retract_ns)
{
    return (struct wish){
        .id = id,
        .reason = moderate ? xml_child_text(moderate, ns, "reason") : STR_NONE,
        .is_right = moderate && id.len == STANZA_ID_LEN &&
                    xml_child(moderate, retract_ns, "retract"),
    };
}

static struct xml *room_message(struct iq_request *request, struct str from)
{
    struct xml *message = xml_new(request->arena, NS_CLIENT, STR("message"));

    xml_set(message, STR("from"), from);
    xml_set(message, STR("type"), STR("groupchat"));
    xml_set(message, STR("id"), stanza_new_id(request->arena));
    return message;
}

/* Who did it. */
static struct xml *add_moderated(struct iq_request *request, struct xml *parent,
                                 struct str ns)
{
    const struct occupant *by = request->seat->occupant;
    struct xml *moderated = xml_add(parent, ns, STR("moderated"));

    xml_set(moderated, STR("by"), room_occupant_jid(request->room, by->nick));
    xml_set(xml_add(moderated, NS_OCCUPANT_ID, STR("occupant-id")), STR("id"),
            str_of(by->id));
    return moderated;
}

static struct xml *add_retract(struct iq_request *request, struct xml *message,
                               const char *name, const struct wish *wish)
{
    struct xml *retract = xml_add(message, NS_RETRACT, str_of(name));

    xml_set(retract, STR("id"), wish->id);
    add_moderated(request, retract, NS_MODERATE);
    if (wish->reason.len)
        xml_add_leaf(retract, NS_RETRACT, STR("reason"), wish->reason);
    return retract;
}

/* The same as version 0.2 has it. */
static struct xml *add_old_retract(struct iq_request *request,
                                   struct xml *parent, const char *name,
                                   const struct wish *wish)
{
    struct xml *moderated = add_moderated(request, parent, NS_MODERATE_0);
    struct xml *retract = xml_add(moderated, NS_RETRACT_0, str_of(name));

    if (wish->reason.len)
        xml_add_leaf(moderated, NS_MODERATE_0, STR("reason"), wish->reason);
    return retract;
}

/* A message without what it said: it stays its author's (§5), as far as the
 * room still knows it. */
static struct xml *tomb_new(struct iq_request *request,
                            const struct entry *entry)
{
    struct room *room = request->room;
    const struct xml *said =
        entry && entry->stanza.p
            ? xml_parse(room->mucd->parser, request->arena, entry->stanza)
            : NULL;
    const struct xml *author =
        said ? xml_child(said, NS_OCCUPANT_ID, "occupant-id") : NULL;
    struct xml *tomb = room_message(
        request, entry && entry->nick.p ? room_occupant_jid(room, entry->nick)
                                        : room->jid.bare);

    if (said && xml_get(said, "id").p)
        xml_set(tomb, STR("id"), xml_get(said, "id"));
    if (author)
        xml_append(tomb, xml_dup(request->arena, author));
    return tomb;
}

/* What stands in the place of the message from now on. */
static void bury(struct iq_request *request, const struct wish *wish)
{
    struct room *room = request->room;
    struct entry *entry = room_entry_by_stanza_id(room, wish->id);
    struct xml *tomb = tomb_new(request, entry);
    struct str stamp = stanza_timestamp(request->arena, room->mucd->now_ms);
    struct xml *stanza_id;
    struct str bytes;

    xml_set(add_retract(request, tomb, "retracted", wish), STR("stamp"), stamp);
    xml_set(add_old_retract(request, tomb, "retracted", wish), STR("stamp"),
            stamp);
    stanza_id = xml_add(tomb, NS_STANZA_ID, STR("stanza-id"));
    xml_set(stanza_id, STR("id"), wish->id);
    xml_set(stanza_id, STR("by"), room->jid.bare);
    bytes = send_bytes(room->mucd, tomb);
    store_message_replace(room->mucd->store, room, wish->id, bytes,
                          request->duty);
    if (entry)
        entry_replace(room, entry, bytes);
}

static void tell(struct iq_request *request, const struct wish *wish)
{
    struct room *room = request->room;
    struct xml *message = room_message(request, room->jid.bare);
    struct xml *apply_to;

    add_retract(request, message, "retract", wish);
    apply_to = xml_add(message, NS_FASTEN, STR("apply-to"));
    xml_set(apply_to, STR("id"), wish->id);
    add_old_retract(request, apply_to, "retract", wish);
    message_publish(room, request->duty, message, STR_NONE, request->from.full);
}

static void moderate(struct iq_request *request, const struct wish *wish)
{
    if (!request->seat || request->seat->occupant->role != ROLE_MODERATOR) {
        iq_refuse(request, ERR_FORBIDDEN, NULL);
        return;
    }
    if (!wish->is_right) {
        iq_refuse(request, ERR_BAD_REQUEST, NULL);
        return;
    }
    bury(request, wish);
    tell(request, wish);
    iq_done(request);
}

void handle_moderate(struct iq_request *request)
{
    struct wish wish =
        wish_of(request->payload, xml_get(request->payload, "id"), NS_MODERATE,
                NS_RETRACT);

    moderate(request, &wish);
}

void handle_fastened(struct iq_request *request)
{
    struct wish wish =
        wish_of(xml_child(request->payload, NS_MODERATE_0, "moderate"),
                xml_get(request->payload, "id"), NS_MODERATE_0, NS_RETRACT_0);

    moderate(request, &wish);
}
