#include "archive.h"
#include "fields.h"

void archive_add_form(struct xml *result, bool allows_text)
{
    struct xml *query = xml_add(result, NS_MAM, STR("query"));
    struct xml *form = xml_add(query, NS_DATA, STR("x"));

    xml_set(form, STR("type"), STR("form"));
    for (size_t i = 0; i < archive_field_count; i++) {
        const struct archive_field *known = &archive_fields[i];
        bool is_type = str_is(str_of(known->var), "FORM_TYPE");
        struct xml *field;

        if (known->is_search && !allows_text)
            continue;
        field = form_add(form, known->var, known->type,
                         is_type ? NS_MAM : STR_NONE);
        /* Any id may be named (§4.1.5). */
        if (str_is(str_of(known->type), "list-multi"))
            xml_add(xml_set(xml_add(field, NS_VALIDATE, STR("validate")),
                            STR("datatype"), STR("xs:string")),
                    NS_VALIDATE, STR("open"));
    }
}

struct xml *archive_result(struct arena *arena,
                           const struct archive_query *query, struct str id,
                           int64_t sent_ms, struct xml *message)
{
    struct xml *outer = xml_new(arena, NS_CLIENT, STR("message"));
    struct xml *result = xml_add(outer, NS_MAM, STR("result"));
    struct xml *forwarded;

    xml_set(result, STR("id"), id);
    if (query->query_id.p)
        xml_set(result, STR("queryid"), query->query_id);
    forwarded = xml_add(result, NS_FORWARD, STR("forwarded"));
    stanza_add_delay(forwarded, STR_NONE, sent_ms, NULL);
    xml_append(forwarded, message);
    return outer;
}

void archive_add_fin(struct xml *result, const struct archive_page *page,
                     struct str count)
{
    struct xml *fin = xml_add(result, NS_MAM, STR("fin"));
    struct xml *set;

    if (!page->is_cut)
        xml_set(fin, STR("complete"), STR("true"));
    set = xml_add(fin, NS_RSM, STR("set"));
    if (page->count > 0) {
        xml_add_leaf(set, NS_RSM, STR("first"), page->found[0].id);
        xml_add_leaf(set, NS_RSM, STR("last"), page->found[page->count - 1].id);
    }
    if (count.p)
        xml_add_leaf(set, NS_RSM, STR("count"), count);
}

static void add_end(struct xml *metadata, const char *name, struct str id,
                    int64_t ms)
{
    struct xml *end = xml_add(metadata, NS_MAM, str_of(name));

    xml_set(end, STR("id"), id);
    xml_set(end, STR("timestamp"), stanza_timestamp(metadata->arena, ms));
}

void archive_add_metadata(struct xml *result, struct str first,
                          int64_t first_ms, struct str last, int64_t last_ms)
{
    struct xml *metadata = xml_add(result, NS_MAM, STR("metadata"));

    if (!first.p)
        return;
    add_end(metadata, "start", first, first_ms);
    add_end(metadata, "end", last, last_ms);
}

bool archive_is_result(const struct xml *message)
{
    return xml_child(message, NS_MAM, "result") != NULL;
}
