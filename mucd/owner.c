/* A room's configuration and end, by its owners (XEP-0045 §10). */
#include "affiliation.h"
#include "department.h"
#include "iq.h"
#include "message.h"
#include "presence.h"
#include "store.h"

void handle_owner_get(struct iq_request *request)
{
    struct xml *result, *query;

    if (!affiliation_may(iq_standing(request), MAY_CONFIGURE)) {
        iq_refuse(request, ERR_FORBIDDEN, NULL);
        return;
    }
    result = iq_make_result(request);
    query = xml_add(result, NS_MUC_OWNER, STR("query"));
    settings_write_form(&request->room->settings, query, request->iq);
    if (!request->room->department.len)
        affiliation_write_lists(request->room, request->iq, query->last);
    iq_answer(request, result);
}

/* --- what a change means to those inside ---------------------------------- */

/* §10.2.1 */
static void tell_change(struct room *room, const struct settings *old)
{
    const struct settings *now = &room->settings;
    unsigned codes[3] = {0}, count = 0;

    if (old->is_logged != now->is_logged)
        codes[count++] = now->is_logged ? 170 : 171;
    if (old->whois != now->whois)
        codes[count++] = now->whois == WHOIS_ANYONE ? 172 : 173;
    if (count == 0)
        codes[count] = 104;
    message_tell_codes(room, codes);
}

static void remove_strangers(struct room *room, struct duty *duty)
{
    const struct change change = {.codes = {322}};
    struct occupant *occupant, *next;

    HASH_ITER(hh, room->occupants, occupant, next)
    if (!affiliation_may(room_affiliation(room, occupant->bare),
                         MAY_ENTER_MEMBERS_ONLY))
        occupant_remove(occupant, duty, &change);
}

static void refresh_all(struct room *room)
{
    struct occupant *occupant, *next;

    HASH_ITER(hh, room->occupants, occupant, next)
    occupant_refresh(occupant);
}

static void submit(struct iq_request *request, const struct xml *form)
{
    struct room *room = request->room;
    struct settings old = room->settings, wanted;
    enum stanza_error error = ERR_NOT_ACCEPTABLE;
    bool was_locked = room->is_locked;

    settings_copy(&wanted, &old);
    if (!settings_read_form(&wanted, form) ||
        !affiliation_judge_lists(room, form, &error)) {
        settings_clear(&wanted);
        iq_refuse(request, error, "A field has a wrong value");
        return;
    }
    room->settings = wanted;
    if (room->department.len)
        department_keep_settings(room);
    room->is_locked = false;
    store_room_put(room->mucd->store, room, request->duty);
    if (!was_locked)
        tell_change(room, &old);
    if (!room->department.len)
        affiliation_apply_lists(room, request->duty, form);
    refresh_all(room);
    if (room->settings.is_members_only && !old.is_members_only)
        remove_strangers(room, request->duty);
    settings_clear(&old);
    iq_done(request);
    room_settle(room, request->duty);
}

/* --- the end -------------------------------------------------------------- */

static void destroy(struct iq_request *request, const struct xml *wanted)
{
    struct xml *copy = xml_new(request->arena, NS_MUC_USER, STR("destroy"));
    struct str reason = xml_child_text(wanted, NS_MUC_OWNER, "reason");
    struct jid alternative;

    if (request->room->department.len && request->room->members) {
        iq_refuse(request, ERR_NOT_ALLOWED, "The room is a department's");
        return;
    }
    if (jid_parse(&alternative, request->arena, xml_get(wanted, "jid")))
        xml_set(copy, STR("jid"), alternative.full);
    if (reason.len)
        xml_add_leaf(copy, NS_MUC_USER, STR("reason"), reason);
    room_destroy(request->room, request->duty, copy);
    iq_done(request);
}

static void cancel(struct iq_request *request)
{
    if (request->room->is_locked)
        room_destroy(request->room, request->duty,
                     xml_new(request->arena, NS_MUC_USER, STR("destroy")));
    iq_done(request);
}

void handle_owner_set(struct iq_request *request)
{
    const struct xml *query = request->payload;
    const struct xml *wanted = xml_child(query, NS_MUC_OWNER, "destroy");

    if (!affiliation_may(iq_standing(request), MAY_CONFIGURE))
        iq_refuse(request, ERR_FORBIDDEN, NULL);
    else if (wanted)
        destroy(request, wanted);
    else if (form_of(query, "cancel"))
        cancel(request);
    else if (form_of(query, "submit"))
        submit(request, form_of(query, "submit"));
    else
        iq_refuse(request, ERR_BAD_REQUEST, NULL);
}
