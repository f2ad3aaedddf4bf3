/* Service discovery of the service and of rooms (XEP-0045 §6). */
#include "hats.h"
#include "iq.h"
#include "store.h"

#define NODE_TRAFFIC "http://jabber.org/protocol/muc#traffic"

/* NS_VCARD: its rooms have vCards (XEP-0486 §3.1). */
static const struct str service_features[] = {NS_MUC,          NS_MUC_STABLE_ID,
                                              NS_OCCUPANT_ID,  NS_STANZA_ID,
                                              NS_MUC_SELFPING, NS_VCARD};

/* Of a room alone: its archive (XEP-0313 §7), and moderation as it was asked
 * for inside of another element (XEP-0425 0.2). */
static const struct str room_features[] = {NS_MAM_EXTENDED, NS_MAM_GROUPCHAT,
                                           NS_MODERATE_0};

static void add_common(struct xml *query, enum iq_place place)
{
    for (size_t i = 0; i < COUNT_OF(service_features); i++)
        disco_feature_once(query, service_features[i]);
    for (size_t i = 0; i < iq_row_count; i++)
        if (!iq_rows[i].is_hidden && (iq_rows[i].places & place))
            disco_feature_once(query, iq_rows[i].ns);
    for (size_t i = 0; place == IQ_AT_ROOM && i < COUNT_OF(room_features); i++)
        disco_feature_once(query, room_features[i]);
}

static void add_room_features(struct xml *query, const struct settings *s)
{
    const struct {
        bool is_set;
        struct str yes, no;
    } pairs[] = {
        {s->is_public, STR("muc_public"), STR("muc_hidden")},
        {s->is_members_only, STR("muc_membersonly"), STR("muc_open")},
        {s->is_moderated, STR("muc_moderated"), STR("muc_unmoderated")},
        {s->whois == WHOIS_ANYONE, STR("muc_nonanonymous"),
         STR("muc_semianonymous")},
        {s->has_password, STR("muc_passwordprotected"), STR("muc_unsecured")},
        {s->is_persistent, STR("muc_persistent"), STR("muc_temporary")},
    };

    for (size_t i = 0; i < COUNT_OF(pairs); i++)
        disco_feature_once(query, pairs[i].is_set ? pairs[i].yes : pairs[i].no);
}

/* §6.4, with the fields of the configuration that a stranger may know. */
static void add_room_form(struct iq_request *request, struct xml *query)
{
    const struct room *room = request->room;
    struct xml *form = xml_add(query, NS_DATA, STR("x"));

    xml_set(form, STR("type"), STR("result"));
    form_add(form, "FORM_TYPE", "hidden",
             STR("http://jabber.org/protocol/muc#roominfo"));
    form_add(form, "muc#roominfo_description", "text-single",
             room->settings.description);
    form_add(form, "muc#roominfo_subject", "text-single", room->subject);
    form_add(form, "muc#roominfo_lang", "text-single", room->settings.language);
    form_add(form, "muc#roominfo_occupants", "text-single",
             arena_printf(request->arena, "%u", HASH_COUNT(room->occupants)));
    if (room->hats)
        form_add(form, "hats#hash", "text-single", hats_hash(room));
    if (room->avatar.len)
        form_add(form, "muc#roominfo_avatarhash", "text-multi", room->avatar);
    form_add(form, "muc#roominfo_subjectmod", "boolean",
             room->settings.may_change_subject ? STR("1") : STR("0"));
    form_add(form, "muc#roomconfig_changesubject", "boolean",
             room->settings.may_change_subject ? STR("1") : STR("0"));
}

/* §7.12: the nickname that is reserved for the asker. */
static void answer_reserved_nick(struct iq_request *request)
{
    struct xml *result = iq_make_result(request);
    struct xml *query = xml_add(result, NS_DISCO_INFO, STR("query"));
    const struct member *member =
        room_member(request->room, request->from.bare);

    xml_set(query, STR("node"), STR("x-roomuser-item"));
    if (member && member->nick.p)
        disco_identity(query, "conference", "text", member->nick);
    iq_answer(request, result);
}

void handle_disco_info(struct iq_request *request)
{
    struct str node = xml_get(request->payload, "node");
    struct xml *result, *query;

    if (request->room && str_is(node, "x-roomuser-item")) {
        answer_reserved_nick(request);
        return;
    }
    if (node.len) {
        /* §16.1.1: nothing that is said is cut */
        iq_refuse(request,
                  str_is(node, NODE_TRAFFIC) ? ERR_SERVICE_UNAVAILABLE
                                             : ERR_ITEM_NOT_FOUND,
                  NULL);
        return;
    }
    result = iq_make_result(request);
    query = xml_add(result, NS_DISCO_INFO, STR("query"));
    if (!request->room) {
        disco_identity(query, "conference", "text",
                       stanza_text(request->iq, "Rooms"));
        add_common(query, IQ_AT_SERVICE);
        iq_answer(request, result);
        return;
    }
    disco_identity(query, "conference", "text",
                   request->room->settings.name.p ? request->room->settings.name
                                                  : request->room->jid.local);
    add_common(query, IQ_AT_ROOM);
    disco_feature_once(query, NS_HATS);
    add_room_features(query, &request->room->settings);
    add_room_form(request, query);
    iq_answer(request, result);
}

/* --- items ---------------------------------------------------------------- */

/* Occupants are told to occupants alone: who is in a room is private. */
static void list_occupants(struct iq_request *request)
{
    struct xml *result = iq_make_result(request);
    struct xml *query = xml_add(result, NS_DISCO_ITEMS, STR("query"));
    const struct occupant *o = request->seat ? request->room->occupants : NULL;

    for (; o; o = o->hh.next) {
        struct xml *item = xml_add(query, NS_DISCO_ITEMS, STR("item"));

        xml_set(item, STR("jid"), room_occupant_jid(request->room, o->nick));
    }
    iq_answer(request, result);
}

static void finish_list(struct iq_request *request, bool ok)
{
    struct xml *query = xml_child(request->result, NS_DISCO_ITEMS, "query");
    struct xml *last = query->last, *set;

    if (!ok) {
        iq_refuse(request, ERR_INTERNAL_SERVER_ERROR, NULL);
        return;
    }
    set = xml_add(query, NS_RSM, STR("set"));
    if (last)
        xml_add_leaf(set, NS_RSM, STR("last"), xml_get(last, "jid"));
    iq_answer(request, request->result);
}

static void on_room(void *ctx, const struct str *columns, bool ok)
{
    struct iq_request *request = ctx;
    struct xml *query, *item;
    struct jid jid;

    if (!columns) {
        finish_list(request, ok);
        return;
    }
    query = xml_child(request->result, NS_DISCO_ITEMS, "query");
    item = xml_add(query, NS_DISCO_ITEMS, STR("item"));
    jid = jid_make(request->arena, columns[0], request->to.domain, STR_NONE);
    xml_set(item, STR("jid"), jid.bare);
    xml_set(
        item, STR("name"),
        arena_dup(request->arena, columns[1].len ? columns[1] : columns[0]));
}

static void list_rooms(struct iq_request *request)
{
    unsigned most =
        (unsigned)config_int(request->mucd->config, "mucd.max-listed");
    const struct xml *set = xml_child(request->payload, NS_RSM, "set");
    struct str after = set ? xml_child_text(set, NS_RSM, "after") : STR_NONE;
    struct iq_request *kept = iq_keep(request);
    uint64_t max;
    struct jid jid;

    if (set && str_to_u64(xml_child_text(set, NS_RSM, "max"), &max) &&
        max < most)
        most = (unsigned)max;
    after =
        after.len && jid_parse(&jid, kept->arena, after) ? jid.local : STR("");
    kept->result = iq_make_result(kept);
    xml_add(kept->result, NS_DISCO_ITEMS, STR("query"));
    store_rooms_list(kept->mucd->store, kept->to.domain, after, kept->from.bare,
                     most, on_room, kept);
}

/* XEP-0050 §2.2: the commands, to those who may use them. */
static void list_commands(struct iq_request *request)
{
    struct xml *result = iq_make_result(request);
    struct xml *query = xml_add(result, NS_DISCO_ITEMS, STR("query"));
    size_t count;
    const struct hat_command_name *names = hat_commands(&count);

    xml_set(query, STR("node"), NS_COMMANDS);
    for (size_t i = 0; i < count && hat_commands_are_for(request); i++) {
        struct xml *item = xml_add(query, NS_DISCO_ITEMS, STR("item"));

        xml_set(item, STR("jid"), request->room->jid.bare);
        xml_set(item, STR("node"), names[i].node);
        xml_set(item, STR("name"), stanza_text(request->iq, names[i].name.p));
    }
    iq_answer(request, result);
}

void handle_disco_items(struct iq_request *request)
{
    struct str node = xml_get(request->payload, "node");

    if (request->room && str_eq(node, NS_COMMANDS))
        list_commands(request);
    else if (node.len)
        iq_refuse(request, ERR_ITEM_NOT_FOUND, NULL);
    else if (!request->room)
        list_rooms(request);
    else
        list_occupants(request);
}
