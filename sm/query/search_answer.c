/* What a search has found. */
#include "sm/query/search.h"

#include <utlist.h>

#include "sm/presence/contact.h"

struct xml *search_add_form(struct xml *query, const char *type)
{
    struct xml *form = xml_add(query, NS_DATA, STR("x"));
    struct xml *field = xml_add(form, NS_DATA, STR("field"));

    xml_set(form, STR("type"), str_of(type));
    xml_set(field, STR("type"), STR("hidden"));
    xml_set(field, STR("var"), STR("FORM_TYPE"));
    xml_add_leaf(field, NS_DATA, STR("value"), NS_SEARCH);
    return form;
}

void search_add_field(struct xml *parent, const struct search_field *row)
{
    struct xml *field = xml_add(parent, NS_DATA, STR("field"));

    xml_set(field, STR("type"), STR("text-single"));
    xml_set(field, STR("var"), row->var);
    xml_set(field, STR("label"), row->label);
}

void search_begin(struct iq_request *kept, bool as_form)
{
    struct search_field fields[SEARCH_MAX_FIELDS];
    size_t count = search_fields(kept, fields);
    struct xml *query, *form, *reported, *field;

    kept->result = iq_make_result(kept);
    query = xml_add(kept->result, NS_SEARCH, STR("query"));
    if (!as_form)
        return;
    form = search_add_form(query, "result");
    reported = xml_add(form, NS_DATA, STR("reported"));
    for (size_t i = 0; i < count; i++)
        search_add_field(reported, &fields[i]);
    field = xml_add(reported, NS_DATA, STR("field"));
    xml_set(field, STR("type"), STR("jid-single"));
    xml_set(field, STR("var"), STR("jid"));
    xml_set(field, STR("label"), STR("JID"));
}

/* --- one person ----------------------------------------------------------- */

bool search_may_know(const struct iq_request *request,
                     const struct directory_department *department)
{
    const struct sm *sm = request->sm;

    return sm_is_admin(sm, request->from.bare) ||
           directory_may_know_department(
               directory_find(sm->directory, request->from.bare), department);
}

/* Those of his departments that the seeker may know of. */
static struct str departments_of(struct iq_request *request,
                                 const struct directory_person *person)
{
    const struct directory_membership *membership;
    struct buf labels = {0};
    struct str joined;

    if (!person)
        return STR("");
    LL_FOREACH2(person->memberships, membership, next_of_person)
    {
        if (!search_may_know(request, membership->department))
            continue;
        if (buf_len(&labels))
            buf_add_text(&labels, ", ");
        buf_add(&labels, membership->department->label);
    }
    joined =
        labels.data ? arena_dup(request->arena, buf_view(&labels)) : STR("");
    buf_clear(&labels);
    return joined;
}

/* The old form has given and family name apart. */
static void add_legacy(struct xml *query, struct str jid,
                       const struct str columns[3])
{
    struct xml *item = xml_add(query, NS_SEARCH, STR("item"));
    struct str name = columns[SEARCH_NAME];
    size_t given = name.len;

    while (given > 0 && name.p[given - 1] != ' ')
        given--;
    xml_set(item, STR("jid"), jid);
    xml_add_leaf(item, NS_SEARCH, STR("first"),
                 (struct str){name.p, given ? given - 1 : name.len});
    xml_add_leaf(item, NS_SEARCH, STR("last"),
                 given ? (struct str){name.p + given, name.len - given}
                       : STR(""));
    xml_add_leaf(item, NS_SEARCH, STR("nick"), columns[SEARCH_USER]);
    xml_add_leaf(item, NS_SEARCH, STR("email"), columns[SEARCH_EMAIL]);
}

static void add_value(struct xml *item, struct str var, struct str value)
{
    struct xml *field = xml_add(item, NS_DATA, STR("field"));

    xml_set(field, STR("var"), var);
    xml_add_leaf(field, NS_DATA, STR("value"), value.p ? value : STR(""));
}

/* Values of the directory live no longer than it does. */
static struct str property_of(struct iq_request *request,
                              const struct directory_person *person,
                              struct str name)
{
    return person ? arena_dup(request->arena,
                              directory_property_of(
                                  person->properties,
                                  arena_dup(request->arena, name).p))
                  : STR_NONE;
}

static void add_to_form(struct iq_request *request, struct xml *form,
                        const struct jid *jid, const struct str columns[3])
{
    const struct directory_person *person =
        directory_find(request->sm->directory, jid->bare);
    struct search_field fields[SEARCH_MAX_FIELDS];
    size_t count = search_fields(request, fields);
    struct xml *item = xml_add(form, NS_DATA, STR("item"));

    add_value(item, STR("jid"), jid->bare);
    for (size_t i = 0; i < SEARCH_DEPARTMENT; i++)
        add_value(item, fields[i].var, columns[i]);
    add_value(item, fields[SEARCH_DEPARTMENT].var,
              departments_of(request, person));
    for (size_t i = SEARCH_COLUMNS; i < count; i++)
        add_value(item, fields[i].var,
                  property_of(request, person, fields[i].property));
}

/* The rule of visibility, once more: the directory may have changed since the
 * database was asked. */
static bool may_find(const struct iq_request *request, const struct jid *jid)
{
    const struct sm *sm = request->sm;

    return sm_is_admin(sm, request->from.bare) ||
           directory_may_know(directory_find(sm->directory, request->from.bare),
                              directory_find(sm->directory, jid->bare));
}

void search_add(struct iq_request *kept, const struct str columns[3])
{
    struct xml *query = xml_child(kept->result, NS_SEARCH, "query");
    struct xml *form = xml_child(query, NS_DATA, "x");
    struct str copies[3];
    struct jid jid;

    for (size_t i = 0; i < COUNT_OF(copies); i++)
        copies[i] = columns[i].p ? arena_dup(kept->arena, columns[i]) : STR("");
    jid = jid_make(kept->arena, copies[SEARCH_USER], kept->to.domain, STR_NONE);
    if (!may_find(kept, &jid))
        return;
    if (form)
        add_to_form(kept, form, &jid, copies);
    else
        add_legacy(query, jid.bare, copies);
}
