/* Ad-hoc commands (XEP-0050) by which a room's administrators make hats and
 * give them to people (XEP-0317 §3.2 to §3.7). */
#include "common/log/log.h"
#include "hats.h"
#include "message.h"
#include "presence.h"
#include "store.h"

#define FORM_HATS "urn:xmpp:hats:commands"

/* Fields of a form, in the order of field_rows. */
enum {
    FIELD_TITLE = 1,
    FIELD_URI = 2,
    FIELD_CHOICE = 4,
    FIELD_HUE = 8,
    FIELD_JID = 16
};

static const struct {
    unsigned bit;
    const char *var, *type, *label;
    bool is_required;
} field_rows[] = {
    {FIELD_JID, "hats#jid", "jid-single", "User's address", true},
    {FIELD_TITLE, "hats#title", "text-single", "Title", true},
    {FIELD_URI, "hats#uri", "text-single", "URI", true},
    {FIELD_CHOICE, "hats#uri", "list-single", "Hat", true},
    {FIELD_HUE, "hats#hue", "text-single", "Hue", false},
};

struct wish {
    struct str title, uri, hue;
    struct jid jid;
};

struct command {
    unsigned fields; /* 0: it asks nothing and answers with a list */
    enum hat_result (*apply)(struct room *room, const struct wish *wish);
    bool is_of_one; /* changes what one person wears; else anybody's */
    void (*list)(const struct room *room, struct xml *form);
};

/* --- what they do --------------------------------------------------------- */

static enum hat_result create(struct room *room, const struct wish *wish)
{
    return hat_put(room, wish->uri, wish->title, wish->hue);
}

static enum hat_result destroy(struct room *room, const struct wish *wish)
{
    return hat_remove(room, wish->uri);
}

static enum hat_result assign(struct room *room, const struct wish *wish)
{
    return hat_assign(room, wish->uri, wish->jid.bare);
}

static enum hat_result unassign(struct room *room, const struct wish *wish)
{
    return hat_unassign(room, wish->uri, wish->jid.bare);
}

static void add_item(struct xml *form, const struct hat *hat, struct str jid)
{
    struct xml *item = xml_add(form, NS_DATA, STR("item"));
    const struct {
        const char *var;
        struct str value;
    } fields[] = {{"hats#jid", jid},
                  {"hats#title", hat->title},
                  {"hats#uri", hat->uri},
                  {"hats#hue", hat->hue}};

    for (size_t i = 0; i < COUNT_OF(fields); i++) {
        struct xml *field;

        if (!fields[i].value.p)
            continue;
        field = xml_add(item, NS_DATA, STR("field"));
        xml_set(field, STR("var"), str_of(fields[i].var));
        xml_add_leaf(field, NS_DATA, STR("value"), fields[i].value);
    }
}

static void list_hats(const struct room *room, struct xml *form)
{
    for (const struct hat *hat = room->hats; hat; hat = hat->next)
        add_item(form, hat, STR_NONE);
}

static void list_assigned(const struct room *room, struct xml *form)
{
    for (const struct hat *hat = room->hats; hat; hat = hat->next)
        for (const struct wearer *w = hat->wearers; w; w = w->hh.next)
            add_item(form, hat, w->jid);
}

static const struct hat_command_name names[] = {
    {STR(FORM_HATS ":create"), STR("Make or change a hat")},
    {STR(FORM_HATS ":destroy"), STR("Destroy a hat")},
    {STR(FORM_HATS ":list"), STR("List hats")},
    {STR(FORM_HATS ":assign"), STR("Give somebody a hat")},
    {STR(FORM_HATS ":unassign"), STR("Take a hat from somebody")},
    {STR(FORM_HATS ":list-assigned"), STR("List who wears hats")},
};

/* In the order of their names. */
static const struct command commands[COUNT_OF(names)] = {
    {FIELD_TITLE | FIELD_URI | FIELD_HUE, create, false, NULL},
    {FIELD_CHOICE, destroy, false, NULL},
    {0, NULL, false, list_hats},
    {FIELD_JID | FIELD_CHOICE, assign, true, NULL},
    {FIELD_JID | FIELD_CHOICE, unassign, true, NULL},
    {0, NULL, false, list_assigned},
};

const struct hat_command_name *hat_commands(size_t *count)
{
    *count = COUNT_OF(names);
    return names;
}

bool hat_commands_are_for(const struct iq_request *request)
{
    return iq_standing(request) >= AFFILIATION_ADMIN;
}

/* --- answers -------------------------------------------------------------- */

static struct xml *answer_of(struct iq_request *request, const char *status,
                             struct xml **result)
{
    struct str session = xml_get(request->payload, "sessionid");
    struct xml *element;

    *result = iq_make_result(request);
    element = xml_add(*result, NS_COMMANDS, STR("command"));
    xml_set(element, STR("node"), xml_get(request->payload, "node"));
    xml_set(element, STR("sessionid"),
            session.len ? session : stanza_new_id(request->arena));
    xml_set(element, STR("status"), str_of(status));
    return element;
}

static void add_choices(const struct room *room, struct xml *field)
{
    for (const struct hat *hat = room->hats; hat; hat = hat->next) {
        struct xml *option = xml_add(field, NS_DATA, STR("option"));

        xml_set(option, STR("label"), hat->title);
        xml_add_leaf(option, NS_DATA, STR("value"), hat->uri);
    }
}

static void ask(struct iq_request *request, const struct command *command)
{
    struct xml *result;
    struct xml *element = answer_of(request, "executing", &result);
    struct xml *actions = xml_add(element, NS_COMMANDS, STR("actions"));
    struct xml *form = xml_add(element, NS_DATA, STR("x"));

    xml_set(actions, STR("execute"), STR("complete"));
    xml_add(actions, NS_COMMANDS, STR("complete"));
    xml_set(form, STR("type"), STR("form"));
    stanza_tell_language(form, request->iq);
    xml_add_leaf(form, NS_DATA, STR("title"),
                 stanza_text(request->iq, names[command - commands].name.p));
    form_add(form, "FORM_TYPE", "hidden", STR(FORM_HATS));
    for (size_t i = 0; i < COUNT_OF(field_rows); i++) {
        struct xml *field;

        if (!(command->fields & field_rows[i].bit))
            continue;
        field = form_add(form, field_rows[i].var, field_rows[i].type, STR_NONE);
        xml_set(field, STR("label"),
                stanza_text(request->iq, field_rows[i].label));
        if (field_rows[i].is_required)
            xml_add(field, NS_DATA, STR("required"));
        if (field_rows[i].bit == FIELD_CHOICE)
            add_choices(request->room, field);
    }
    iq_answer(request, result);
}

static void answer_list(struct iq_request *request,
                        const struct command *command)
{
    struct xml *result;
    struct xml *form =
        xml_add(answer_of(request, "completed", &result), NS_DATA, STR("x"));

    xml_set(form, STR("type"), STR("result"));
    form_add(form, "FORM_TYPE", "hidden", STR(FORM_HATS));
    command->list(request->room, form);
    iq_answer(request, result);
}

/* --- doing it ------------------------------------------------------------- */

/* Whose presence will tell something else, so far as they are in the room. */
static struct occupant **affected_by(const struct room *room,
                                     const struct command *command,
                                     const struct wish *wish, size_t *count)
{
    struct occupant **affected =
        arena_alloc(&room->mucd->arena,
                    (HASH_COUNT(room->occupants) + 1) * sizeof(*affected));
    const struct hat *hat = hat_find(room, wish->uri);

    *count = 0;
    for (struct occupant *o = room->occupants; o; o = o->hh.next)
        if (command->is_of_one ? str_eq(o->bare, wish->jid.bare)
                               : hat && hat_is_worn(hat, o->bare))
            affected[(*count)++] = o;
    return affected;
}

static bool read_wish(struct iq_request *request, const struct command *command,
                      const struct xml *form, struct wish *wish)
{
    *wish = (struct wish){.title = form_value(form, "hats#title"),
                          .uri = form_value(form, "hats#uri"),
                          .hue = form_value(form, "hats#hue")};
    /* The form of XEP-0317's first example has another name for it. */
    if (!wish->uri.len)
        wish->uri = form_value(form, "hat");
    return !(command->fields & FIELD_JID) ||
           jid_parse(&wish->jid, request->arena, form_value(form, "hats#jid"));
}

static void run(struct iq_request *request, const struct command *command,
                const struct xml *form)
{
    static const enum stanza_error errors[] = {
        [HAT_UNKNOWN] = ERR_ITEM_NOT_FOUND,
        [HAT_TOO_MANY] = ERR_RESOURCE_CONSTRAINT,
        [HAT_BAD] = ERR_BAD_REQUEST};
    struct room *room = request->room;
    struct xml *answer;
    struct occupant **affected;
    struct wish wish;
    enum hat_result result;
    size_t count;

    if (!read_wish(request, command, form, &wish)) {
        iq_refuse(request, ERR_JID_MALFORMED, NULL);
        return;
    }
    affected = affected_by(room, command, &wish, &count);
    result = command->apply(room, &wish);
    if (result != HAT_OK) {
        iq_refuse(request, errors[result], NULL);
        return;
    }
    store_room_put(room->mucd->store, room, request->duty);
    if (!command->is_of_one)
        message_tell_codes(room, (const unsigned[]){104, 0});
    for (size_t i = 0; i < count; i++)
        occupant_show(affected[i], NULL);
    answer_of(request, "completed", &answer);
    iq_answer(request, answer);
}

static const struct command *find(struct str node)
{
    for (size_t i = 0; i < COUNT_OF(names); i++)
        if (str_eq(node, names[i].node))
            return &commands[i];
    return NULL;
}

void handle_command(struct iq_request *request)
{
    const struct command *command = find(xml_get(request->payload, "node"));
    const struct xml *form = xml_child(request->payload, NS_DATA, "x");
    struct str action = xml_get(request->payload, "action");
    struct xml *result;

    if (!command) {
        iq_refuse(request, ERR_ITEM_NOT_FOUND, NULL);
    } else if (!hat_commands_are_for(request)) {
        iq_refuse(request, ERR_FORBIDDEN, "This is for administrators");
    } else if (str_is(action, "cancel")) {
        answer_of(request, "canceled", &result);
        iq_answer(request, result);
    } else if (command->list) {
        answer_list(request, command);
    } else if (!form) {
        ask(request, command);
    } else {
        run(request, command, form);
    }
}
