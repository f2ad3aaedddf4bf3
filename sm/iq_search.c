/* User search (XEP-0055) by user name, name and e-mail; * stands for anything.
 * Answers in the form that was asked in. */
#include "iq.h"
#include "store.h"

static const struct {
    const char *var;    /* in data forms */
    const char *legacy; /* element of the old form */
    const char *label;
} fields[] = {
    {"user", "nick", "User name"},
    {"fn", "first", "Real name"},
    {"email", "email", "E-mail"},
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
    struct xml *form;

    xml_add_leaf(query, NS_SEARCH, STR("instructions"),
                 STR("Fill in one or more fields; * stands for anything."));
    for (size_t i = 0; i < COUNT_OF(fields); i++)
        xml_add(query, NS_SEARCH, str_of(fields[i].legacy));
    form = add_form(query, "form");
    xml_add_leaf(form, NS_DATA, STR("title"), STR("User search"));
    xml_add_leaf(form, NS_DATA, STR("instructions"),
                 STR("Fill in one or more fields; * stands for anything."));
    for (size_t i = 0; i < COUNT_OF(fields); i++)
        add_field(form, i);
    iq_answer(request, result);
}

/* --- searching ------------------------------------------------------------
 */

static struct str form_value(const struct xml *form, const char *var)
{
    for (const struct xml *f = xml_child(form, NS_DATA, "field"); f;
         f = xml_next(f, NS_DATA, "field"))
        if (str_is(xml_get(f, "var"), var))
            return xml_child_text(f, NS_DATA, "value");
    return STR_NONE;
}

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

static void add_legacy(struct iq_request *request, struct xml *query,
                       const struct str values[4])
{
    struct xml *item = xml_add(query, NS_SEARCH, STR("item"));

    (void)request;
    xml_set(item, STR("jid"), values[3]);
    for (size_t i = 0; i < COUNT_OF(fields); i++)
        xml_add_leaf(item, NS_SEARCH, str_of(fields[i].legacy), values[i]);
}

static void add_to_form(struct xml *form, const struct str values[4])
{
    struct xml *item = xml_add(form, NS_DATA, STR("item"));

    for (size_t i = 0; i < COUNT_OF(fields) + 1; i++) {
        struct xml *field = xml_add(item, NS_DATA, STR("field"));

        xml_set(field, STR("var"),
                i < COUNT_OF(fields) ? str_of(fields[i].var) : STR("jid"));
        xml_add_leaf(field, NS_DATA, STR("value"), values[i]);
    }
}

/* request->payload becomes the answer's <query/>, row by row. */
static void on_person(void *ctx, const struct store_row *row, bool ok)
{
    struct iq_request *request = ctx;
    struct xml *query = request->payload;
    struct xml *form = xml_child(query, NS_DATA, "x");
    struct xml *result;
    struct str values[4];

    if (row) {
        for (size_t i = 0; i < 3; i++)
            values[i] = arena_dup(
                request->arena, row->columns[i].p ? row->columns[i] : STR(""));
        values[3] =
            jid_make(request->arena, values[0], request->to.domain, STR_NONE)
                .full;
        if (form)
            add_to_form(form, values);
        else
            add_legacy(request, query, values);
        return;
    }
    if (!ok) {
        iq_refuse(request, ERR_INTERNAL_SERVER_ERROR, NULL);
        return;
    }
    result = iq_make_result(request);
    xml_append(result, query);
    iq_answer(request, result);
}

static void begin_answer(struct iq_request *kept, bool as_form)
{
    struct xml *query = xml_new(kept->arena, NS_SEARCH, STR("query"));
    struct xml *form, *reported, *field;

    kept->payload = query;
    if (!as_form)
        return;
    form = add_form(query, "result");
    reported = xml_add(form, NS_DATA, STR("reported"));
    for (size_t i = 0; i < COUNT_OF(fields); i++)
        add_field(reported, i);
    field = xml_add(reported, NS_DATA, STR("field"));
    xml_set(field, STR("type"), STR("jid-single"));
    xml_set(field, STR("var"), STR("jid"));
    xml_set(field, STR("label"), STR("JID"));
}

void handle_search_set(struct iq_request *request)
{
    struct sm *sm = request->sm;
    const struct xml *form = xml_child(request->payload, NS_DATA, "x");
    struct str wanted[COUNT_OF(fields)];
    struct iq_request *kept;
    bool any = false;

    for (size_t i = 0; i < COUNT_OF(fields); i++) {
        wanted[i] = pattern(request->arena,
                            form ? form_value(form, fields[i].var)
                                 : xml_child_text(request->payload, NS_SEARCH,
                                                  fields[i].legacy));
        any |= wanted[i].p != NULL;
    }
    if (!any) {
        iq_refuse(request, ERR_NOT_ACCEPTABLE, "Fill in at least one field");
        return;
    }
    kept = iq_keep(request);
    begin_answer(kept, form != NULL);
    store_search(sm->store, kept->to.domain, wanted[0], wanted[1], wanted[2],
                 config_int(sm->config, "sm.search-max-results"), on_person,
                 kept);
}
