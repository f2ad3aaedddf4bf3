#include <string.h>

#include "archive.h"
#include "fields.h"

static enum archive_reading read_with(struct archive_query *query,
                                      struct arena *arena,
                                      const struct xml *field)
{
    struct str value = xml_child_text(field, NS_DATA, "value");

    return !value.len || jid_parse(&query->with, arena, value)
               ? ARCHIVE_READ
               : ARCHIVE_MALFORMED;
}

static enum archive_reading read_time(const struct xml *field, int64_t *ms)
{
    return stanza_parse_timestamp(xml_child_text(field, NS_DATA, "value"), ms)
               ? ARCHIVE_READ
               : ARCHIVE_MALFORMED;
}

static enum archive_reading read_start(struct archive_query *query,
                                       struct arena *arena,
                                       const struct xml *field)
{
    (void)arena;
    return read_time(field, &query->start_ms);
}

static enum archive_reading read_end(struct archive_query *query,
                                     struct arena *arena,
                                     const struct xml *field)
{
    (void)arena;
    return read_time(field, &query->end_ms);
}

static struct str some_text(const struct xml *field)
{
    struct str value = xml_child_text(field, NS_DATA, "value");

    return value.len ? value : STR_NONE;
}

static enum archive_reading read_after_id(struct archive_query *query,
                                          struct arena *arena,
                                          const struct xml *field)
{
    (void)arena;
    query->after_id = some_text(field);
    return ARCHIVE_READ;
}

static enum archive_reading read_before_id(struct archive_query *query,
                                           struct arena *arena,
                                           const struct xml *field)
{
    (void)arena;
    query->before_id = some_text(field);
    return ARCHIVE_READ;
}

static enum archive_reading read_ids(struct archive_query *query,
                                     struct arena *arena,
                                     const struct xml *field)
{
    const struct xml *value = xml_child(field, NS_DATA, "value");
    size_t count = 0;

    for (; value; value = xml_next(value, NS_DATA, "value"))
        if (++count > query->max)
            return ARCHIVE_TOO_MANY;
    query->ids = arena_alloc(arena, (count + 1) * sizeof(*query->ids));
    value = xml_child(field, NS_DATA, "value");
    for (; value; value = xml_next(value, NS_DATA, "value"))
        query->ids[query->id_count++] = xml_text(value);
    return ARCHIVE_READ;
}

static enum archive_reading read_search(struct archive_query *query,
                                        struct arena *arena,
                                        const struct xml *field)
{
    (void)arena;
    query->text = some_text(field);
    return ARCHIVE_READ;
}

/* Messages of rooms are in the rooms' archives, whatever is asked for here. */
static enum archive_reading read_ignored(struct archive_query *query,
                                         struct arena *arena,
                                         const struct xml *field)
{
    (void)query, (void)arena, (void)field;
    return ARCHIVE_READ;
}

const struct archive_field archive_fields[] = {
    {"FORM_TYPE", "hidden", read_ignored, false},
    {"with", "jid-single", read_with, false},
    {"start", "text-single", read_start, false},
    {"end", "text-single", read_end, false},
    {"before-id", "text-single", read_before_id, false},
    {"after-id", "text-single", read_after_id, false},
    {"ids", "list-multi", read_ids, false},
    {"include-groupchat", "boolean", read_ignored, false},
    {"{urn:xmpp:fulltext:0}fulltext", "text-single", read_search, true},
};
const size_t archive_field_count = COUNT_OF(archive_fields);

static enum archive_reading read_field(struct archive_query *query,
                                       struct arena *arena,
                                       const struct xml *field,
                                       bool allows_text)
{
    struct str var = xml_get(field, "var");

    for (size_t i = 0; i < archive_field_count; i++) {
        const struct archive_field *known = &archive_fields[i];

        if (str_is(var, known->var) && (allows_text || !known->is_search))
            return known->read(query, arena, field);
    }
    return ARCHIVE_UNKNOWN;
}

/* A field has one meaning; what is read of a second one would lie behind the
 * room that the first was given. */
static bool names_twice(const struct xml *form)
{
    unsigned seen = 0;

    for (const struct xml *field = xml_child(form, NS_DATA, "field"); field;
         field = xml_next(field, NS_DATA, "field"))
        for (size_t i = 0; i < archive_field_count; i++) {
            if (!str_is(xml_get(field, "var"), archive_fields[i].var))
                continue;
            if (seen & (1u << i))
                return true;
            seen |= 1u << i;
        }
    return false;
}

static enum archive_reading read_form(struct archive_query *query,
                                      struct arena *arena,
                                      const struct xml *element,
                                      bool allows_text)
{
    const struct xml *form = form_of(element, "submit");
    enum archive_reading reading = ARCHIVE_READ;
    const struct xml *field;

    if (!form)
        return ARCHIVE_READ;
    if (!str_eq(form_value(form, "FORM_TYPE"), NS_MAM) || names_twice(form))
        return ARCHIVE_MALFORMED;
    for (field = xml_child(form, NS_DATA, "field");
         field && reading == ARCHIVE_READ;
         field = xml_next(field, NS_DATA, "field"))
        reading = read_field(query, arena, field, allows_text);
    return reading;
}

static enum archive_reading read_page(struct archive_query *query,
                                      const struct xml *element)
{
    const struct xml *set = xml_child(element, NS_RSM, "set");
    struct str max, before;
    uint64_t count;

    if (!set)
        return ARCHIVE_READ;
    /* A place by its number would have to be counted to (XEP-0059 §2.6). */
    if (xml_child(set, NS_RSM, "index"))
        return ARCHIVE_UNKNOWN;
    max = xml_child_text(set, NS_RSM, "max");
    if (max.p && !str_to_u64(max, &count))
        return ARCHIVE_MALFORMED;
    if (max.p && count < query->max)
        query->max = (unsigned)count;
    query->wants_count = max.p && count == 0;
    query->after = xml_child_text(set, NS_RSM, "after");
    before = xml_child_text(set, NS_RSM, "before");
    query->is_backward = before.p != NULL;
    query->before = before.len ? before : STR_NONE;
    return ARCHIVE_READ;
}

enum archive_reading archive_read_query(struct archive_query *query,
                                        struct arena *arena,
                                        const struct xml *element,
                                        unsigned max_page, bool allows_text)
{
    enum archive_reading reading;

    memset(query, 0, sizeof(*query));
    query->max = max_page;
    query->end_ms = INT64_MAX;
    query->query_id = xml_get(element, "queryid");
    query->is_flipped = xml_child(element, NS_MAM, "flip-page") != NULL;
    /* An archive of a node (XEP-0442) is another one. */
    if (xml_get(element, "node").len)
        return ARCHIVE_UNKNOWN;
    reading = read_form(query, arena, element, allows_text);
    return reading == ARCHIVE_READ ? read_page(query, element) : reading;
}

/* Returns 1 when it was not there. */
static size_t add_once(struct str *ids, size_t count, struct str id)
{
    for (size_t i = 0; i < count; i++)
        if (str_eq(ids[i], id))
            return 0;
    ids[count] = id;
    return 1;
}

size_t archive_named_ids(const struct archive_query *query, struct str *into)
{
    const struct str ends[] = {query->after, query->before, query->after_id,
                               query->before_id};
    size_t count = 0;

    for (size_t i = 0; i < COUNT_OF(ends); i++)
        if (ends[i].p)
            count += add_once(into, count, ends[i]);
    for (size_t i = 0; i < query->id_count; i++)
        count += add_once(into, count, query->ids[i]);
    return count;
}

bool archive_lists(const struct archive_query *query, struct str id)
{
    for (size_t i = 0; i < query->id_count; i++)
        if (str_eq(query->ids[i], id))
            return true;
    return false;
}
