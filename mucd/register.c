/* Membership with a nickname of one's own (XEP-0045 §7.10). */
#include "iq.h"
#include "nick.h"
#include "presence.h"
#include "send.h"
#include "store.h"

#define FORM_REGISTER "http://jabber.org/protocol/muc#register"

static bool may_register(const struct iq_request *request)
{
    enum affiliation affiliation =
        room_affiliation(request->room, request->from.bare);

    return affiliation >= AFFILIATION_MEMBER ||
           (affiliation_may(affiliation, MAY_REGISTER) &&
            request->room->settings.may_register &&
            !request->room->settings.is_members_only);
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
    form_add(form, "FORM_TYPE", "hidden", STR(FORM_REGISTER));
    xml_set(form_add(form, "muc#register_roomnick", "text-single",
                     member && member->nick.p ? member->nick : STR_NONE),
            STR("label"), STR("Nickname"));
    iq_answer(request, result);
}

/* Everybody sees the new affiliation (§7.10). */
static void show_again(struct iq_request *request)
{
    struct occupant *occupant, *next;

    HASH_ITER(hh, request->room->occupants, occupant, next)
    if (str_eq(occupant->bare, request->from.bare))
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
    show_again(request);
    iq_done(request);
}

static void keep(struct iq_request *request, struct str nick)
{
    struct room *room = request->room;
    enum affiliation affiliation = room_affiliation(room, request->from.bare);

    if (affiliation < AFFILIATION_MEMBER)
        room_set_affiliation(room, request->duty, request->from.bare,
                             AFFILIATION_MEMBER, STR_NONE);
    room_reserve_nick(room, request->duty, request->from.bare, nick);
    show_again(request);
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
        nick = jid_prep_resource(request->arena,
                                 form_value(form, "muc#register_roomnick"));
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
