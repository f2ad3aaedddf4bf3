#include "relay.h"

#include <stdio.h>

#include "common/codec/codec.h"
#include "send.h"

#define TAG_LEN 9

/* An answer finds by it which of an occupant's resources has asked, after a
 * death of this process too; only who was asked knows it. */
static void tag_of(const struct seat *seat, char into[TAG_LEN + 1])
{
    unsigned char mac[32];

    hmac_sha256(str_of(seat->occupant->room->secret), seat->jid.full, mac);
    snprintf(into, TAG_LEN + 1, "%02x%02x%02x%02x-", mac[0], mac[1], mac[2],
             mac[3]);
}

/* A vCard is the account's, everything else the resource's (§15.4). */
static void relay_query(struct iq_request *request,
                        const struct occupant *target)
{
    struct xml *iq = request->iq;
    char tag[TAG_LEN + 1];

    tag_of(request->seat, tag);
    xml_set(iq, STR("id"),
            arena_printf(request->arena, "%s%.*s", tag,
                         STR_ARG(xml_get(iq, "id"))));
    xml_set(iq, STR("to"),
            xml_is(request->payload, NS_VCARD, "vCard")
                ? target->bare
                : target->seats->jid.full);
    send_stanza(request->mucd, request->duty, iq);
}

static void relay_answer(struct iq_request *request,
                         const struct occupant *target)
{
    struct str id = xml_get(request->iq, "id");
    const struct seat *seat = target->seats;
    char tag[TAG_LEN + 1];

    for (; seat; seat = seat->next) {
        tag_of(seat, tag);
        if (str_starts(id, str_of(tag)))
            break;
    }
    if (!seat)
        return; /* to no question of his */
    xml_set(request->iq, STR("id"),
            arena_dup(request->arena,
                      (struct str){id.p + TAG_LEN, id.len - TAG_LEN}));
    xml_set(request->iq, STR("to"), seat->jid.full);
    send_stanza(request->mucd, request->duty, request->iq);
}

static bool is_disco(const struct xml *payload)
{
    return payload && (str_eq(payload->ns, NS_DISCO_INFO) ||
                       str_eq(payload->ns, NS_DISCO_ITEMS));
}

void relay(struct iq_request *request)
{
    const struct occupant *target;
    bool is_answer = iq_type(request->iq) > IQ_SET;

    if (!request->seat) {
        if (!is_answer)
            iq_refuse(request,
                      is_disco(request->payload) ? ERR_BAD_REQUEST /* §6.6 */
                                                 : ERR_NOT_ACCEPTABLE,
                      "You are not in this room");
        return;
    }
    target = room_occupant(request->room, request->to.resource);
    if (!target) {
        if (!is_answer)
            iq_refuse(request, ERR_ITEM_NOT_FOUND,
                      "Nobody here has this nickname");
        return;
    }
    if (!is_answer && target == request->seat->occupant &&
        xml_is(request->payload, NS_PING, "ping")) {
        iq_done(request); /* XEP-0410: he is still in */
        return;
    }
    xml_set(request->iq, STR("from"),
            room_occupant_jid(request->room, request->seat->occupant->nick));
    if (is_answer)
        relay_answer(request, target);
    else
        relay_query(request, target);
}
