#include "message.h"

#include <stdlib.h>
#include <utlist.h>

#include "approve.h"
#include "invite.h"
#include "ghost.h"
#include "send.h"
#include "store.h"
#include "voice.h"

/* However it is spelled: clients do not compare the letters either. */
static bool is_room(const struct room *room, struct str address)
{
    struct jid jid;

    return jid_parse(&jid, &room->mucd->arena, address) &&
           str_eq(jid.bare, room->jid.bare);
}

/* Who spoke behind the room, which the room may tell and nobody else
 * (§7.2.13). */
static bool names_an_origin(const struct xml *child)
{
    const struct xml *address = xml_is(child, NS_ADDRESS, "addresses")
                                    ? xml_child(child, NS_ADDRESS, "address")
                                    : NULL;

    while (address && !str_is(xml_get(address, "type"), "ofrom"))
        address = xml_next(address, NS_ADDRESS, "address");
    return address != NULL;
}

static bool is_forged(const struct room *room, const struct xml *child)
{
    if (str_eq(child->ns, NS_STANZA_ID))
        return is_room(room, xml_get(child, "by"));
    if (xml_is(child, NS_DELAY, "delay"))
        return is_room(room, xml_get(child, "from"));
    return xml_is(child, NS_MAM, "result") ||
           (str_eq(child->ns, NS_CARBONS) && !str_is(child->name, "private")) ||
           str_eq(child->ns, NS_OCCUPANT_ID) ||
           str_eq(child->ns, NS_MUC_USER) || str_eq(child->ns, NS_HATS) ||
           xml_is(child, NS_MODERATE, "moderated") ||
           (xml_is(child, NS_RETRACT, "retract") &&
            xml_child(child, NS_MODERATE, "moderated")) ||
           xml_is(child, NS_RETRACT, "retracted") || names_an_origin(child);
}

void message_clean(const struct room *room, struct xml *message)
{
    struct xml *child = xml_child(message, STR_NONE, NULL), *next;

    for (; child; child = next) {
        next = xml_next(child, STR_NONE, NULL);
        if (is_forged(room, child))
            xml_remove(child);
    }
}

static void add_everybody(struct room *room)
{
    for (struct seat *seat = room->seats; seat; seat = seat->hh.next)
        fan_add(room->mucd, seat);
}

void message_tell_codes(struct room *room, const unsigned *codes)
{
    struct xml *message =
        xml_new(&room->mucd->arena, NS_CLIENT, STR("message"));
    struct xml *x = xml_add(message, NS_MUC_USER, STR("x"));

    xml_set(message, STR("from"), room->jid.bare);
    xml_set(message, STR("type"), STR("groupchat"));
    for (; *codes; codes++)
        xml_set_u64(xml_add(x, NS_MUC_USER, STR("status")), "code", *codes);
    add_everybody(room);
    fan_out(room, send_bytes(room->mucd, message), STR_NONE);
}

static bool has_hint(const struct xml *message, const char *name)
{
    return xml_child(message, NS_HINTS, name) != NULL;
}

static bool is_worth_keeping(const struct xml *message)
{
    if (has_hint(message, "no-store") ||
        has_hint(message, "no-permanent-store"))
        return false;
    return xml_child(message, NS_CLIENT, "body") ||
           has_hint(message, "store") ||
           xml_child(message, NS_RETRACT, "retract");
}

void message_publish(struct room *room, struct duty *duty, struct xml *message,
                     struct str nick, struct str sender)
{
    struct mucd *mucd = room->mucd;
    bool is_kept = is_worth_keeping(message);
    struct str origin = duty_origin(duty);
    uint64_t id = room_next_id(room);
    struct str bytes;
    struct entry *entry;

    if (is_kept) {
        struct xml *element = xml_add(message, NS_STANZA_ID, STR("stanza-id"));
        char stanza_id[STANZA_ID_LEN + 1];

        room_stanza_id(room, origin, stanza_id);
        xml_set(element, STR("id"), arena_dup(&mucd->arena, str_of(stanza_id)));
        xml_set(element, STR("by"), room->jid.bare);
    }
    bytes = arena_dup(&mucd->arena, send_bytes(mucd, message));
    entry = room_add_entry(room, id, mucd->now_ms, is_kept ? bytes : STR_NONE,
                           origin, nick);
    mucd->messages++;
    if (is_kept)
        store_message_add(mucd->store, room, entry, sender, duty);
    add_everybody(room);
    fan_out_committed(room, bytes, origin);
}

/* --- groupchat ------------------------------------------------------------ */

/* A subject alone is a change of it (§8.1). */
static bool is_subject(const struct xml *message)
{
    return xml_child(message, NS_CLIENT, "subject") &&
           !xml_child(message, NS_CLIENT, "body") &&
           !xml_child(message, NS_CLIENT, "thread");
}

static bool may_change_subject(const struct occupant *occupant)
{
    return occupant->role == ROLE_MODERATOR ||
           (occupant->role == ROLE_PARTICIPANT &&
            occupant->room->settings.may_change_subject);
}

void message_add_occupant_id(struct xml *stanza,
                             const struct occupant *occupant)
{
    xml_set(xml_add(stanza, NS_OCCUPANT_ID, STR("occupant-id")), STR("id"),
            str_of(occupant->id));
}

static void set_subject(struct seat *seat, struct duty *duty,
                        struct xml *message)
{
    struct room *room = seat->occupant->room;
    struct str subject = xml_child_text(message, NS_CLIENT, "subject");

    if (!may_change_subject(seat->occupant)) {
        send_error(room->mucd, duty, message, ERR_FORBIDDEN,
                   "You may not change the subject");
        return;
    }
    if (subject.len > room_max_text(room)) {
        send_error(room->mucd, duty, message, ERR_POLICY_VIOLATION,
                   "The subject is too long");
        return;
    }
    text_drop(&room->subject);
    text_drop(&room->subject_nick);
    room->subject = str_dup(subject);
    room->subject_nick = str_dup(seat->occupant->nick);
    room->subject_ms = room->mucd->now_ms;
    store_room_put(room->mucd->store, room, duty);
    xml_set(message, STR("from"),
            room_occupant_jid(room, seat->occupant->nick));
    xml_set(message, STR("to"), STR_NONE);
    message_add_occupant_id(message, seat->occupant);
    add_everybody(room);
    fan_out_committed(room, send_bytes(room->mucd, message), duty_origin(duty));
    room_add_entry(room, room_next_id(room), room->mucd->now_ms, STR_NONE,
                   duty_origin(duty), STR_NONE);
}

/* Its sender's sm was started again, or we were: then those who had it already
 * are known to their sm. */
static void send_again(struct room *room, struct entry *entry)
{
    if (!entry->is_restored || !entry->stanza.p)
        return;
    entry->is_restored = false;
    add_everybody(room);
    fan_out(room, entry->stanza, entry->origin);
}

bool message_is_too_fast(struct seat *seat, struct duty *duty,
                         struct xml *message)
{
    if (!seat_is_too_fast(seat))
        return false;
    send_error(seat->occupant->room->mucd, duty, message, ERR_POLICY_VIOLATION,
               "You send too fast");
    return true;
}

static void groupchat(struct seat *seat, struct duty *duty, struct xml *message)
{
    struct occupant *occupant = seat->occupant;
    struct room *room = occupant->room;
    struct entry *known = room_entry_of(room, duty_origin(duty));

    if (known) {
        send_again(room, known);
        return;
    }
    if (message_is_too_fast(seat, duty, message))
        return;
    message_clean(room, message);
    if (is_subject(message)) {
        set_subject(seat, duty, message);
        return;
    }
    if (!role_may(occupant->role, MAY_SEND_TO_ALL)) {
        send_error(room->mucd, duty, message, ERR_FORBIDDEN,
                   "Visitors need voice to speak");
        return;
    }
    xml_set(message, STR("from"), room_occupant_jid(room, occupant->nick));
    xml_set(message, STR("to"), STR_NONE);
    message_add_occupant_id(message, occupant);
    message_publish(room, duty, message, occupant->nick, seat->jid.full);
}

/* --- dispatch ------------------------------------------------------------- */

static void to_occupant(struct room *room, struct seat *seat, struct duty *duty,
                        struct xml *message, const struct jid *to)
{
    if (!seat)
        send_error(room->mucd, duty, message, ERR_NOT_ACCEPTABLE,
                   "You are not in this room");
    else if (message_type(message) == MESSAGE_GROUPCHAT)
        send_error(room->mucd, duty, message, ERR_BAD_REQUEST,
                   "A private message is of type chat");
    else
        message_private(seat, duty, message, to->resource);
}

static void to_room(struct room *room, struct seat *seat, struct duty *duty,
                    struct xml *message, const struct jid *from)
{
    if (message_type(message) != MESSAGE_GROUPCHAT &&
        (invite_receive(room, seat, duty, message, from) ||
         voice_receive(room, seat, duty, message, from) ||
         approve_receive(room, seat, duty, message, from)))
        return;
    if (!seat)
        send_error(room->mucd, duty, message, ERR_NOT_ACCEPTABLE,
                   "You are not in this room");
    else if (message_type(message) == MESSAGE_GROUPCHAT)
        groupchat(seat, duty, message);
    else
        send_error(room->mucd, duty, message, ERR_BAD_REQUEST,
                   "A message to the room is of type groupchat");
}

void message_receive(struct mucd *mucd, struct duty *duty, struct xml *message,
                     const struct jid *from, const struct jid *to)
{
    struct room *room = room_find(mucd, to->bare);
    struct seat *seat = room ? room_seat(room, from->full) : NULL;

    if (message_type(message) == MESSAGE_ERROR) {
        ghost_bounced(mucd, duty, message, from, to);
        return;
    }
    if (!room || (room->is_locked && !seat)) { /* §15.2 */
        send_error(mucd, duty, message, ERR_ITEM_NOT_FOUND,
                   "There is no such room");
        return;
    }
    if (seat) {
        seat->heard_ms = mucd->steady_ms;
        seat->pinged_ms = 0;
    }
    if (to->resource.len)
        to_occupant(room, seat, duty, message, to);
    else
        to_room(room, seat, duty, message, from);
}
