#include "settings.h"

#include <stdlib.h>

#define MAX_TEXT    4096u
#define MAX_USERS   1000000u
#define MAX_HISTORY 250u
#define NO_LIMIT    "none"

enum field_kind {
    FIELD_TEXT,
    FIELD_LINES,
    FIELD_SECRET,
    FIELD_BOOL,
    FIELD_NUMBER,
    FIELD_LIMIT,  /* a number, of which the options are examples; 0: none */
    FIELD_CHOICE, /* index among the options */
    FIELD_SET     /* bits (1 << (index + 1)) of the options: roles */
};

static const char *const type_names[] = {
    [FIELD_TEXT] = "text-single",    [FIELD_LINES] = "text-single",
    [FIELD_SECRET] = "text-private", [FIELD_BOOL] = "boolean",
    [FIELD_NUMBER] = "text-single",  [FIELD_CHOICE] = "list-single",
    [FIELD_SET] = "list-multi",      [FIELD_LIMIT] = "list-single",
};

struct field_row {
    const char *var;
    const char *label;
    enum field_kind kind;
    size_t offset;
    unsigned max;        /* FIELD_NUMBER, FIELD_LIMIT */
    const char *options; /* of a choice, a set or a limit: "a|b|c" */
};

#define AT(member) offsetof(struct settings, member)
#define ROLES      "visitor|participant|moderator"

static const struct field_row rows[] = {
    {"muc#roomconfig_roomname", "Name", FIELD_TEXT, AT(name), 0, NULL},
    {"muc#roomconfig_roomdesc", "Description", FIELD_LINES, AT(description), 0,
     NULL},
    {"muc#roomconfig_lang", "Language of the discussions", FIELD_TEXT,
     AT(language), 0, NULL},
    {"muc#roomconfig_pubsub", "Associated publish-subscribe node", FIELD_TEXT,
     AT(pubsub), 0, NULL},
    {"muc#roomconfig_persistentroom", "Keep the room when it is empty",
     FIELD_BOOL, AT(is_persistent), 0, NULL},
    {"muc#roomconfig_publicroom", "List the room publicly", FIELD_BOOL,
     AT(is_public), 0, NULL},
    {"muc#roomconfig_membersonly", "Only members may enter", FIELD_BOOL,
     AT(is_members_only), 0, NULL},
    {"muc#roomconfig_moderatedroom", "Visitors need voice to speak", FIELD_BOOL,
     AT(is_moderated), 0, NULL},
    {"muc#roomconfig_passwordprotectedroom", "A password is needed to enter",
     FIELD_BOOL, AT(has_password), 0, NULL},
    {"muc#roomconfig_roomsecret", "The password", FIELD_SECRET, AT(secret), 0,
     NULL},
    {"muc#roomconfig_whois", "Who may see the real addresses", FIELD_CHOICE,
     AT(whois), 0, "moderators|anyone"},
    {"muc#roomconfig_changesubject", "Participants may change the subject",
     FIELD_BOOL, AT(may_change_subject), 0, NULL},
    {"muc#roomconfig_allowinvites", "Participants may invite others",
     FIELD_BOOL, AT(may_invite), 0, NULL},
    {"muc#roomconfig_allowpm", "Who may send private messages", FIELD_CHOICE,
     AT(pm), 0, "anyone|participants|moderators|none"},
    {"muc#roomconfig_presencebroadcast", "Whose presence is shown", FIELD_SET,
     AT(broadcast), 0, ROLES},
    {"muc#roomconfig_getmemberlist", "Who may retrieve the member list",
     FIELD_SET, AT(listers), 0, ROLES},
    {"muc#roomconfig_enablelogging", "Keep an archive of the discussions",
     FIELD_BOOL, AT(is_logged), 0, NULL},
    {"muc#roomconfig_maxusers", "Most occupants", FIELD_LIMIT, AT(max_users),
     MAX_USERS, "10|20|30|50|100|200|500|1000|" NO_LIMIT},
    {"muc#maxhistoryfetch", "Messages for who enters", FIELD_NUMBER,
     AT(max_history), MAX_HISTORY, NULL},
    {"posthouse#roomconfig_allowregister", "Users may register as members",
     FIELD_BOOL, AT(may_register), 0, NULL},
};

static void *member(struct settings *settings, const struct field_row *row)
{
    return (char *)settings + row->offset;
}

static const void *const_member(const struct settings *settings,
                                const struct field_row *row)
{
    return (const char *)settings + row->offset;
}

static bool is_text(const struct field_row *row)
{
    return row->kind <= FIELD_SECRET;
}

void settings_init(struct settings *settings, unsigned max_history)
{
    *settings = (struct settings){
        .is_public = true,
        .may_change_subject = false,
        .may_invite = true,
        .is_logged = true,
        .may_register = true,
        .max_history = max_history,
        .broadcast =
            1u << ROLE_VISITOR | 1u << ROLE_PARTICIPANT | 1u << ROLE_MODERATOR,
        .listers = 1u << ROLE_MODERATOR | 1u << ROLE_PARTICIPANT,
    };
}

void settings_clear(struct settings *settings)
{
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        if (is_text(&rows[i])) {
            struct str *text = member(settings, &rows[i]);

            free((char *)text->p);
            *text = STR_NONE;
        }
}

void settings_copy(struct settings *to, const struct settings *from)
{
    *to = *from;
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        if (is_text(&rows[i])) {
            struct str *text = member(to, &rows[i]);

            *text = str_dup(*text);
        }
}

/* --- forms ---------------------------------------------------------------- */

static bool option_index(const struct field_row *row, struct str value,
                         unsigned *index)
{
    struct str rest = str_of(row->options);

    for (*index = 0; rest.p; (*index)++)
        if (str_eq(str_cut(&rest, '|'), value))
            return true;
    return false;
}

static void add_option(struct xml *field, struct str value, struct str label)
{
    struct xml *option = xml_add(field, NS_DATA, STR("option"));

    xml_set(option, STR("label"), label);
    xml_add_leaf(option, NS_DATA, STR("value"), value);
}

static void add_options(struct xml *field, const struct field_row *row,
                        const struct xml *asked)
{
    struct str rest = str_of(row->options);

    while (rest.p) {
        struct str option = str_cut(&rest, '|');

        add_option(field, option,
                   stanza_text(asked, arena_dup(field->arena, option).p));
    }
}

/* A list may offer no more than its own words: the value that is set, too. */
static void add_limits(struct xml *field, const struct field_row *row,
                       struct str now, const struct xml *asked)
{
    struct str rest = str_of(row->options);
    unsigned index;

    if (!option_index(row, now, &index))
        add_option(field, now, now);
    while (rest.p) {
        struct str option = str_cut(&rest, '|');

        add_option(field, option,
                   str_is(option, NO_LIMIT) ? stanza_text(asked, "No limit")
                                            : option);
    }
}

static struct str limit_text(unsigned limit, struct arena *arena)
{
    return limit ? arena_printf(arena, "%u", limit) : STR(NO_LIMIT);
}

static struct str text_of(const struct settings *settings,
                          const struct field_row *row, struct arena *arena)
{
    switch (row->kind) {
    case FIELD_BOOL:
        return *(const bool *)const_member(settings, row) ? STR("1") : STR("0");
    case FIELD_NUMBER:
        return arena_printf(arena, "%u",
                            *(const unsigned *)const_member(settings, row));
    case FIELD_LIMIT:
        return limit_text(*(const unsigned *)const_member(settings, row),
                          arena);
    default:
        return *(const struct str *)const_member(settings, row);
    }
}

static void add_chosen(struct xml *field, const struct settings *settings,
                       const struct field_row *row)
{
    unsigned value = *(const unsigned *)const_member(settings, row);
    struct str rest = str_of(row->options);

    for (unsigned i = 0; rest.p; i++) {
        struct str option = str_cut(&rest, '|');

        if (row->kind == FIELD_CHOICE ? value == i
                                      : (value & (1u << (i + 1))) != 0)
            xml_add_leaf(field, NS_DATA, STR("value"), option);
    }
}

void settings_write_form(const struct settings *settings, struct xml *parent,
                         const struct xml *asked)
{
    struct xml *form = xml_add(parent, NS_DATA, STR("x"));

    xml_set(form, STR("type"), asked ? STR("form") : STR("submit"));
    if (asked)
        stanza_tell_language(form, asked);
    form_add(form, "FORM_TYPE", "hidden", STR(FORM_ROOMCONFIG));
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const struct field_row *row = &rows[i];
        struct xml *field;

        if (row->kind == FIELD_CHOICE || row->kind == FIELD_SET) {
            field = form_add(form, row->var, type_names[row->kind], STR_NONE);
            add_chosen(field, settings, row);
        } else {
            field = form_add(form, row->var, type_names[row->kind],
                             text_of(settings, row, parent->arena));
        }
        if (!asked)
            continue;
        xml_set(field, STR("label"), stanza_text(asked, row->label));
        if (row->kind == FIELD_LIMIT)
            add_limits(field, row, text_of(settings, row, parent->arena),
                       asked);
        else if (row->options)
            add_options(field, row, asked);
    }
}

/* --- reading -------------------------------------------------------------- */

static bool read_set(unsigned *bits, const struct field_row *row,
                     const struct xml *field)
{
    unsigned index;

    *bits = 0;
    for (const struct xml *v = xml_child(field, NS_DATA, "value"); v;
         v = xml_next(v, NS_DATA, "value")) {
        if (!option_index(row, xml_text(v), &index))
            return false;
        *bits |= 1u << (index + 1);
    }
    return true;
}

static bool read_bool(bool *value, struct str text)
{
    if (str_is(text, "1") || str_is(text, "true"))
        *value = true;
    else if (str_is(text, "0") || str_is(text, "false"))
        *value = false;
    else
        return false;
    return true;
}

static bool read_number(unsigned *value, struct str text, unsigned max)
{
    uint64_t number = 0;

    if (text.len && !str_is(text, NO_LIMIT) && !str_to_u64(text, &number))
        return false;
    *value = number > max ? max : (unsigned)number;
    return true;
}

static bool read_text(struct str *text, struct str value)
{
    if (value.len > MAX_TEXT)
        return false;
    free((char *)text->p);
    *text = value.len ? str_dup(value) : STR_NONE;
    return true;
}

static bool read_field(struct settings *settings, const struct field_row *row,
                       const struct xml *field)
{
    struct str value = xml_child_text(field, NS_DATA, "value");

    switch (row->kind) {
    case FIELD_BOOL:
        return read_bool(member(settings, row), value);
    case FIELD_NUMBER:
    case FIELD_LIMIT:
        return read_number(member(settings, row), value, row->max);
    case FIELD_CHOICE:
        return option_index(row, value, member(settings, row));
    case FIELD_SET:
        return read_set(member(settings, row), row, field);
    default:
        return read_text(member(settings, row), value);
    }
}

bool settings_read_form(struct settings *settings, const struct xml *form)
{
    for (const struct xml *field = xml_child(form, NS_DATA, "field"); field;
         field = xml_next(field, NS_DATA, "field"))
        for (size_t i = 0; i < COUNT_OF(rows); i++)
            if (str_is(xml_get(field, "var"), rows[i].var) &&
                !read_field(settings, &rows[i], field))
                return false;
    /* A protected room without a password is none (§10.1.3). */
    return !settings->has_password || settings->secret.len > 0;
}
