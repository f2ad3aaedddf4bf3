#include "sm/pep/settings.h"

#include <stdlib.h>

#define MAX_GROUPS     64
#define MAX_TEXT_BYTES 1024u

static const char *const access_names[] = {"open", "presence", "roster",
                                           "whitelist", NULL};
static const char *const send_last_names[] = {"never", "on_sub",
                                              "on_sub_and_presence", NULL};
static const char *const publisher_names[] = {"publishers", NULL};
static const char *const headline_names[] = {"headline", NULL};

enum kind {
    A_FLAG,
    A_CHOICE, /* an enum with names */
    A_NUMBER,
    A_TEXT,
    A_LIST,
    A_FIXED /* a choice of one */
};

static const struct field {
    const char *name;
    enum kind kind;
    size_t offset;
    const char *const *choices;
    const char *label;
} fields[] = {
    {"pubsub#title", A_TEXT, offsetof(struct pep_settings, title), NULL,
     "A name for people"},
    {"pubsub#type", A_TEXT, offsetof(struct pep_settings, type), NULL,
     "Namespace of the payload"},
    {"pubsub#access_model", A_CHOICE, offsetof(struct pep_settings, access),
     access_names, "Who may read"},
    {"pubsub#roster_groups_allowed", A_LIST,
     offsetof(struct pep_settings, groups), NULL,
     "Groups of contacts who may read"},
    {"pubsub#publish_model", A_FIXED, 0, publisher_names, "Who may publish"},
    {"pubsub#persist_items", A_FLAG, offsetof(struct pep_settings, persists),
     NULL, "Whether items are kept"},
    {"pubsub#max_items", A_NUMBER, offsetof(struct pep_settings, max_items),
     NULL, "How many items are kept"},
    {"pubsub#send_last_published_item", A_CHOICE,
     offsetof(struct pep_settings, send_last), send_last_names,
     "When the last item is sent"},
    {"pubsub#deliver_notifications", A_FLAG,
     offsetof(struct pep_settings, delivers), NULL,
     "Whether there are notifications"},
    {"pubsub#deliver_payloads", A_FLAG,
     offsetof(struct pep_settings, with_payloads), NULL,
     "Whether they bring the payload"},
    {"pubsub#notify_retract", A_FLAG,
     offsetof(struct pep_settings, notifies_retract), NULL,
     "Whether retractions are told"},
    {"pubsub#notify_delete", A_FLAG,
     offsetof(struct pep_settings, notifies_delete), NULL,
     "Whether the end of the node is told"},
    {"pubsub#notify_config", A_FLAG,
     offsetof(struct pep_settings, notifies_config), NULL,
     "Whether changes of these settings are told"},
    {"pubsub#notification_type", A_FIXED, 0, headline_names,
     "The type of notifications"},
};

/* The enums, flags and slices that the table points to. */
#define PART(type, settings, field)                                            \
    ((type *)(void *)((char *)(settings) + (field)->offset))
#define READ_PART(type, settings, field)                                       \
    (*(const type *)(const void *)((const char *)(settings) + (field)->offset))

bool pep_list_has(struct str joined, struct str item)
{
    while (joined.len)
        if (str_eq(str_cut(&joined, PEP_SEPARATOR), item))
            return true;
    return false;
}

void pep_settings_default(struct pep_settings *settings)
{
    *settings = (struct pep_settings){
        .access = PEP_PRESENCE,
        .send_last = PEP_ON_SUB_AND_PRESENCE,
        .max_items = 1,
        .persists = true,
        .delivers = true,
        .with_payloads = true,
        .notifies_retract = true,
        .notifies_delete = true,
    };
}

/* --- reading -------------------------------------------------------------- */

static bool read_flag(struct str value, bool *flag)
{
    *flag = str_is(value, "1") || str_is(value, "true");
    return *flag || str_is(value, "0") || str_is(value, "false");
}

static bool read_choice(struct str value, const char *const *names,
                        unsigned *choice)
{
    for (*choice = 0; names[*choice]; ++*choice)
        if (str_is(value, names[*choice]))
            return true;
    return false;
}

/* A number beyond what is kept at most is that most. */
static bool read_number(struct str value, const struct config *config,
                        uint64_t *number)
{
    uint64_t most = (uint64_t)config_int(config, "sm.pep-max-items");

    if (str_is(value, "max")) {
        *number = 0;
        return true;
    }
    if (!str_to_u64(value, number) || *number == 0)
        return false;
    if (*number >= most)
        *number = 0;
    return true;
}

static bool read_list(struct arena *arena, const struct xml *element,
                      struct str *list)
{
    struct buf joined = {0};
    unsigned count = 0;
    bool is_fine = true;

    for (const struct xml *one = xml_child(element, NS_DATA, "value"); one;
         one = xml_next(one, NS_DATA, "value")) {
        struct str value = xml_text(one);

        is_fine =
            is_fine && value.len <= MAX_TEXT_BYTES && ++count <= MAX_GROUPS;
        if (!is_fine || !value.len)
            continue;
        if (buf_len(&joined) > 0)
            buf_add_char(&joined, PEP_SEPARATOR);
        buf_add(&joined, value);
    }
    *list = arena_dup(arena, buf_view(&joined));
    buf_clear(&joined);
    return is_fine;
}

/* A field without a value leaves things as they are, but for texts and lists,
 * which it empties. */
static bool read_field(struct pep_settings *settings,
                       const struct config *config, struct arena *arena,
                       const struct field *field, const struct xml *element)
{
    struct str value = xml_child_text(element, NS_DATA, "value");
    unsigned choice;

    if (field->kind == A_LIST)
        return read_list(arena, element, PART(struct str, settings, field));
    if (field->kind == A_TEXT) {
        *PART(struct str, settings, field) = value;
        return value.len <= MAX_TEXT_BYTES;
    }
    if (!value.p)
        return true;
    switch (field->kind) {
    case A_FLAG:
        return read_flag(value, PART(bool, settings, field));
    case A_NUMBER:
        return read_number(value, config, PART(uint64_t, settings, field));
    case A_FIXED:
        return read_choice(value, field->choices, &choice);
    default:
        if (!read_choice(value, field->choices, &choice))
            return false;
        *PART(unsigned, settings, field) = choice;
        return true;
    }
}

static const struct field *find_field(struct str name)
{
    for (size_t i = 0; i < COUNT_OF(fields); i++)
        if (str_is(name, fields[i].name))
            return &fields[i];
    return NULL;
}

enum pep_form pep_settings_read(struct pep_settings *settings,
                                const struct config *config,
                                struct arena *arena, const struct xml *form)
{
    enum pep_form result = PEP_FORM_OK;

    for (const struct xml *element = xml_child(form, NS_DATA, "field"); element;
         element = xml_next(element, NS_DATA, "field")) {
        struct str name = xml_get(element, "var");
        const struct field *field = find_field(name);

        if (str_is(name, "FORM_TYPE"))
            continue;
        if (!field)
            result = PEP_FORM_UNKNOWN;
        else if (!read_field(settings, config, arena, field, element))
            return PEP_FORM_BAD;
    }
    return result;
}

/* --- comparing ------------------------------------------------------------ */

static bool is_same(const struct pep_settings *a, const struct pep_settings *b,
                    const struct field *field)
{
    switch (field->kind) {
    case A_FLAG:
        return READ_PART(bool, a, field) == READ_PART(bool, b, field);
    case A_CHOICE:
        return READ_PART(unsigned, a, field) == READ_PART(unsigned, b, field);
    case A_NUMBER:
        return READ_PART(uint64_t, a, field) == READ_PART(uint64_t, b, field);
    case A_TEXT:
    case A_LIST:
        return str_eq(READ_PART(struct str, a, field),
                      READ_PART(struct str, b, field));
    case A_FIXED:
        break;
    }
    return true;
}

bool pep_settings_meet(const struct pep_settings *settings,
                       const struct config *config, struct arena *arena,
                       const struct xml *form)
{
    struct pep_settings asked = *settings;

    if (pep_settings_read(&asked, config, arena, form) != PEP_FORM_OK)
        return false;
    for (size_t i = 0; i < COUNT_OF(fields); i++)
        if (!is_same(settings, &asked, &fields[i]))
            return false;
    return true;
}

/* --- writing -------------------------------------------------------------- */

static const char *field_type(const struct field *field)
{
    static const char *const types[] = {
        [A_FLAG] = "boolean",       [A_CHOICE] = "list-single",
        [A_NUMBER] = "text-single", [A_TEXT] = "text-single",
        [A_LIST] = "list-multi",    [A_FIXED] = "list-single",
    };

    return types[field->kind];
}

static void write_options(struct xml *element, const char *const *choices)
{
    for (; *choices; choices++)
        xml_add_leaf(xml_add(element, NS_DATA, STR("option")), NS_DATA,
                     STR("value"), str_of(*choices));
}

static struct str single_value(const struct pep_settings *settings,
                               struct arena *arena, const struct field *field)
{
    switch (field->kind) {
    case A_FLAG:
        return READ_PART(bool, settings, field) ? STR("1") : STR("0");
    case A_CHOICE:
        return str_of(field->choices[READ_PART(unsigned, settings, field)]);
    case A_NUMBER:
        return READ_PART(uint64_t, settings, field)
                   ? arena_printf(arena, "%llu",
                                  (unsigned long long)READ_PART(
                                      uint64_t, settings, field))
                   : STR("max");
    case A_FIXED:
        return str_of(field->choices[0]);
    default:
        return READ_PART(struct str, settings, field);
    }
}

static void write_field(const struct pep_settings *settings, struct xml *form,
                        const struct field *field, const struct xml *asked)
{
    struct xml *element = xml_add(form, NS_DATA, STR("field"));
    struct str list;

    xml_set(element, STR("var"), str_of(field->name));
    if (asked) {
        xml_set(element, STR("type"), str_of(field_type(field)));
        xml_set(element, STR("label"), stanza_text(asked, field->label));
    }
    if (field->kind != A_LIST) {
        struct str value = single_value(settings, form->arena, field);

        if (value.p)
            xml_add_leaf(element, NS_DATA, STR("value"), value);
    } else {
        list = READ_PART(struct str, settings, field);
        while (list.len)
            xml_add_leaf(element, NS_DATA, STR("value"),
                         str_cut(&list, PEP_SEPARATOR));
    }
    if (asked && field->choices)
        write_options(element, field->choices);
}

struct xml *pep_settings_write(const struct pep_settings *settings,
                               struct xml *parent, const struct xml *asked)
{
    struct xml *form = xml_add(parent, NS_DATA, STR("x"));

    xml_set(form, STR("type"), asked ? STR("form") : STR("submit"));
    if (asked)
        stanza_tell_language(form, asked);
    form_add(form, "FORM_TYPE", "hidden", NS_PUBSUB_CONFIG);
    for (size_t i = 0; i < COUNT_OF(fields); i++)
        write_field(settings, form, &fields[i], asked);
    return form;
}

/* --- copies --------------------------------------------------------------- */

void pep_settings_dup(struct pep_settings *into,
                      const struct pep_settings *settings)
{
    *into = *settings;
    into->groups = str_dup(settings->groups);
    into->title = str_dup(settings->title);
    into->type = str_dup(settings->type);
}

void pep_settings_clear(struct pep_settings *settings)
{
    free((char *)settings->groups.p);
    free((char *)settings->title.p);
    free((char *)settings->type.p);
}
