#include "register.h"

#include "approve.h"
#include "iq.h"
#include "nick.h"
#include "presence.h"
#include "send.h"
#include "store.h"

static bool may_register(const struct iq_request *request)
{
    enum affiliation affiliation =
        room_affiliation(request->room, request->from.bare);

    return affiliation >= AFFILIATION_MEMBER ||
           (affiliation_may(affiliation, MAY_REGISTER) &&
            request->room->settings.may_register);
}

void handle_register_get(struct iq_request *request)
{
    const struct member *member =
        room_member(request->room, request->from.bare);
    struct xml *result, *query, *form;

    if (!may_register(request)) {
        iq_refuse(request, ERR_NOT_ALLOWED, NULL);
        return;
    }
    result = iq_make_result(request);
    query = xml_add(result, NS_REGISTER, STR("query"));
    if (member && member->nick.p) {
        xml_add(query, NS_REGISTER, STR("registered"));
        xml_add_leaf(query, NS_REGISTER, STR("username"), member->nick);
    }
    form = xml_add(query, NS_DATA, STR("x"));
    xml_set(form, STR("type"), STR("form"));
    stanza_tell_language(form, request->iq);
    form_add(form, "FORM_TYPE", "hidden", STR(FORM_REGISTER));
    xml_set(form_add(form, FIELD_ROOMNICK, "text-single",
                     member && member->nick.p ? member->nick : STR_NONE),
            STR("label"), stanza_text(request->iq, "Nickname"));
    iq_answer(request, result);
}

/* Everybody sees the new affiliation (§7.10). */
static void show_again(struct room *room, struct str bare)
{
    struct occupant *occupant, *next;

    HASH_ITER(hh, room->occupants, occupant, next)
    if (str_eq(occupant->bare, bare))
        occupant_show(occupant, NULL);
}

static void unregister(struct iq_request *request)
{
    enum affiliation affiliation =
        room_affiliation(request->room, request->from.bare);

    if (request->room->department.len) {
        iq_refuse(request, ERR_NOT_ALLOWED, "The room is a department's");
        return;
    }
    if (affiliation == AFFILIATION_MEMBER)
        room_set_affiliation(request->room, request->duty, request->from.bare,
                             AFFILIATION_NONE, STR_NONE);
    show_again(request->room, request->from.bare);
    iq_done(request);
}

void register_member(struct room *room, struct duty *duty, struct str bare,
                     struct str nick)
{
    if (room_affiliation(room, bare) < AFFILIATION_MEMBER)
        room_set_affiliation(room, duty, bare, AFFILIATION_MEMBER, STR_NONE);
    room_reserve_nick(room, duty, bare, nick);
    show_again(room, bare);
}

/* Who may become a member of a room for members is for others to say. */
static void keep(struct iq_request *request, struct str nick)
{
    struct room *room = request->room;
    struct str bare = request->from.bare;

    if (room->settings.is_members_only &&
        room_affiliation(room, bare) < AFFILIATION_MEMBER) {
        approve_ask(request, nick);
        return;
    }
    register_member(room, request->duty, bare, nick);
    iq_done(request);
}

/* Nobody else may have it, as a member or as an occupant. */
static bool is_free(struct iq_request *request, struct str nick,
                    enum stanza_error *error)
{
    return nick_is_free(request->room, nick, &request->from, NULL, error);
}

void handle_register_set(struct iq_request *request)
{
    const struct xml *form = form_of(request->payload, "submit");
    enum stanza_error error;
    struct str nick = STR_NONE;

    if (!may_register(request)) {
        iq_refuse(request, ERR_NOT_ALLOWED, NULL);
        return;
    }
    if (xml_child(request->payload, NS_REGISTER, "remove")) {
        unregister(request);
        return;
    }
    if (form)
        nick =
            jid_prep_resource(request->arena, form_value(form, FIELD_ROOMNICK));
    if (!nick.len)
        iq_refuse(request, ERR_BAD_REQUEST, "The nickname is missing");
    else if (!room_member(request->room, request->from.bare) &&
             !room_has_space_for(request->room, 1))
        iq_refuse(request, ERR_RESOURCE_CONSTRAINT, NULL);
    else if (!is_free(request, nick, &error))
        iq_refuse(request, error, NULL);
    else
        keep(request, nick);
}
