#include "iq.h"

#include <stdlib.h>

#include "ghost.h"
#include "rate.h"
#include "relay.h"
#include "send.h"

const struct iq_row iq_rows[] = {
    {"get", "query", NS_DISCO_INFO, IQ_AT_SERVICE | IQ_AT_ROOM,
     handle_disco_info, false},
    {"get", "query", NS_DISCO_ITEMS, IQ_AT_SERVICE | IQ_AT_ROOM,
     handle_disco_items, false},
    {"get", "ping", NS_PING, IQ_AT_SERVICE | IQ_AT_ROOM, handle_ping, false},
    {"get", "query", NS_VERSION, IQ_AT_SERVICE, handle_version, false},
    {"get", "query", NS_MUC_ADMIN, IQ_AT_ROOM, handle_admin_get, true},
    {"set", "query", NS_MUC_ADMIN, IQ_AT_ROOM, handle_admin_set, true},
    {"get", "query", NS_MUC_OWNER, IQ_AT_ROOM, handle_owner_get, true},
    {"set", "query", NS_MUC_OWNER, IQ_AT_ROOM, handle_owner_set, true},
    {"get", "query", NS_REGISTER, IQ_AT_ROOM, handle_register_get, false},
    {"set", "query", NS_REGISTER, IQ_AT_ROOM, handle_register_set, false},
    {"get", "query", NS_MAM, IQ_AT_ROOM, handle_archive_form, false},
    {"set", "query", NS_MAM, IQ_AT_ROOM, handle_archive_query, false},
    {"get", "metadata", NS_MAM, IQ_AT_ROOM, handle_archive_metadata, false},
    {"set", "moderate", NS_MODERATE, IQ_AT_ROOM, handle_moderate, false},
    {"set", "apply-to", NS_FASTEN, IQ_AT_ROOM, handle_fastened, true},
    {"set", "command", NS_COMMANDS, IQ_AT_ROOM, handle_command, false},
    {"get", "vCard", NS_VCARD, IQ_AT_ROOM, handle_vcard_get, false},
    {"set", "vCard", NS_VCARD, IQ_AT_ROOM, handle_vcard_set, false},
};
const size_t iq_row_count = COUNT_OF(iq_rows);

struct xml *iq_make_result(struct iq_request *request)
{
    return iq_result(request->arena, request->iq);
}

static void end(struct iq_request *request)
{
    struct arena own = request->own;

    if (request->arena != &request->own)
        return;
    duty_drop(request->duty);
    free(request);
    arena_clear(&own);
}

void iq_answer(struct iq_request *request, struct xml *result)
{
    send_answer(request->mucd, request->duty, result);
    end(request);
}

void iq_refuse(struct iq_request *request, enum stanza_error condition,
               const char *text)
{
    iq_answer(request,
              stanza_error_reply(request->arena, request->iq, condition, text));
}

void iq_done(struct iq_request *request)
{
    iq_answer(request, iq_make_result(request));
}

struct iq_request *iq_keep(struct iq_request *request)
{
    struct iq_request *kept = NEW(struct iq_request);

    *kept = *request;
    kept->arena = &kept->own;
    kept->iq = xml_dup(&kept->own, request->iq);
    kept->payload = iq_payload(kept->iq);
    (void)!jid_parse(&kept->from, &kept->own, request->from.full);
    (void)!jid_parse(&kept->to, &kept->own, request->to.full);
    kept->room = NULL;
    kept->seat = NULL;
    duty_hold(kept->duty);
    return kept;
}

enum affiliation iq_standing(const struct iq_request *request)
{
    return room_standing(request->room, request->from.bare);
}

void handle_ping(struct iq_request *request)
{
    iq_done(request);
}

void handle_version(struct iq_request *request)
{
    struct xml *result = iq_make_result(request);
    struct xml *query = xml_add(result, NS_VERSION, STR("query"));

    xml_add_leaf(query, NS_VERSION, STR("name"), STR("Posthouse mucd"));
    xml_add_leaf(query, NS_VERSION, STR("version"), STR("1"));
    iq_answer(request, result);
}

/* --- dispatch ------------------------------------------------------------- */

static void dispatch(struct iq_request *request, enum iq_place place)
{
    for (size_t i = 0; i < iq_row_count; i++) {
        const struct iq_row *row = &iq_rows[i];

        if ((row->places & place) &&
            str_is(xml_get(request->iq, "type"), row->type) &&
            xml_is(request->payload, row->ns, row->element)) {
            row->handler(request);
            return;
        }
    }
    iq_refuse(request, ERR_SERVICE_UNAVAILABLE, NULL);
}

static bool is_secret(const struct iq_request *request)
{
    return !request->seat && room_is_secret(request->room, request->from.bare);
}

/* An account answers for its vCard without a resource. */
static struct seat *seat_of(const struct room *room, const struct jid *from,
                            bool is_answer)
{
    const struct occupant *occupant = is_answer && !from->resource.len
                                          ? room_occupant_of(room, from->bare)
                                          : NULL;

    return occupant ? occupant->seats : room_seat(room, from->full);
}

void iq_receive(struct mucd *mucd, struct duty *duty, struct xml *iq,
                const struct jid *from, const struct jid *to)
{
    struct iq_request request = {.mucd = mucd,
                                 .duty = duty,
                                 .arena = &mucd->arena,
                                 .iq = iq,
                                 .payload = iq_payload(iq),
                                 .from = *from,
                                 .to = *to};
    bool is_answer = iq_type(iq) == IQ_RESULT || iq_type(iq) == IQ_ERROR;

    if (to->local.len)
        request.room = room_find(mucd, to->bare);
    if (request.room)
        request.seat = seat_of(request.room, from, is_answer);
    if (request.seat) {
        request.seat->heard_ms = mucd->steady_ms;
        request.seat->pinged_ms = 0;
    }
    if (iq_type(iq) == IQ_ERROR && request.seat && !to->resource.len)
        ghost_bounced(mucd, duty, iq, from, to);
    else if (!is_answer && rate_exceeded(mucd, RATE_QUERY, from->bare))
        iq_refuse(&request, ERR_RESOURCE_CONSTRAINT, "You ask too much");
    else if (request.room && to->resource.len && !is_secret(&request))
        relay(&request);
    else if (is_answer)
        return;
    else if (!request.payload || iq_type(iq) == IQ_INVALID)
        iq_refuse(&request, ERR_BAD_REQUEST, NULL);
    else if (!to->local.len)
        dispatch(&request, IQ_AT_SERVICE);
    else if (request.room && !is_secret(&request))
        dispatch(&request, IQ_AT_ROOM);
    else
        iq_refuse(&request, ERR_ITEM_NOT_FOUND, "There is no such room");
}
