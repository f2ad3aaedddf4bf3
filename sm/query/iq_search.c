/* User search (XEP-0055) by user name, name, e-mail and, in data forms,
 * department; * stands for anything. Answers in the form that was asked in. */
#include "sm/presence/contact.h"
#include "sm/query/iq.h"
#include "sm/admin/permit.h"
#include "sm/store/store.h"

#define MAX_FIELD_BYTES 1024

enum column {
    COLUMN_USER,
    COLUMN_NAME,
    COLUMN_EMAIL,
    COLUMN_DEPARTMENT,
    COLUMNS
};

struct search_field {
    const char *var; /* in data forms */
    const char *label;
};

static const struct search_field fields[COLUMNS] = {
    [COLUMN_USER] = {"user", "User name"},
    [COLUMN_NAME] = {"name", "Real name"},
    [COLUMN_EMAIL] = {"email", "E-mail"},
    [COLUMN_DEPARTMENT] = {"department", "Department"},
};

static struct xml *add_form(struct xml *query, const char *type)
{
    struct xml *form = xml_add(query, NS_DATA, STR("x"));
    struct xml *field = xml_add(form, NS_DATA, STR("field"));

    xml_set(form, STR("type"), str_of(type));
    xml_set(field, STR("type"), STR("hidden"));
    xml_set(field, STR("var"), STR("FORM_TYPE"));
    xml_add_leaf(field, NS_DATA, STR("value"), NS_SEARCH);
    return form;
}

static void add_field(struct xml *parent, size_t index)
{
    struct xml *field = xml_add(parent, NS_DATA, STR("field"));

    xml_set(field, STR("type"), STR("text-single"));
    xml_set(field, STR("var"), str_of(fields[index].var));
    xml_set(field, STR("label"), str_of(fields[index].label));
}

void handle_search_get(struct iq_request *request)
{
    struct xml *result = iq_make_result(request);
    struct xml *query = xml_add(result, NS_SEARCH, STR("query"));
    static const char *const legacy[] = {"first", "last", "nick", "email"};
    struct xml *form;

    xml_add_leaf(query, NS_SEARCH, STR("instructions"),
                 STR("Fill in one or more fields; * stands for anything."));
    for (size_t i = 0; i < COUNT_OF(legacy); i++)
        xml_add(query, NS_SEARCH, str_of(legacy[i]));
    form = add_form(query, "form");
    xml_add_leaf(form, NS_DATA, STR("title"), STR("User search"));
    xml_add_leaf(form, NS_DATA, STR("instructions"),
                 STR("Fill in one or more fields; * stands for anything."));
    for (size_t i = 0; i < COLUMNS; i++)
        add_field(form, i);
    iq_answer(request, result);
}

/* --- searching ------------------------------------------------------------
 */

/* A pattern of LIKE; what LIKE means by its own characters is taken away. */
static struct str pattern(struct arena *arena, struct str wanted)
{
    struct buf out = {0};
    struct str made;

    if (!wanted.len)
        return STR_NONE;
    for (size_t i = 0; i < wanted.len; i++) {
        char c = wanted.p[i];

        if (c == '%' || c == '_' || c == '\\')
            buf_add_char(&out, '\\');
        buf_add_char(&out, c == '*' ? '%' : c);
    }
    made = arena_dup(arena, buf_view(&out));
    buf_clear(&out);
    return made;
}

/* The old form has given and family name apart. */
static void add_legacy(struct xml *query, struct str jid,
                       const struct str values[COLUMNS])
{
    struct xml *item = xml_add(query, NS_SEARCH, STR("item"));
    struct str name = values[COLUMN_NAME];
    size_t given = name.len;

    while (given > 0 && name.p[given - 1] != ' ')
        given--;
    xml_set(item, STR("jid"), jid);
    xml_add_leaf(item, NS_SEARCH, STR("first"),
                 (struct str){name.p, given ? given - 1 : name.len});
    xml_add_leaf(item, NS_SEARCH, STR("last"),
                 given ? (struct str){name.p + given, name.len - given}
                       : STR(""));
    xml_add_leaf(item, NS_SEARCH, STR("nick"), values[COLUMN_USER]);
    xml_add_leaf(item, NS_SEARCH, STR("email"), values[COLUMN_EMAIL]);
}

static void add_value(struct xml *item, const char *var, struct str value)
{
    struct xml *field = xml_add(item, NS_DATA, STR("field"));

    xml_set(field, STR("var"), str_of(var));
    xml_add_leaf(field, NS_DATA, STR("value"), value);
}

static void add_to_form(struct xml *form, struct str jid,
                        const struct str values[COLUMNS])
{
    struct xml *item = xml_add(form, NS_DATA, STR("item"));

    add_value(item, "jid", jid);
    for (size_t i = 0; i < COLUMNS; i++)
        add_value(item, fields[i].var, values[i]);
}

static void add_person(struct iq_request *request, const struct store_row *row)
{
    struct xml *query = xml_child(request->result, NS_SEARCH, "query");
    struct xml *form = xml_child(query, NS_DATA, "x");
    struct str values[COLUMNS];
    struct jid jid;

    for (size_t i = 0; i < COLUMNS; i++)
        values[i] = i < row->count && row->columns[i].p
                        ? arena_dup(request->arena, row->columns[i])
                        : STR("");
    jid = jid_make(request->arena, values[COLUMN_USER], request->to.domain,
                   STR_NONE);
    if (form)
        add_to_form(form, jid.full, values);
    else
        add_legacy(query, jid.full, values);
}

/* The rule of visibility: whom one may not know is not found. */
static bool may_find(struct iq_request *request, const struct store_row *row)
{
    const struct sm *sm = request->sm;
    struct jid jid = jid_make(request->arena, row->columns[COLUMN_USER],
                              request->to.domain, STR_NONE);

    return sm_is_admin(sm, request->from.bare) ||
           directory_may_know(directory_find(sm->directory, request->from.bare),
                              directory_find(sm->directory, jid.bare));
}

static void on_person(void *ctx, const struct store_row *row, bool ok)
{
    struct iq_request *request = ctx;

    if (row) {
        if (may_find(request, row))
            add_person(request, row);
    } else if (ok)
        iq_answer(request, request->result);
    else
        iq_refuse(request, ERR_INTERNAL_SERVER_ERROR, NULL);
}

static void begin_answer(struct iq_request *kept, bool as_form)
{
    struct xml *query, *form, *reported, *field;

    kept->result = iq_make_result(kept);
    query = xml_add(kept->result, NS_SEARCH, STR("query"));
    if (!as_form)
        return;
    form = add_form(query, "result");
    reported = xml_add(form, NS_DATA, STR("reported"));
    for (size_t i = 0; i < COLUMNS; i++)
        add_field(reported, i);
    field = xml_add(reported, NS_DATA, STR("field"));
    xml_set(field, STR("type"), STR("jid-single"));
    xml_set(field, STR("var"), STR("jid"));
    xml_set(field, STR("label"), STR("JID"));
}

/* "first" begins the name and "last" ends it. */
static struct str legacy_name(struct arena *arena, const struct xml *query)
{
    struct str first = xml_child_text(query, NS_SEARCH, "first");
    struct str last = xml_child_text(query, NS_SEARCH, "last");

    if (!first.len && !last.len)
        return STR_NONE;
    return arena_printf(arena, "%.*s*%.*s", STR_ARG(first), STR_ARG(last));
}

/* User names are kept prepared, so what is looked for is prepared as well. */
static struct str prepare(struct arena *arena, struct str user)
{
    struct str prepared = jid_prep_local(arena, user);

    return prepared.p ? prepared : user;
}

static void read_wanted(struct iq_request *request, struct str wanted[COLUMNS])
{
    const struct xml *query = request->payload;
    const struct xml *form = xml_child(query, NS_DATA, "x");

    if (form) {
        for (size_t i = 0; i < COLUMNS; i++)
            wanted[i] = form_value(form, fields[i].var);
    } else {
        wanted[COLUMN_USER] = xml_child_text(query, NS_SEARCH, "nick");
        wanted[COLUMN_NAME] = legacy_name(request->arena, query);
        wanted[COLUMN_EMAIL] = xml_child_text(query, NS_SEARCH, "email");
        wanted[COLUMN_DEPARTMENT] = STR_NONE;
    }
    if (wanted[COLUMN_USER].len)
        wanted[COLUMN_USER] = prepare(request->arena, wanted[COLUMN_USER]);
}

/* Whoever has nothing to do with a domain has nobody to look for there: not the
 * users of other servers, nor those of another domain of the suite. */
static bool may_search(struct iq_request *request)
{
    if (str_eq(request->from.domain, request->to.domain) ||
        sm_is_admin(request->sm, request->from.bare))
        return iq_may(request, MAY_SEARCH);
    iq_refuse(request, ERR_FORBIDDEN, "This is for the people of this domain");
    return false;
}

void handle_search_set(struct iq_request *request)
{
    struct sm *sm = request->sm;
    struct str wanted[COLUMNS];
    struct iq_request *kept;
    bool any = false;

    if (!may_search(request))
        return;
    read_wanted(request, wanted);
    for (size_t i = 0; i < COLUMNS; i++) {
        if (wanted[i].len > MAX_FIELD_BYTES) {
            iq_refuse(request, ERR_NOT_ACCEPTABLE, "A field is too long");
            return;
        }
        wanted[i] = pattern(request->arena, wanted[i]);
        any |= wanted[i].p != NULL;
    }
    if (!any) {
        iq_refuse(request, ERR_NOT_ACCEPTABLE, "Fill in at least one field");
        return;
    }
    kept = iq_keep(request);
    begin_answer(kept, xml_child(request->payload, NS_DATA, "x") != NULL);
    store_search(sm->store, kept->to.domain, wanted[COLUMN_USER],
                 wanted[COLUMN_NAME], wanted[COLUMN_EMAIL],
                 wanted[COLUMN_DEPARTMENT],
                 config_int(sm->config, "sm.search-max-results"), on_person,
                 kept);
}
